// How long a client waits for an answer before it gives up; the write may still happen.
#pragma once

#include "region-node/base/time.h"

namespace gtsim {

inline constexpr Duration kClientPatience{10'000'000};

}  // namespace gtsim
