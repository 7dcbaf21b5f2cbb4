// The clock of a region as a scenario describes it.
#pragma once

#include "coordinator/scenario/scenario.h"
#include "region-node/base/region_clock.h"

namespace gtsim {

// At the run's start, which is instant 0.
[[nodiscard]] inline RegionClock start_clock(WallTime start, const ClockSpec& spec) {
  return {Instant{0}, start + spec.offset, spec.drift_ppm};
}

}  // namespace gtsim
