// A step in one line, for the history and the report.
#pragma once

#include <string>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

[[nodiscard]] std::string describe_step(const Step& step, const Scenario& scenario);

}  // namespace gtsim
