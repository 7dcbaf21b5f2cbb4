// A cluster of real region nodes, as a scenario sees one (coordinator/cluster/cluster.h): the same
// calls, the same order of what observers hear, in real time.
//
// One thread: whoever calls run() hears everything and may call everything. gRPC's threads only
// fill the inbox.
//
// What a region says is heard in its own order; between regions in the order of causes (hold_back).
// Orders to a region are waited for, so that what is done after a fault happens after it.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/check/violation.h"
#include "coordinator/cluster/cluster.h"
#include "coordinator/live/node_host.h"
#include "coordinator/live/run_clock.h"
#include "region-node/base/result.h"

namespace gtsim {

struct LiveOptions {
  std::uint64_t seed = 1;
  // Whether anybody will read this stream back in this process.
  std::function<bool(RegionId, TableId)> keep_records = [](RegionId, TableId) { return true; };
  const volatile std::sig_atomic_t* interrupted = nullptr;
  std::optional<TlsFiles> tls;
  // The instants of nodes of this run's own start this much before those of the run. Nothing: the
  // nodes count from where they like (1970), and the cluster finds out.
  std::optional<Duration> instants_ahead;
};

class LiveCluster final : public Cluster {
 public:
  // Attaches to every region, sets up the network of the scenario, and lets the regions find each
  // other. kInput: a node is not as the scenario needs it. `host` and `scenario` outlive it.
  [[nodiscard]] static Result<std::unique_ptr<LiveCluster>> connect(const Scenario& scenario,
                                                                    NodeHost& host, RunClock clock,
                                                                    LiveOptions options);
  ~LiveCluster() override;

  void set_client(ClusterClient* client) override;
  void add_observer(ClusterObserver* observer) override;

  [[nodiscard]] Instant now() const override;
  void call_at(Instant at, std::uint64_t token) override;
  RunEnd run() override;
  void stop() override;
  [[nodiscard]] std::string limit_message() const override;

  void write(RegionId region, WriteCall&& call) override;
  void refuse_write(RegionId region, const WriteCall& call, WriteOutcome outcome,
                    std::string_view detail) override;
  [[nodiscard]] KeySpace& keys(TableId table) override;
  [[nodiscard]] WallTime clock(RegionId region) const override;

  void set_link_cut(RegionId from, RegionId to, bool cut) override;
  [[nodiscard]] bool link_cut(RegionId from, RegionId to) const override;
  void change_link(RegionId from, RegionId to, const LinkSettings& settings) override;
  [[nodiscard]] LinkSettings link_settings(RegionId from, RegionId to) const override;
  void crash(RegionId region) override;
  void restart(RegionId region) override;
  void set_frozen(RegionId region, bool frozen) override;
  [[nodiscard]] RegionState region_state(RegionId region) const override;
  void step_clock(RegionId region, Duration step, std::optional<double> drift_ppm) override;
  void set_replication_paused(RegionId region, TableId table, bool paused) override;
  void set_capacity(RegionId region, TableId table, std::optional<std::int64_t> units) override;

  void order(RegionId asked, const ControlOrder& order, std::uint64_t tag) override;
  void refuse_order(RegionId asked, std::uint64_t tag, std::string_view detail) override;
  void split_shard(RegionId region, TableId table) override;
  void release_records(RegionId region, TableId table, const std::string& shard_id,
                       std::uint64_t number) override;
  void lift_all_faults() override;

  [[nodiscard]] ReplicaStatus replica_status(RegionId region, TableId table) const override;
  [[nodiscard]] Result<std::optional<TableDescription>> describe(RegionId region,
                                                                 TableId table) const override;
  [[nodiscard]] const StoredItem& item(RegionId region, TableId table, KeyId key) const override;
  [[nodiscard]] StreamView stream(RegionId region, TableId table) const override;
  [[nodiscard]] bool quiescent() const override;
  [[nodiscard]] std::uint64_t log_end(RegionId region, TableId table) const override;
  [[nodiscard]] std::uint64_t received(RegionId region, TableId table,
                                       RegionId from) const override;

  // After a run that has settled: reads every table and stream back from the nodes and compares
  // them with what was heard. The check `mirror`; nothing: all is as it was told.
  [[nodiscard]] std::optional<Violation> compare_with_nodes();

  // How late, in real time, timers have been at most: the machine is too slow for the speed.
  [[nodiscard]] std::chrono::microseconds most_late() const;

  struct State;

 private:
  explicit LiveCluster(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gtsim
