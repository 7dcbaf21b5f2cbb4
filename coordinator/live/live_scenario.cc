#include "coordinator/live/live_scenario.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtsim {
namespace {

// Real time after which regions that have not converged never will.
constexpr Duration kSettleReal{120'000'000};

}  // namespace

Scenario live_scenario(Scenario scenario, double speed) {
  // A real disk takes time, and writes wait for it together; checks that rely on a disk that takes
  // none must know.
  for (RegionSpec& region : scenario.regions) {
    region.fsync = std::max(region.fsync, Duration{1});
  }
  const Duration settle{
      static_cast<std::int64_t>(static_cast<double>(kSettleReal.count()) * speed)};
  scenario.limits.settle = std::min(scenario.limits.settle, settle);
  return scenario;
}

std::string live_refusal(const Scenario& scenario, bool processes) {
  for (const Step& step : scenario.steps) {
    const bool needs_process = std::holds_alternative<CrashStep>(step.action) ||
                               std::holds_alternative<RestartStep>(step.action) ||
                               std::holds_alternative<FreezeStep>(step.action);
    if (needs_process && !processes) {
      return fmt::format(
          "{}:{}:{}: this step ends or stops the process of a region, which can be done to regions "
          "that this run starts itself, not to those of a cluster file",
          scenario.path, step.position.line, step.position.column);
    }
  }
  return {};
}

}  // namespace gtsim
