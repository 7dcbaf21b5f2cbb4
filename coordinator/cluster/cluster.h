// What a scenario runs on. Two things implement it: the simulator (sim/world) and, later, a cluster
// of live processes; a scenario never knows which. Time is the cluster's: call_at() brings the
// caller back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "region-node/control_plane/description.h"
#include "region-node/effects.h"
#include "region-node/stream/stream.h"
#include "region-node/table/key_space.h"
#include "region-node/table/store.h"
#include "region-node/table_replica.h"
#include "region-node/write/write.h"

namespace gtsim {

// What a writer was told, and when.
struct WriteEvent {
  RegionId region;
  bool transaction = false;
  std::uint64_t tag = 0;  // the caller's; says which workload, step or trace line asked
  WriteOutcome outcome = WriteOutcome::kOk;
  std::string_view detail;                   // of a refusal
  std::span<const Operation> operations;     // as asked
  std::span<const OperationResult> results;  // as many as operations when it happened, else none
  bool reached_region = true;                // false: it was refused before it got there
};

// What was told to whoever gave an order to the control plane.
struct OrderEvent {
  RegionId asked;
  std::uint64_t tag = 0;  // the caller's
  OrderOutcome outcome = OrderOutcome::kOk;
  std::string_view detail;  // of a refusal
};

enum class RegionState : std::uint8_t { kUp, kFrozen, kDown };

// Hears everything in the order in which it happens.
class ClusterObserver {
 public:
  virtual ~ClusterObserver() = default;
  virtual void on_write(Instant /*now*/, const WriteEvent& /*event*/) {}
  virtual void on_order(Instant /*now*/, const OrderEvent& /*event*/) {}
  virtual void on_record(Instant /*now*/, RegionId /*region*/, const EmittedRecord& /*emitted*/) {}
  virtual void on_quiet_apply(Instant /*now*/, RegionId /*region*/, const QuietApply& /*apply*/) {}
  virtual void on_discard(Instant /*now*/, const Discard& /*discard*/) {}
  virtual void on_region_state(Instant /*now*/, RegionId /*region*/, RegionState /*state*/) {}
  // A replica appears (CREATING), becomes ACTIVE, goes away.
  virtual void on_replica_status(Instant /*now*/, RegionId /*region*/, TableId /*table*/,
                                 ReplicaStatus /*status*/) {}
  // A new stream begins (numbers start again at 0), or the current one stops taking records.
  virtual void on_stream_status(Instant /*now*/, RegionId /*region*/, TableId /*table*/,
                                StreamStatus /*status*/) {}
  // Items expire by this attribute from here on; nothing: they do not.
  virtual void on_time_to_live(Instant /*now*/, RegionId /*region*/, TableId /*table*/,
                               const std::optional<std::string>& /*attribute*/) {}
  // Somebody read the stream from its trim horizon to its end, all shards.
  virtual void on_stream_read(Instant /*now*/, RegionId /*region*/, TableId /*table*/,
                              std::span<const StreamRecord* const> /*records*/) {}
  // The disk of a region gave back something else than was put there.
  virtual void on_storage_mismatch(Instant /*now*/, RegionId /*region*/, TableId /*table*/,
                                   KeyId /*key*/, const std::string& /*text*/) {}
  virtual void on_note(Instant /*now*/, std::string_view /*text*/) {}  // a fault began or ended
};

class ClusterClient {
 public:
  virtual ~ClusterClient() = default;
  virtual void on_timer(Instant now, std::uint64_t token) = 0;
  // Every now and then while the run goes on, for whoever wants to see how far it is. When that is
  // depends on the cluster: nothing in the run may.
  virtual void on_progress(Instant /*now*/) {}
};

struct StreamView {
  const Stream* stream = nullptr;  // nothing: the table never had one here
  StreamPosition durable;          // what readers may see of it
};

enum class RunEnd : std::uint8_t {
  kStopped,      // stop() was called
  kLimit,        // the cluster's own limit (events, backlog) was hit
  kInterrupted,  // the person at the terminal asked
};

class Cluster {
 public:
  virtual ~Cluster() = default;

