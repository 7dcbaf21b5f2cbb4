// What of a scenario is different when it runs live, and which scenarios cannot.
#pragma once

#include <string>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

// The scenario as a live run at `speed` plays it.
[[nodiscard]] Scenario live_scenario(Scenario scenario, double speed);

// Why it cannot run live; empty: it can. `processes`: the regions are processes of the run, which
// it can crash and freeze.
[[nodiscard]] std::string live_refusal(const Scenario& scenario, bool processes);

}  // namespace gtsim
