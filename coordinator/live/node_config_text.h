// The configuration file of a region node (region-node/config/config_file.h reads it), written.
#pragma once

#include <string>

#include "coordinator/scenario/scenario.h"
#include "region-node/config/node_config.h"

namespace gtsim {

[[nodiscard]] std::string node_config_text(const NodeConfig& config);

// What every region of a scenario's run has in common, and what is special to one. Paths, addresses
// and time are the caller's.
[[nodiscard]] NodeConfig node_config_of(const Scenario& scenario, RegionId region,
                                        std::uint64_t seed);

}  // namespace gtsim
