// A run of a scenario on real region nodes.
#pragma once

#include <csignal>
#include <string>

#include "coordinator/play/play.h"
#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"

namespace gtsim {

inline constexpr double kSlowest = 0.01;
inline constexpr double kQuickest = 1000;

struct LiveRunOptions {
  std::uint64_t seed = 1;
  double speed = 1;        // seconds of the scenario in a real one
  std::string nodes_file;  // a cluster file; empty: this run starts its own processes
  std::string folder;      // for configurations, logs and data of the nodes; empty: none is kept
  const volatile std::sig_atomic_t* interrupted = nullptr;
};

// Starts the nodes or takes those of the cluster file, plays the scenario on them once, and
// compares what they hold with what they told. Data of nodes that it has started stays only when a
// check failed. kInput: it cannot be played live, or the nodes cannot be used as they are; nothing
// was played then.
[[nodiscard]] Result<RunResult> play_live(const Scenario& scenario, LiveRunOptions options,
                                          const PlayOptions& play_options);

}  // namespace gtsim
