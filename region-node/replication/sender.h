// The shipping half of one table's replication: the outbound log, a cursor per member, batches.
// Pure.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/replication/message.h"
#include "region-node/replication/outbound_log.h"
#include "region-node/replication/peer_cursor.h"

namespace gtsim {

class Sender {
 public:
  Sender(RegionId self, TableId table, ReplicationOptions options)
      : self_(self), table_(table), options_(options) {}

  // --- Members. A change is shipped to all of them; a member that joins starts at `position`.
  // `membership`: differs from that of an earlier time that the region was a member, below 4,096.
  void add_member(RegionId region, std::uint64_t position, std::uint32_t membership = 0);
  void remove_member(RegionId region);
  [[nodiscard]] const std::vector<RegionId>& members() const { return members_; }

  // Appends a committed change and ships what may be shipped. Each function that sends appends to
  // `out` and returns when it wants tick() next (kNever: no wish).
  Instant commit(Change change, Instant now, std::vector<Message>& out);
  Instant on_acknowledgement(const Message& message, Instant now, std::vector<Message>& out);
  Instant tick(Instant now, std::vector<Message>& out);

  // While paused nothing is sent; the backlog stays.
  Instant set_paused(bool paused, Instant now, std::vector<Message>& out);

  [[nodiscard]] std::uint64_t log_end() const { return log_.end(); }
  [[nodiscard]] std::uint64_t acknowledged_by(RegionId region) const;
  // A message with this attempt is of the time that the region has been a member now: both sides
  // give that the same number.
  [[nodiscard]] bool is_of_member(RegionId region, std::uint32_t attempt) const;
  // Of the cursor's attempts; 0 when it is no member.
  [[nodiscard]] std::uint32_t attempt_of(RegionId region) const;
  [[nodiscard]] bool drained() const;
  // Changes that some member has not acknowledged.
  [[nodiscard]] std::uint64_t backlog() const { return log_.end() - log_.first(); }

  // A new connection to `region` stands: it has everything below `received`, what was on the way is
  // lost.
  Instant on_reconnected(RegionId region, std::uint64_t received, Instant now,
                         std::vector<Message>& out);

  // --- With a storage: takes over what it holds, before members are added.
  void restore(LogStorage* storage, std::uint64_t first, std::uint64_t end);
  void set_written(std::uint64_t position) { log_.set_written(position); }
  [[nodiscard]] std::uint64_t log_first() const { return log_.first(); }

  // After a crash that took nothing of the log: every cursor is back at what was acknowledged.
  void recover();

 private:
  Instant pump(RegionId to, PeerCursor& cursor, Instant now, std::vector<Message>& out);
  void note_latest(KeyId key, std::uint64_t position);
  [[nodiscard]] bool coalesced_away(std::uint64_t position, const Change& change) const;
  void restore_latest();
  void trim();

  RegionId self_;
  TableId table_;
  ReplicationOptions options_;
  OutboundLog log_;
  std::vector<RegionId> members_;    // ascending, without this region
  std::vector<PeerCursor> cursors_;  // beside members_
  std::vector<std::uint64_t>
      latest_by_key_;  // only with coalescing: newest position + 1 of each key
  bool paused_ = false;
};

}  // namespace gtsim
