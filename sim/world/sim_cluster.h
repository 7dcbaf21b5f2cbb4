// The simulator's cluster: regions, links and one event queue in virtual time. Single-threaded and
// repeatable: the same scenario and seed give the same sequence of events, byte for byte.
#pragma once

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "sim/network/link.h"
#include "sim/world/event_queue.h"
#include "sim/world/region_runtime.h"

namespace gtsim {

// Where regions keep their tables: in memory, or in LevelDB as the daemon does, each on a machine
// in memory that can lose power (sim/storage).
enum class SimStorage : std::uint8_t { kMemory, kLevelDb };

struct SimOptions {
  std::uint64_t seed = 1;
  SimStorage storage = SimStorage::kMemory;
  // With LevelDB: what a region's disk does to it, and how the power goes when the region crashes.
  StorageFaults storage_faults;
  PowerCut power_cut{PowerCut::Unsynced::kLost, PowerCut::Tail::kClean};
  // Whether anybody will read this stream back; records of other streams are told and forgotten.
  // Empty: all are kept.
  std::function<bool(RegionId, TableId)> keep_records;
  // Set to non-zero from outside to stop the run; looked at every few thousand events.
  const volatile std::sig_atomic_t* interrupted = nullptr;
};

class SimCluster final : public Cluster {
 public:
  SimCluster(const Scenario& scenario, SimOptions options);

  void set_client(ClusterClient* client) override { client_ = client; }
  void add_observer(ClusterObserver* observer) override { observers_.push_back(observer); }

  [[nodiscard]] Instant now() const override { return now_; }
  void call_at(Instant at, std::uint64_t token) override;
  RunEnd run() override;
  void stop() override { stopped_ = true; }
  [[nodiscard]] std::string limit_message() const override { return limit_message_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }

  void write(RegionId id, WriteCall&& call) override;
  void refuse_write(RegionId id, const WriteCall& call, WriteOutcome outcome,
                    std::string_view detail) override {
    tell_refusal(id, call, outcome, detail, /*reached_region=*/false);
  }
  [[nodiscard]] KeySpace& keys(TableId table) override { return *keys_[table.index()]; }
  [[nodiscard]] WallTime clock(RegionId region) const override {
    return regions_[region.index()]->clock.at(now_);
  }

  void set_link_cut(RegionId from, RegionId to, bool cut) override;
  [[nodiscard]] bool link_cut(RegionId from, RegionId to) const override;
  void change_link(RegionId from, RegionId to, const LinkSettings& settings) override;
  [[nodiscard]] LinkSettings link_settings(RegionId from, RegionId to) const override;
  void crash(RegionId id) override;
  void restart(RegionId id) override;
  void set_frozen(RegionId id, bool frozen) override;
  [[nodiscard]] RegionState region_state(RegionId region) const override;
  void step_clock(RegionId region, Duration step, std::optional<double> drift_ppm) override;
  void set_replication_paused(RegionId id, TableId table, bool paused) override;
  void set_capacity(RegionId region, TableId table, std::optional<std::int64_t> units) override;

  void order(RegionId asked, const ControlOrder& order, std::uint64_t tag) override;
  void refuse_order(RegionId asked, std::uint64_t tag, std::string_view detail) override;
  void split_shard(RegionId id, TableId table) override;
  void release_records(RegionId id, TableId table, const std::string& shard_id,
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

 private:
  enum EventKind : std::uint32_t { kLinkHead, kStray, kWake, kSynced, kTimer };

  [[nodiscard]] RegionRuntime& runtime(RegionId region) { return *regions_[region.index()]; }
  [[nodiscard]] const RegionRuntime& runtime(RegionId region) const {
    return *regions_[region.index()];
  }
  [[nodiscard]] Link& link(RegionId from, RegionId to) {
    return *links_[from.index() * regions_.size() + to.index()];
  }
  [[nodiscard]] const Link& link(RegionId from, RegionId to) const {
    return *links_[from.index() * regions_.size() + to.index()];
  }
  // What a crash would leave of the table.
  [[nodiscard]] DurablePosition durable(const RegionRuntime& region, TableId table) const {
    return region.pipeline ? region.pipeline->durable(table)
                           : region.replica.table(table).position();
  }
  [[nodiscard]] Moment moment(const RegionRuntime& region) const {
    return {now_, region.clock.at(now_)};
  }

  // --- Events (sim_cluster.cc)
  void handle(const Event& event);
  void deliver(Message& message);
  void deliver_link_head(std::uint32_t index);
  void send(Message& message);
  void tick(RegionRuntime& region);
  [[nodiscard]] std::optional<RunEnd> look_around();  // nothing: the run goes on
  [[nodiscard]] bool over_limit();
  void note_backlog(std::uint64_t records);

  // --- Regions' tables (region_tables.cc)
  void open_disk(RegionRuntime& region, Random random);
  void add_tables(RegionRuntime& region);  // new ones, or as the disk has them
  void found_table(RegionRuntime& region, TableId table);
  [[nodiscard]] TableOptions table_options(RegionId region, TableId table) const;
  void commit_at_once(RegionRuntime& region);
  void commit_orders();
  void crash_disk(RegionRuntime& region, CommitPipeline::Lost& lost);

  // --- Effects and durability (durability.cc)
  void carry_out(RegionRuntime& region);  // of effects_, which one call has filled
  void want_wake(RegionRuntime& region, Instant at);
  void advance_commits(RegionRuntime& region);  // whatever the pipeline says is next
  void begin_write(RegionRuntime& region);
  void set_due_pauses(RegionRuntime& region);  // of one that has just come up
  bool finish_write(RegionRuntime& region);    // false: the disk refused, and the region is down
  void let_out(RegionRuntime& region, Effects& effects);  // into the world
  void tell_survivors(RegionRuntime& region, CommitGroup& group);
  void tell_facts(RegionRuntime& region, const Effects& effects);
  void tell_table_fact(RegionId region, const TableFact& fact);
  void tell_reply(RegionId region, const WriteReply& reply);
  void tell_refusal(RegionId region, const WriteCall& call, WriteOutcome outcome,
                    std::string_view detail, bool reached_region = true);

  // --- Control plane (control_host.cc)
  [[nodiscard]] StreamOptions stream_options(RegionId region, TableId table, StreamViewType view,
                                             Moment at);
  void add_control(RegionRuntime& region);  // new, or as the disk has it
  void tell_order(RegionId asked, const OrderReply& reply);
  [[nodiscard]] bool control_idle() const;

  // Constant after construction.
  const Scenario& scenario_;
  SimOptions options_;
  ClusterClient* client_ = nullptr;
  std::vector<ClusterObserver*> observers_;

  Instant now_;
  EventQueue queue_;
  std::vector<std::unique_ptr<KeySpace>> keys_;  // by TableId index, shared by all regions
  std::vector<std::unique_ptr<RegionRuntime>> regions_;
  std::vector<std::unique_ptr<Link>> links_;  // from * regions + to; none from a region to itself
  std::vector<Message> strays_;               // out-of-order messages on the way
  std::vector<std::uint32_t> free_strays_;
  Effects effects_;  // of the call under way; empty between calls
  std::uint64_t events_ = 0;
  std::uint64_t look_at_ = 1;          // look_around() when this many events have happened
  std::uint64_t backlog_at_most_ = 0;  // changes in all logs together, or more
  std::uint64_t streams_started_ = 0;
  bool stopped_ = false;
  std::string limit_message_;
};

}  // namespace gtsim
