#include "coordinator/scenario/clock_bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "coordinator/fault/fault_set.h"
#include "region-node/base/clock_range.h"
#include "region-node/base/quantity_text.h"
#include "region-node/base/region_clock.h"

namespace gtsim {
namespace {

bool in_bounds(WallTime time) {
  return time >= kEarliestClock && time <= kLatestClock;
}

// A step of the clock begins or ends.
struct Turn {
  Duration at{0};
  std::size_t step = 0;
  bool begins = true;
};

// In the order of time, whatever their order in the file; at the same moment, as in a run, one
// begins before another ends.
std::vector<Turn> turns_of(const Scenario& scenario) {
  std::vector<Turn> turns;
  for (std::size_t i = 0; i < scenario.steps.size(); ++i) {
    const Step& step = scenario.steps[i];
    if (!std::holds_alternative<ClockStep>(step.action)) continue;
    turns.push_back({step.at, i, true});
    if (step.for_duration) turns.push_back({step.at + *step.for_duration, i, false});
  }
  std::stable_sort(turns.begin(), turns.end(), [](const Turn& a, const Turn& b) {
    return a.at != b.at ? a.at < b.at : a.begins && !b.begins;
  });
  return turns;
}

}  // namespace

Instant latest_end(const Scenario& scenario) {
  // Steps, expectations and workloads end within the longest duration; only a replay adds two
  // times, its start and that of the line.
  const Instant activity = Instant{} + kLongestDuration + kLongestDuration;
  Duration drain = scenario.limits.drain;
  for (const ConsumerSpec& consumer : scenario.consumers) {
    drain = std::max(drain, consumer.tumbling_window + Duration{60'000'000});
  }
  return activity + scenario.limits.settle + drain;
}

std::optional<ClockFault> clock_out_of_bounds(const Scenario& scenario) {
  const std::vector<Turn> turns = turns_of(scenario);
  for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
    const RegionSpec& region = scenario.regions[i];
    // Between steps a clock only runs forward, so the moments of the steps and the end tell all.
    // Each is looked at before the next is added: a sum never goes further out than one step.
    SourcePosition blamed = region.position;
    RegionClock clock{Instant{}, scenario.start + region.clock.offset, region.clock.drift_ppm};
    const auto fault = [&](Instant at) -> std::optional<ClockFault> {
      const WallTime shown = clock.at(at);
      if (in_bounds(shown)) return std::nullopt;
      return ClockFault{blamed,
                        fmt::format("the clock of region `{}` would show {} at {}; expected "
                                    "no clock before {} or after {}",
                                    region.name, to_iso8601(shown, 0), to_text(at - Instant{}),
                                    to_iso8601(kEarliestClock, 0), to_iso8601(kLatestClock, 0))};
    };
    if (auto found = fault(Instant{})) return found;
    FaultSet faults(
        {.drift_ppm = {{RegionId{static_cast<std::uint16_t>(i)}, region.clock.drift_ppm}}});
    for (const Turn& turn : turns) {
      const Step& step = scenario.steps[turn.step];
      const ClockStep& change = std::get<ClockStep>(step.action);
      if (change.region.index() != i) continue;
      const Instant at = Instant{} + turn.at;
      if (auto found = fault(at)) return found;
      const ClockChanged changed{change.region, change.step, change.drift_ppm};
      for (const FaultEffect& effect :
           turn.begins ? faults.begin(turn.step, changed) : faults.end(turn.step)) {
        const StepClock& told = std::get<StepClock>(effect);
        clock.step(at, told.step, told.drift_ppm);
      }
      blamed = step.position;
      if (auto found = fault(at)) return found;
    }
    if (auto found = fault(latest_end(scenario))) return found;
  }
  return std::nullopt;
}

}  // namespace gtsim
