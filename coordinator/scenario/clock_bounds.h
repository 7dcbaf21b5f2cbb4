// What the clocks of a scenario's regions can show while it runs, from its start to the last moment
// that it can last, with offsets, drifts and steps.
#pragma once

#include <optional>
#include <string>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

struct ClockFault {
  SourcePosition position;  // of the region or the step that takes its clock out of bounds
  std::string message;
};

// The virtual time at which a run has ended in any case.
[[nodiscard]] Instant latest_end(const Scenario& scenario);

// Nothing when every clock stays within kEarliestClock and kLatestClock.
[[nodiscard]] std::optional<ClockFault> clock_out_of_bounds(const Scenario& scenario);

}  // namespace gtsim
