#include "region-node/replication/sender.h"

#include <algorithm>

#include "region-node/base/mutant.h"
#include "region-node/replication/lane.h"

namespace gtsim {
namespace {

// A message covers at most this many positions, so that an offset fits Change::offset.
constexpr std::uint64_t kMaxPositionsPerMessage = 60'000;

}  // namespace

Sender::Peer* Sender::find(RegionId region) {
  const auto place = std::lower_bound(members_.begin(), members_.end(), region);
  if (place == members_.end() || *place != region) return nullptr;
  return &peers_[static_cast<std::size_t>(place - members_.begin())];
}
const Sender::Peer* Sender::find(RegionId region) const {
  return const_cast<Sender*>(this)->find(region);
}

// ---------------------------------------------------------------- members

void Sender::put_member(RegionId region, std::uint64_t position, std::uint32_t membership,
                        std::uint64_t floor) {
  CHECK(region != self_);
  CHECK(position >= log_.first());
  const auto place = std::lower_bound(members_.begin(), members_.end(), region);
  CHECK(place == members_.end() || *place != region);
  Peer peer;
  peer.region = region;
  for (std::uint16_t i = 0; i < options_.lanes; ++i) {
    peer.lanes.push_back(Lane{PeerCursor(position, membership), kNone});
  }
  peer.floor = floor;
  if (has_lanes()) find_oldest(peer);
  peers_.insert(peers_.begin() + (place - members_.begin()), std::move(peer));
  members_.insert(place, region);
}

void Sender::add_member(RegionId region, std::uint64_t position, std::uint32_t membership) {
  put_member(region, position, membership, position);
}

void Sender::restore_member(RegionId region, std::uint64_t position, std::uint32_t membership) {
  put_member(region, position, membership, 0);
}

void Sender::remove_member(RegionId region) {
  const auto place = std::find(members_.begin(), members_.end(), region);
  if (place == members_.end()) return;
  peers_.erase(peers_.begin() + (place - members_.begin()));
  members_.erase(place);
  trim();
}

// ---------------------------------------------------------------- what a peer has

std::uint64_t Sender::next_of(std::uint16_t lane, std::uint64_t position,
                              std::uint64_t limit) const {
  if (has_lanes()) return lanes_.next(lane, position, limit);
  return std::min({position, limit, log_.end()});
}

std::uint64_t Sender::settled(const Peer& peer) const {
  if (!has_lanes()) return peer.lanes.front().cursor.acknowledged();
  std::uint64_t lowest = log_.end();
  for (const Lane& lane : peer.lanes) lowest = std::min(lowest, lane.oldest);
  return lowest;
}

void Sender::find_oldest(Peer& peer) const {
  for (std::uint16_t i = 0; i < options_.lanes; ++i) {
    Lane& lane = peer.lanes[i];
    const std::uint64_t next = next_of(i, lane.cursor.acknowledged());
    lane.oldest = next < log_.end() ? next : kNone;
  }
}

std::uint64_t Sender::acknowledged_by(RegionId region) const {
  const Peer* peer = find(region);
  return peer == nullptr ? log_.end() : settled(*peer);
}

bool Sender::is_of_member(RegionId region, std::uint32_t attempt) const {
  const Peer* peer = find(region);
  return peer != nullptr && PeerCursor::membership_of(peer->lanes.front().cursor.attempt()) ==
                                PeerCursor::membership_of(attempt);
}

std::uint32_t Sender::attempt_of(RegionId region) const {
  const Peer* peer = find(region);
  return peer == nullptr ? 0 : peer->lanes.front().cursor.attempt();
}

bool Sender::drained() const {
  return std::all_of(peers_.begin(), peers_.end(), [this](const Peer& peer) {
    return (has_lanes() ? peer.floor : settled(peer)) == log_.end();
  });
}

// ---------------------------------------------------------------- sending

Instant Sender::commit(Change change, Instant now, std::vector<Message>& out) {
  if (members_.empty()) return kNever;  // a regional table ships to nobody
  if (coalesces()) coalescing_.append(change.key, change.committed_at);
  std::uint16_t lane = 0;
  if (has_lanes()) {
    lane = broken(Mutant::kLaneByPosition) ? static_cast<std::uint16_t>(log_.end() % options_.lanes)
                                           : lane_of(keys_.bytes(change.key), options_.lanes);
    lanes_.append(lane);
    for (Peer& peer : peers_) {
      if (peer.lanes[lane].oldest == kNone) peer.lanes[lane].oldest = log_.end();
    }
  }
  log_.append(std::move(change));
  Instant wake = kNever;
  for (Peer& peer : peers_) wake = std::min(wake, pump(peer, lane, now, out));
  return wake;
}

Message Sender::message_to(const Peer& peer, std::uint16_t lane,
                           std::uint64_t first_position) const {
  const PeerCursor& cursor = peer.lanes[lane].cursor;
  Message message;
  message.kind = MessageKind::kChanges;
  message.table = table_;
  message.from = self_;
  message.to = peer.region;
  message.attempt = cursor.attempt();
  message.tries = cursor.tries();
  message.lane = lane;
  message.lanes = options_.lanes;
  message.first_position = first_position;
  if (has_lanes()) message.floor = settled(peer);
  return message;
}

Instant Sender::pump(Peer& peer, std::uint16_t lane, Instant now, std::vector<Message>& out) {
  if (paused_) return kNever;
  PeerCursor& cursor = peer.lanes[lane].cursor;
  Instant wake = kNever;
  while (cursor.may_send(options_, now)) {
    const bool was_idle = cursor.idle();
    // What is of other lanes goes by; with nothing on the way the peer has what is below the floor.
    std::uint64_t first = cursor.sent();
    if (has_lanes() && was_idle) first = std::max(first, settled(peer));
    const std::uint64_t limit = std::min(log_.end(), first + kMaxPositionsPerMessage);
    std::uint64_t position = next_of(lane, first, limit);
    if (position == log_.end()) break;
    // With coalescing a change waits for its window, so that a later one of the same item can
    // replace it.
    const auto is_ripe = [&](std::uint64_t at) {
      return !coalesces() || coalescing_.ripe_at(at) <= now;
    };
    if (position < limit && !is_ripe(position)) {
      wake = std::min(wake, coalescing_.ripe_at(position));
      break;
    }
    Message& message = out.emplace_back(message_to(peer, lane, first));
    std::int64_t bytes = 0;
    while (position < limit && static_cast<std::int64_t>(message.changes.size()) < options_.batch &&
           bytes < options_.batch_bytes && is_ripe(position)) {
      if (!coalesces() || !coalescing_.is_replaced(position)) {
        Change& copy = message.changes.emplace_back(log_.at(position));
        bytes += copy.image.size_bytes();
        copy.offset = static_cast<std::uint16_t>(position - first);
      }
      position = next_of(lane, position + 1, limit);
    }
    message.next_position = position;
    cursor.on_sent(position, now);
    if (was_idle) wake = std::min(wake, cursor.retry_at(options_));
    if (broken(Mutant::kAcknowledgedTooEarly)) {
      cursor.on_acknowledgement(position, cursor.attempt(), false, Duration{0}, now);
    }
  }
  return wake;
}

Instant Sender::close(Peer& peer, Instant now, std::vector<Message>& out) {
  if (paused_ || !has_lanes() || peer.floor == log_.end() || settled(peer) != log_.end()) {
    return kNever;
  }
  constexpr std::uint16_t kLane = 0;
  PeerCursor& cursor = peer.lanes[kLane].cursor;
  if (!cursor.idle() || !cursor.may_send(options_, now)) return kNever;
  Message& message = out.emplace_back(message_to(peer, kLane, log_.end()));
  message.next_position = log_.end();
  cursor.on_sent(log_.end(), now);
  return cursor.retry_at(options_);
}

Instant Sender::pump_all(Peer& peer, Instant now, std::vector<Message>& out) {
  Instant wake = kNever;
  for (std::uint16_t lane = 0; lane < options_.lanes; ++lane) {
    wake = std::min(wake, pump(peer, lane, now, out));
  }
  return std::min(wake, close(peer, now, out));
}

Instant Sender::on_acknowledgement(const Message& message, Instant now, std::vector<Message>& out) {
  Peer* peer = find(message.from);
  // From a region that is no member any more, or an answer to what this one was before a restart.
  if (peer == nullptr || message.lane >= options_.lanes || message.lanes != options_.lanes) {
    return kNever;
  }
  Lane& lane = peer->lanes[message.lane];
  const std::uint64_t position = std::min(message.next_position, log_.end());
  const bool goes_on =
      lane.cursor.on_acknowledgement(position, message.attempt, message.gap, message.hold_off, now);
  if (has_lanes()) {
    peer->floor = std::max(peer->floor, std::min(message.floor, log_.end()));
    const std::uint64_t next = next_of(message.lane, lane.cursor.acknowledged());
    lane.oldest = next < log_.end() ? next : kNone;
  }
  const Instant held_until = message.hold_off.count() > 0 ? now + message.hold_off : kNever;
  if (!goes_on) return held_until;
  trim();
  Instant wake = std::min(held_until, pump(*peer, message.lane, now, out));
  return std::min(wake, close(*peer, now, out));
}

Instant Sender::tick(Instant now, std::vector<Message>& out) {
  Instant wake = kNever;
  for (Peer& peer : peers_) {
    for (std::uint16_t i = 0; i < options_.lanes; ++i) {
      PeerCursor& cursor = peer.lanes[i].cursor;
      if (cursor.idle()) {
        if (!cursor.held_off(now)) cursor.resume();
      } else if (cursor.retry_at(options_) <= now) {
        cursor.start_over();
      }
      wake = std::min(wake, pump(peer, i, now, out));
      wake = std::min(wake, cursor.retry_at(options_));
    }
    wake = std::min(wake, close(peer, now, out));
  }
  if (broken(Mutant::kBacklogDroppedAtCut)) trim();
  return wake;
}

Instant Sender::set_paused(bool paused, Instant now, std::vector<Message>& out) {
  if (paused_ && !paused && broken(Mutant::kResumeSkipsBacklog)) {
    for (Peer& peer : peers_) {
      for (Lane& lane : peer.lanes) lane.cursor.skip_to(log_.end());
    }
  }
  paused_ = paused;
  return paused ? kNever : tick(now, out);
}

void Sender::trim() {
  std::uint64_t lowest = log_.end();
  for (const Peer& peer : peers_) lowest = std::min(lowest, settled(peer));
  log_.trim(lowest);
  if (has_lanes()) lanes_.trim(lowest);
  if (coalesces()) coalescing_.trim(lowest);
}

// ---------------------------------------------------------------- restarts and connections

void Sender::restore(LogStorage* storage, std::uint64_t first, std::uint64_t end) {
  if (broken(Mutant::kCrashLosesAcknowledged) && end > first) --end;
  log_.restore(storage, first, end);
  if (!has_lanes() && !coalesces()) return;
  lanes_.start_at(first);
  coalescing_.start_at(first);
  for (std::uint64_t i = first; i < end; ++i) {
    const Change& change = log_.at(i);
    if (has_lanes()) lanes_.append(lane_of(keys_.bytes(change.key), options_.lanes));
    if (coalesces()) coalescing_.append(change.key, change.committed_at);
  }
}

void Sender::recover() {
  for (Peer& peer : peers_) {
    for (Lane& lane : peer.lanes) lane.cursor.recover();
  }
}

Instant Sender::on_reconnected(RegionId region, std::uint64_t received, Instant now,
                               std::vector<Message>& out) {
  Peer* peer = find(region);
  if (peer == nullptr) return kNever;
  const std::uint64_t position = std::min(received, log_.end());
  for (Lane& lane : peer->lanes) lane.cursor.reconnect(position);
  if (has_lanes()) {
    peer->floor = std::max(peer->floor, position);
    find_oldest(*peer);
  }
  trim();
  return pump_all(*peer, now, out);
}

}  // namespace gtsim
