// The region's state machine in real time: one thread owns it, everybody else posts work to it.
// Groups commits, hands them to the disk, and lets replies and messages out when they are durable.
//
// Threads: post() and stop() from anywhere; everything else inside posted work only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "region-node/base/lag_histogram.h"
#include "region-node/base/result.h"
#include "region-node/base/time.h"
#include "region-node/config/node_config.h"
#include "region-node/control_plane/control_plane.h"
#include "region-node/effects.h"
#include "region-node/link/link_settings.h"
#include "region-node/node/waiting_callers.h"
#include "region-node/replica.h"
#include "region-node/transport/replication_transport.h"

namespace gtsim {

enum class StreamEventKind : std::uint8_t {
  kStarted,
  kSplit,
  kRolledOver,
  kStopping,
  kStopped,
  kEnabled
};

// The table's stream changed otherwise than by a record (coordinator.proto, StreamEvent).
struct StreamEvent {
  TableId table;
  StreamEventKind kind = StreamEventKind::kStarted;
  Moment moment;
  std::uint64_t partition_hash = 0;
  StreamOptions options;  // kStarted
};

// Hears what is durable, in order. Entries are serialized coordinator.v1.JournalEntry.
class JournalListener {
 public:
  virtual ~JournalListener() = default;
  virtual void on_entries(std::vector<std::string> entries) = 0;
  virtual void on_superseded() = 0;  // a newer session took over
};

enum class NodeState : std::uint8_t { kServing, kDraining, kFailed };

// What metrics count; plain numbers of the loop's thread.
struct NodeCounters {
  std::uint64_t writes_ok = 0;
  std::uint64_t writes_unchanged = 0;
  std::uint64_t user_errors = 0;  // ValidationException, unknown table, …
  std::uint64_t condition_failed = 0;
  std::uint64_t throttled_requests = 0;  // of applications
  std::uint64_t throttled_changes = 0;   // of replication
  std::uint64_t system_errors = 0;
  std::uint64_t ttl_deletes = 0;
  std::uint64_t records = 0;  // into streams
  std::uint64_t records_returned = 0;
  // By TableId index: how old the last record was that a reader of the stream was given; nothing
  // before the first.
  std::vector<std::optional<Duration>> iterator_age;
  std::uint64_t discards = 0;
  std::uint64_t commits = 0;  // groups
  std::uint64_t committed_bytes = 0;
  std::vector<std::uint64_t> applied_from;  // by RegionId index: replicated changes applied here
  // By RegionId index: ReplicationLatency, from the commit there to the commit here; the newest,
  // all.
  std::vector<Duration> latest_lag_from;
  std::vector<LagHistogram> lag_from;
};

class NodeLoop;
using NodeWork = std::function<void(NodeLoop&)>;

class NodeLoop : public TransportListener {
 public:
  // Opens the data directory or makes it. kIo or kInput with a text for people.
  [[nodiscard]] static Result<std::unique_ptr<NodeLoop>> open(NodeConfig config);
  ~NodeLoop() override;

  // --- From any thread
  // Runs `work` on the loop soon. False after stop().
  bool post(NodeWork work);
  // Starts the loop's thread; then peers may come. kIo when the address is taken.
  [[nodiscard]] Result<void> start();
  // Refuses new writes, lets what is under way become durable and, within `drain`, reach the peers;
  // then ends the threads. Waits for it.
  void stop();
  // Why the node can no longer serve (the disk refused); empty: it can.
  [[nodiscard]] std::string failure() const;
  // Called once, on the loop's thread, when the node can no longer serve.
  void on_failure(std::function<void(const std::string&)> told);
  [[nodiscard]] const NodeConfig& config() const;
  [[nodiscard]] std::string replication_address() const;

  // --- On the loop's thread: applications
  // The call's tag is the loop's to choose. The answer comes when it is durable.
  void write(WriteCall call, WriteDone done);
  [[nodiscard]] KeySpace& keys(TableId table);
  [[nodiscard]] std::optional<TableId> find_table(std::string_view name) const;
  [[nodiscard]] std::optional<RegionId> find_region(std::string_view name) const;

  // --- On the loop's thread: orders (coordinator.proto, Order)
  void set_peer(RegionId to, const std::string& address);
  // Unset members leave what stands; `restore`: first back to a link without any fault.
  void set_link(RegionId to, std::optional<bool> cut, const LinkSettings& settings, bool restore);
  void step_clock(Duration step, std::optional<double> drift_ppm);
  void set_paused(std::optional<TableId> table, bool paused);
  void set_capacity(TableId table, std::optional<std::int64_t> units_per_second);
  void split_shard(TableId table_id);
  // Replicas and streams; answered at once or later, when what was decided is durable.
  void order(const ControlOrder& order, OrderDone done);
  // The same for a table that may not have been here before.
  void create_table(const TableDefinition& definition, const CreateTableOrder& order,
                    OrderDone done);

  // --- On the loop's thread: looking in
  [[nodiscard]] Moment moment() const;
  [[nodiscard]] const Replica& replica() const;
  [[nodiscard]] const ControlPlane& control() const;
  [[nodiscard]] NodeState state() const;
  // Durable positions: log end, stream end, received.
  [[nodiscard]] const DurablePosition& durable(TableId table) const;
  // Nothing waits to become durable.
  [[nodiscard]] bool idle() const;
  [[nodiscard]] LinkState link_state(RegionId to) const;
  [[nodiscard]] bool link_cut(RegionId to) const;
  [[nodiscard]] bool link_disturbed(RegionId to) const;
  [[nodiscard]] const NodeCounters& counters() const;
  // A reader was given records of the table's stream, the last of this age.
  void count_returned(TableId table, std::uint64_t records, Duration age);
  void forget_lags();  // a measurement begins
  // Over keys, versions, images and tombstones; the same in every region that holds the same.
  struct TableDigest {
    std::uint64_t value = 0;
    std::uint64_t items = 0;
  };
  [[nodiscard]] TableDigest digest(TableId table_id) const;
  // Runs when everything that has been done so far is durable (at once when idle).
  void when_durable(NodeWork work);

  // --- On the loop's thread: the journal (config.journal)
  // Entries from `next_entry` on go to `listener`, which outlives the session or detaches itself.
  // kValidation when they are gone.
  [[nodiscard]] Result<void> attach(std::uint64_t next_entry, JournalListener* listener);
  void detach(JournalListener* listener);
  void confirm(std::uint64_t next_entry);
  [[nodiscard]] std::uint64_t journal_end() const;  // durable

  // --- TransportListener, on gRPC's threads
  void on_frame(RegionId from, std::unique_ptr<IncomingFrame> frame) override;
  void on_hello(RegionId from, std::function<void(std::vector<LogPosition>)> answer) override;
  void on_connected(RegionId to, std::vector<LogPosition> positions) override;
  void on_room(RegionId to) override;
  void on_notice(RegionId peer, std::string text) override;

 private:
  struct State;
  explicit NodeLoop(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace gtsim
