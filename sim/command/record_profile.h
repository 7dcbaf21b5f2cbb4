// The record profile as the command line and verdict.json name it.
#pragma once

#include <optional>
#include <string_view>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

// "2019", "2017", "marked"; nothing for any other word.
[[nodiscard]] std::optional<RecordProfile> profile_named(std::string_view name);

// Of every table, whatever the scenario says.
void set_profile(Scenario& scenario, RecordProfile profile);

}  // namespace gtsim
