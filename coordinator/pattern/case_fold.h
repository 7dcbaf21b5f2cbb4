// Comparing texts without regard to case: by Unicode's simple case folding, so that no locale has a
// say and no text changes its number of characters. All texts are UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace gtsim::pattern {

[[nodiscard]] std::string fold_case(std::string_view text);

// `folded` comes from fold_case. None of these allocates.
[[nodiscard]] bool equals_folded(std::string_view text, std::string_view folded);
[[nodiscard]] bool starts_with_folded(std::string_view text, std::string_view folded);
[[nodiscard]] bool ends_with_folded(std::string_view text, std::string_view folded);

}  // namespace gtsim::pattern
