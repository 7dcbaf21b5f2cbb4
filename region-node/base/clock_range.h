// What a region's clock may show: 1970 to 9999, the times that every form of a time can carry. A
// scenario whose clocks could leave it is refused before it runs.
#pragma once

#include "region-node/base/time.h"

namespace gtsim {

inline constexpr WallTime kEarliestClock{0};
inline constexpr WallTime kLatestClock{253'402'300'799'999'999};

}  // namespace gtsim
