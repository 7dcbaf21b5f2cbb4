// Plays a scenario with a seed, and gives back all that there is to be told of it. No file is read
// or written here: what a run reads and leaves is handed in, what it comes to is handed out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "coordinator/cluster/cluster.h"
#include "coordinator/play/run_result.h"
#include "coordinator/run/run_files.h"
#include "coordinator/run/runner.h"
#include "coordinator/workload/replay.h"

namespace gtsim {

// A run that has been set up, and in which nothing has happened yet.
struct Stage {
  const Scenario& scenario;  // as it is played
  Cluster& cluster;
  Runner& runner;
};

struct PlayOptions {
  std::span<const ReplayWrite> replay{};  // of the traces and streams that the scenario replays
  RunFiles* files = nullptr;              // null: there are none
  bool update_golden = false;             // golden files that differ are rewritten
  InterruptFlag interrupted = nullptr;    // of functions that are waited for; see the cluster's own
  // Each may be empty.
  // Adds observers and listeners; they outlive the run.
  std::function<void(const Stage&)> attach{};
  std::function<void(Instant, std::string_view)> note{};  // a fault began or ended
  // Now and then, which share of the planned virtual time has passed, 0 to 1.
  std::function<void(double)> progress{};
};

// Plays it once. The cluster may be looked into afterwards, but not run: nobody is there to hear
// it. REQUIRES: it was made for this scenario and seed, and has not been run before.
[[nodiscard]] RunResult play_on(Cluster& cluster, const Scenario& scenario, std::uint64_t seed,
                                const PlayOptions& options);

// A new cluster for the scenario and the seed, each time the same.
using MakeCluster = std::function<std::unique_ptr<Cluster>()>;

// Plays it. When a check fails it is played once more, silently, for the story of the key: the same
// run comes again, so that none has to remember every key.
[[nodiscard]] RunResult play(const Scenario& scenario, std::uint64_t seed,
                             const MakeCluster& make_cluster, const PlayOptions& options);

// Whether the scenario reads a stream back; records of others need not be kept for 24 hours.
[[nodiscard]] std::function<bool(RegionId, TableId)> streams_read_back(const Scenario& scenario);

}  // namespace gtsim
