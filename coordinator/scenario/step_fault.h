// The fault that a step holds while it lasts, as faults compose (coordinator/fault).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "coordinator/fault/fault.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

// Nothing: the step holds none, as a write, or ends those of others, as `heal`. `regions`,
// `tables`: how many the scenario has. A flap holds its links while it is down.
[[nodiscard]] std::optional<Fault> fault_of(const StepAction& action, std::size_t regions,
                                            std::size_t tables);

// All links to and from a region.
[[nodiscard]] std::vector<LinkId> links_of(RegionId region, std::size_t regions);

// All of them when none is named.
[[nodiscard]] std::vector<TableId> tables_or_all(std::optional<TableId> table, std::size_t tables);

}  // namespace gtsim
