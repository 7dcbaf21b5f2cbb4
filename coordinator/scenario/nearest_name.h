// "did you mean ...?"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtsim::language {

// `; did you mean \`regions\`?` when one of the names is near enough to be meant, else empty.
[[nodiscard]] std::string did_you_mean(std::string_view found,
                                       const std::vector<std::string_view>& names);

// "a, b, c", cut after a dozen.
[[nodiscard]] std::string join_names(const std::vector<std::string_view>& names);

}  // namespace gtsim::language
