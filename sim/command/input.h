// From command-line paths to scenarios that are ready to run, or to messages on standard error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "coordinator/workload/replay.h"

namespace gtsim {

struct LoadedScenario {
  Scenario scenario;
  std::vector<ReplayWrite> replay;
};

// Folders become their *.yaml and *.yml files in name order (not deeper). Says what is wrong with
// each path.
[[nodiscard]] std::optional<std::vector<std::string>> list_scenario_files(
    const std::vector<std::string>& paths);

// Reads every file and its traces; prints every diagnostic before giving up.
[[nodiscard]] std::optional<std::vector<LoadedScenario>> load_scenarios(
    const std::vector<std::string>& paths);

}  // namespace gtsim
