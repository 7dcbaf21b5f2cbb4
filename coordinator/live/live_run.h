// A run of a scenario on real region nodes: starts them or takes those of a cluster file, gives the
// runner its cluster, and reads everything back at the end.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "coordinator/check/violation.h"
#include "coordinator/cluster/cluster.h"
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
  std::function<bool(RegionId, TableId)> keep_records;
  const volatile std::sig_atomic_t* interrupted = nullptr;
};

class LiveRun {
 public:
  // kInput: it cannot be played live, or the nodes cannot be used as they are.
  [[nodiscard]] static Result<std::unique_ptr<LiveRun>> start(const Scenario& scenario,
                                                              LiveRunOptions options);
  ~LiveRun();

  // As it is played; what is true of a real disk and a real clock differs from the file.
  [[nodiscard]] const Scenario& scenario() const;
  [[nodiscard]] Cluster& cluster();
  // After a run that has settled: what the nodes hold against what they told.
  [[nodiscard]] std::optional<Violation> compare_with_nodes();
  // "3 processes at 20 times real time"
  [[nodiscard]] std::string description() const;
  // Ends the nodes that this run has started. Their data stays when `keep_data`.
  void end(bool keep_data);

 private:
  struct State;
  explicit LiveRun(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gtsim
