#include "sim/play/sim_play.h"

#include <memory>

namespace gtsim {

RunResult play(const Scenario& scenario, const SimOptions& world, const PlayOptions& options) {
  const auto make_cluster = [&] {
    SimOptions own = world;
    if (!own.keep_records) own.keep_records = streams_read_back(scenario);
    return std::make_unique<SimCluster>(scenario, std::move(own));
  };
  return play(scenario, world.seed, make_cluster, options);
}

RunResult play(const Scenario& scenario, std::uint64_t seed) {
  SimOptions world;
  world.seed = seed;
  return play(scenario, world);
}

}  // namespace gtsim
