// The regions between which round trips were measured, so that `network: aws` means something.
#pragma once

#include <string_view>

namespace gtsim::language {

[[nodiscard]] bool is_aws_region(std::string_view name);

}  // namespace gtsim::language
