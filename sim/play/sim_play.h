// Plays a scenario in virtual time: the same scenario, seed and world give the same result, byte
// for byte, whatever machine they are played on and whatever else was played before.
#pragma once

#include <cstdint>

#include "coordinator/play/play.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {

// The seed of the run is the world's. Of the streams only those are kept that the scenario reads
// back, unless the world says which.
[[nodiscard]] RunResult play(const Scenario& scenario, const SimOptions& world,
                             const PlayOptions& options = {});

[[nodiscard]] RunResult play(const Scenario& scenario, std::uint64_t seed);

}  // namespace gtsim
