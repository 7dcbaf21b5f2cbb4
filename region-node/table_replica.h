// One table's replica in one region: items, stream, replication. Part of the region's state machine
// (replica.h); pure: time and messages in, effects out.
//
// The rules it keeps are numbered as in docs/architecture.md, "Rules of replication".
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/effects.h"
#include "region-node/replication/sender.h"
#include "region-node/replication/write_capacity.h"
#include "region-node/stream/stream.h"
#include "region-node/table/key_space.h"
#include "region-node/table/store.h"
#include "region-node/table/ttl_index.h"
#include "region-node/table/ttl_options.h"
#include "region-node/table_storage.h"
#include "region-node/write/write.h"

namespace gtsim {

// Now, by both clocks of a region.
struct Moment {
  Instant now;
  WallTime clock;
};

struct TableOptions {
  TableId table;
  RegionId region;
  std::optional<TtlOptions> ttl;
  ReplicationOptions replication;
  bool records_for_backfill = false;
  bool origin_record_time = false;  // ApproximateCreationDateTime from the origin instead of here
  // Keeps log and records; nothing: they are in memory. Outlives the replica.
  TableStorage* storage = nullptr;
};

// What was durable at some moment.
struct DurablePosition {
  std::uint64_t log_end = 0;
  std::uint64_t streams = 0;          // how many the table has had
  std::uint64_t stream_end = 0;       // of the newest of these
  std::uint64_t stream_changes = 0;   // of its shards
  std::vector<ReceivedLog> received;  // by RegionId index

  friend bool operator==(const DurablePosition&, const DurablePosition&) = default;
};

class TableReplica {
 public:
  TableReplica(TableOptions options, const KeySpace& keys, Store& store);

  // --- Writes. prepare() validates against the local item only; commit() cannot fail after it.
  struct Prepared {
    bool changed = false;
    Image image;  // null: delete
  };
  [[nodiscard]] Result<Prepared> prepare(const Operation& operation, Instant now);
  // `writer_waits`: the writer is told when it has happened (WriteCall).
  void commit(const Operation& operation, Prepared&& prepared, bool writer_waits, Moment moment,
              Effects& out, OperationResult& result);

  // --- Replication in.
  void receive(const Message& message, Moment moment, Effects& out);

  // --- Time. Retries, TTL, roll-over, retention. Asks for the next call through out.wake_at.
  void tick(Moment moment, Effects& out);

  // --- Membership and settings (the control plane's orders).
  void set_status(ReplicaStatus status) {
    status_ = status;
    ++revision_;
  }
  [[nodiscard]] ReplicaStatus status() const { return status_; }
  [[nodiscard]] bool paused() const { return paused_; }
  // `send_from`: where shipping to the new member starts in this region's log; `receive_from`: the
  // first position of the member's log that this region needs; `membership`: see Sender.
  void add_member(RegionId region, std::uint64_t send_from, std::uint64_t receive_from,
                  std::uint32_t membership = 0);
  void remove_member(RegionId region);
  void set_capacity(std::optional<std::int64_t> units_per_second, Instant now) {
    capacity_.set(units_per_second, now);
  }
  // Items that are due expire with the next tick().
  void set_ttl(std::optional<TtlOptions> ttl);
  [[nodiscard]] const std::optional<TtlOptions>& ttl() const { return ttl_; }
  [[nodiscard]] const std::optional<TtlOptions>& configured_ttl() const { return options_.ttl; }
  void set_paused(bool paused, Moment moment, Effects& out);
  void start_stream(StreamOptions options, Moment moment);
  void start_backfill(RegionId to, std::int64_t items_per_second, Moment moment, Effects& out);
  [[nodiscard]] bool backfilling(RegionId to) const { return backfills_.contains(to); }
  // How much of the copy `to` has acknowledged; nothing: none is under way.
  [[nodiscard]] std::optional<int> backfill_percent(RegionId to) const;
  // What is constant for the life of a table: of one that is not here. REQUIRES: the same table,
  // region and storage.
  void define_anew(TableOptions options);
  // Forgets items, log and members; streams stay readable for their retention.
  void drop(Moment moment);

