// "did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtsim::language {

// The name that is near enough to be meant; empty when none is.
[[nodiscard]] std::string_view nearest_name(std::string_view found,
                                            const std::vector<std::string_view>& names);

// "; did you mean `regions`?", or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view found,
                                       const std::vector<std::string_view>& names);

// "a, b, c", cut after a dozen.
[[nodiscard]] std::string join_names(const std::vector<std::string_view>& names);

}  // namespace gtsim::language