  virtual void set_client(ClusterClient* client) = 0;
  virtual void add_observer(ClusterObserver* observer) = 0;

  // --- Time
  [[nodiscard]] virtual Instant now() const = 0;
  virtual void call_at(Instant at, std::uint64_t token) = 0;
  virtual RunEnd run() = 0;  // until stop()
  virtual void stop() = 0;
  [[nodiscard]] virtual std::string limit_message() const = 0;  // after RunEnd::kLimit

  // --- Applications. The answer comes as WriteEvent to every observer, perhaps within the call.
  virtual void write(RegionId region, WriteCall&& call) = 0;
  // It never gets to the region: every observer hears at once what the writer was told.
  virtual void refuse_write(RegionId region, const WriteCall& call, WriteOutcome outcome,
                            std::string_view detail) = 0;
  [[nodiscard]] virtual KeySpace& keys(TableId table) = 0;
  [[nodiscard]] virtual WallTime clock(RegionId region) const = 0;

  // --- Faults
  virtual void set_link_cut(RegionId from, RegionId to, bool cut) = 0;
  [[nodiscard]] virtual bool link_cut(RegionId from, RegionId to) const = 0;
  virtual void change_link(RegionId from, RegionId to, const LinkSettings& settings) = 0;
  [[nodiscard]] virtual LinkSettings link_settings(RegionId from, RegionId to) const = 0;
  // Also of one that is coming up; nothing happens to one that is down.
  virtual void crash(RegionId region) = 0;
  // REQUIRES: it is down. It comes up frozen when it is to be frozen.
  virtual void restart(RegionId region) = 0;
  // Of the machine: one that is down, or crashes meanwhile, is frozen when it is up again.
  virtual void set_frozen(RegionId region, bool frozen) = 0;
  [[nodiscard]] virtual RegionState region_state(RegionId region) const = 0;
  virtual void step_clock(RegionId region, Duration step, std::optional<double> drift_ppm) = 0;
  // A region that is not up is told when it is, and so are those of their capacity.
  virtual void set_replication_paused(RegionId region, TableId table, bool paused) = 0;
  virtual void set_capacity(RegionId region, TableId table, std::optional<std::int64_t> units) = 0;

  // --- Control plane
  // The answer comes as OrderEvent to every observer, perhaps within the call.
  virtual void order(RegionId asked, const ControlOrder& order, std::uint64_t tag) = 0;
  virtual void refuse_order(RegionId asked, std::uint64_t tag, std::string_view detail) = 0;
  virtual void split_shard(RegionId region, TableId table) = 0;
  // Ends every fault: links healed and back to their settings, regions up, replication resumed.
  virtual void lift_all_faults() = 0;

  // Nobody will read records of this shard of the table's current stream below `number` again. A
  // hint: what is kept for 24 hours anyway may stay.
  virtual void release_records(RegionId /*region*/, TableId /*table*/,
                               const std::string& /*shard_id*/, std::uint64_t /*number*/) {}

  // --- Looking in
  [[nodiscard]] virtual ReplicaStatus replica_status(RegionId region, TableId table) const = 0;
  // What the region answers to DescribeTable; nothing: it has no such table. kUnavailable: it does
  // not answer.
  [[nodiscard]] virtual Result<std::optional<TableDescription>> describe(RegionId region,
                                                                         TableId table) const = 0;
  [[nodiscard]] virtual const StoredItem& item(RegionId region, TableId table, KeyId key) const = 0;
  [[nodiscard]] virtual StreamView stream(RegionId region, TableId table) const = 0;
  // Every log acknowledged by every member, every region up, no control-plane operation under way.
  [[nodiscard]] virtual bool quiescent() const = 0;
  // Positions up to which `region` has received each other region's log of the table, and log ends.
  [[nodiscard]] virtual std::uint64_t log_end(RegionId region, TableId table) const = 0;
  [[nodiscard]] virtual std::uint64_t received(RegionId region, TableId table,
                                               RegionId from) const = 0;
};

}  // namespace gtsim
