// What a writer is told whose call was answered when it did not wait any more.
#pragma once

#include <string_view>

namespace gtsim {

inline constexpr std::string_view kLateAnswer =
    "no answer within 10s; the write happened all the same";
inline constexpr std::string_view kLateRefusal = "no answer within 10s; the write did not happen";

}  // namespace gtsim