  // --- Looking in.
  [[nodiscard]] const Store& store() const { return store_; }
  [[nodiscard]] bool has_items() const;  // looks at them until it finds one that is not deleted
  [[nodiscard]] const Sender& sender() const { return sender_; }
  [[nodiscard]] Stream* stream() { return streams_.empty() ? nullptr : streams_.back().get(); }
  [[nodiscard]] const Stream* stream() const {
    return streams_.empty() ? nullptr : streams_.back().get();
  }
  // Everything of the other's log below this is here.
  [[nodiscard]] std::uint64_t received_from(RegionId region) const {
    return region.index() < received_.size() ? received_[region.index()].floor() : 0;
  }

  // A new connection to a member stands; `received`: what it has of this region's log.
  void on_reconnected(RegionId region, std::uint64_t received, Moment moment, Effects& out) {
    out.want_wake(sender_.on_reconnected(region, received, moment.now, out.messages));
  }

  // --- Restart, with a storage. restore() comes before anything else.
  [[nodiscard]] TableCursors cursors() const;
  [[nodiscard]] TableSnapshot snapshot() const;
  void restore(TableSnapshot snapshot);
  // For readers that hold addresses of streams: those of the replica before the restart mean these
  // streams from now on.
  void take_stream_addresses(TableReplica& before);
  // Rises whenever snapshot() changes by more than positions.
  [[nodiscard]] std::uint64_t revision() const;
  // What a reader of the current stream may see when so much is durable.
  [[nodiscard]] StreamPosition readable(const DurablePosition& durable) const;
  // The newest stream that no crash takes back, and what a reader may see of it; nothing: none.
  [[nodiscard]] std::pair<const Stream*, StreamPosition> durable_stream(
      const DurablePosition& durable) const;
  // Everything up to here has been written.
  void set_written(const DurablePosition& position) { sender_.set_written(position.log_end); }

  [[nodiscard]] DurablePosition position() const;
  // A crash of a region all of whose memory is durable: forgets only what was under way.
  void recover();

 private:
  struct Backfill {
    KeyId next;       // first key that the new member has not acknowledged
    Instant sent_at;  // the latest chunk
    Instant send_at;  // the next one, or the latest again
    std::int64_t items_per_second = 0;
    std::uint32_t tries = 0;  // of the latest chunk
  };
  void receive_changes(const Message& message, Moment moment, Effects& out);
  void receive_backfill(const Message& message, Moment moment, Effects& out);
  [[nodiscard]] Message answer_to(const Message& message, MessageKind kind) const;
  void continue_backfill(RegionId to, Backfill& backfill, Moment moment, Effects& out);
  void apply(const Change& change, Moment moment, Effects& out, bool force);
  void emit(EmittedRecord& emitted, Moment moment);
  // A write of this region's own, by an application or by TTL, enters table, stream and log.
  struct OwnWrite {
    KeyId key;
    bool acknowledged = true;
    bool by_ttl = false;
    bool by_update = false;
  };
  Version enter(OwnWrite write, Image&& image, Moment moment, Effects& out);
  void expire(Moment moment, Effects& out);
  void rebuild_ttl_index();
  void watch_expiry(KeyId key, const Image& image, Effects& out, Moment moment);
  [[nodiscard]] bool deletes_expired(KeyId key) const;
  [[nodiscard]] ReceivedLog& received_mutable(RegionId region);

  // Constant after construction.
  TableOptions options_;
  const KeySpace& keys_;

  Store& store_;
  Sender sender_;
  std::vector<ReceivedLog> received_;             // by RegionId index: what is applied here
  std::vector<std::unique_ptr<Stream>> streams_;  // the newest last; older ones are DISABLED
  Instant maintain_streams_at_{0};
  std::optional<TtlOptions> ttl_;
  TtlIndex ttl_index_;
  WriteCapacity capacity_;
  std::map<RegionId, Backfill> backfills_;  // by the region being filled
  ReplicaStatus status_ = ReplicaStatus::kActive;
  bool paused_ = false;
  std::uint64_t revision_ = 0;
};

}  // namespace gtsim
