// The shipping half of one table's replication: the outbound log, a cursor per member, batches.
// Pure.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/replication/coalescing.h"
#include "region-node/replication/lane_index.h"
#include "region-node/replication/message.h"
#include "region-node/replication/outbound_log.h"
#include "region-node/replication/peer_cursor.h"
#include "region-node/table/key_space.h"

namespace gtsim {

class Sender {
 public:
  // `keys`: of the table; outlive this.
  Sender(RegionId self, TableId table, ReplicationOptions options, const KeySpace& keys)
      : self_(self), table_(table), options_(options), keys_(keys), coalescing_(options.coalesce) {}

  // --- Members. A change is shipped to all of them; a member that joins starts at `position`.
  // `membership`: differs from that of an earlier time that the region was a member, below 4,096.
  void add_member(RegionId region, std::uint64_t position, std::uint32_t membership = 0);
  // The same for one that was a member before a restart: it has what it acknowledged, but may not
  // know that this is all there is below `position`.
  void restore_member(RegionId region, std::uint64_t position, std::uint32_t membership);
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
  static constexpr std::uint64_t kNone = UINT64_MAX;
  struct Lane {
    PeerCursor cursor;
    std::uint64_t oldest = kNone;  // change that is not acknowledged; only with several lanes
  };
  struct Peer {
    RegionId region;
    boost::container::small_vector<Lane, 1> lanes;
    std::uint64_t floor = 0;  // it knows that it has everything below; only with several lanes
  };

  Instant pump(Peer& peer, std::uint16_t lane, Instant now, std::vector<Message>& out);
  Instant pump_all(Peer& peer, Instant now, std::vector<Message>& out);
  // Tells the peer that it has everything, when it has and does not know.
  Instant close(Peer& peer, Instant now, std::vector<Message>& out);
  [[nodiscard]] Message message_to(const Peer& peer, std::uint16_t lane,
                                   std::uint64_t first_position) const;
  [[nodiscard]] bool has_lanes() const { return options_.lanes > 1; }
  // The next change of the lane from `position` on; `limit` or the log's end when there is none
  // before.
  [[nodiscard]] std::uint64_t next_of(std::uint16_t lane, std::uint64_t position,
                                      std::uint64_t limit = UINT64_MAX) const;
  // The peer has everything below.
  [[nodiscard]] std::uint64_t settled(const Peer& peer) const;
  void find_oldest(Peer& peer) const;
  void put_member(RegionId region, std::uint64_t position, std::uint32_t membership,
                  std::uint64_t floor);
  [[nodiscard]] Peer* find(RegionId region);
  [[nodiscard]] const Peer* find(RegionId region) const;
  [[nodiscard]] bool coalesces() const { return options_.coalesce.count() > 0; }
  void trim();

  RegionId self_;
  TableId table_;
  ReplicationOptions options_;
  const KeySpace& keys_;
  OutboundLog log_;
  LaneIndex lanes_;                // of log_; only with several lanes
  Coalescing coalescing_;          // of log_; only with coalescing
  std::vector<RegionId> members_;  // ascending, without this region
  std::vector<Peer> peers_;        // beside members_
  bool paused_ = false;
};

}  // namespace gtsim
