#include "region-node/replication/sender.h"

#include <algorithm>

#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

// A message covers at most this many positions, so that an offset fits Change::offset.
constexpr std::uint64_t kMaxPositionsPerMessage = 60'000;

}  // namespace

void Sender::add_member(RegionId region, std::uint64_t position, std::uint32_t membership) {
  CHECK(region != self_);
  CHECK(position >= log_.first());
  const auto place = std::lower_bound(members_.begin(), members_.end(), region);
  CHECK(place == members_.end() || *place != region);
  cursors_.emplace(cursors_.begin() + (place - members_.begin()), position, membership);
  members_.insert(place, region);
}

void Sender::remove_member(RegionId region) {
  const auto place = std::find(members_.begin(), members_.end(), region);
  if (place == members_.end()) return;
  cursors_.erase(cursors_.begin() + (place - members_.begin()));
  members_.erase(place);
  trim();
}

std::uint64_t Sender::acknowledged_by(RegionId region) const {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i] == region) return cursors_[i].acknowledged();
  }
  return log_.end();
}

bool Sender::is_of_member(RegionId region, std::uint32_t attempt) const {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i] != region) continue;
    return PeerCursor::membership_of(cursors_[i].attempt()) == PeerCursor::membership_of(attempt);
  }
  return false;
}

std::uint32_t Sender::attempt_of(RegionId region) const {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i] == region) return cursors_[i].attempt();
  }
  return 0;
}

bool Sender::drained() const {
  return std::all_of(cursors_.begin(), cursors_.end(), [this](const PeerCursor& cursor) {
    return cursor.acknowledged() == log_.end();
  });
}

Instant Sender::commit(Change change, Instant now, std::vector<Message>& out) {
  if (members_.empty()) return kNever;  // a regional table ships to nobody
  if (options_.coalesce.count() > 0) note_latest(change.key, log_.end());
  log_.append(std::move(change));
  Instant wake = kNever;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    wake = std::min(wake, pump(members_[i], cursors_[i], now, out));
  }
  return wake;
}

void Sender::note_latest(KeyId key, std::uint64_t position) {
  if (key.index() >= latest_by_key_.size()) latest_by_key_.resize(key.index() * 2 + 1);
  latest_by_key_[key.index()] = position + 1;
}

bool Sender::coalesced_away(std::uint64_t position, const Change& change) const {
  if (options_.coalesce.count() == 0) return false;
  const std::uint64_t newest = latest_by_key_[change.key.index()] - 1;
  return newest > position &&
         log_.at(newest).committed_at <= change.committed_at + options_.coalesce;
}

Instant Sender::pump(RegionId to, PeerCursor& cursor, Instant now, std::vector<Message>& out) {
  if (paused_) return kNever;
  Instant wake = kNever;
  while (cursor.sent() < log_.end() && cursor.may_send(options_, now)) {
    // With coalescing a change waits for its window, so that a later one of the same item can
    // replace it.
    const Instant ripe = log_.at(cursor.sent()).committed_at + options_.coalesce;
    if (options_.coalesce.count() > 0 && ripe > now) {
      wake = std::min(wake, ripe);
      break;
    }
    const bool was_idle = cursor.idle();
    Message& message = out.emplace_back();
    message.kind = MessageKind::kChanges;
    message.table = table_;
    message.from = self_;
    message.to = to;
    message.attempt = cursor.attempt();
    message.tries = cursor.tries();
    message.first_position = cursor.sent();
    std::uint64_t position = cursor.sent();
    const std::uint64_t limit = std::min(log_.end(), position + kMaxPositionsPerMessage);
    std::int64_t bytes = 0;
    for (; position < limit && static_cast<std::int64_t>(message.changes.size()) < options_.batch &&
           bytes < options_.batch_bytes;
         ++position) {
      const Change& change = log_.at(position);
      if (options_.coalesce.count() > 0 && change.committed_at + options_.coalesce > now) break;
      if (coalesced_away(position, change)) continue;
      Change& copy = message.changes.emplace_back(change);
      bytes += change.image.size_bytes();
      copy.offset = static_cast<std::uint16_t>(position - message.first_position);
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

Instant Sender::on_acknowledgement(const Message& message, Instant now, std::vector<Message>& out) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i] != message.from) continue;
    PeerCursor& cursor = cursors_[i];
    const std::uint64_t position = std::min(message.next_position, log_.end());
    if (!cursor.on_acknowledgement(position, message.attempt, message.gap, message.hold_off, now)) {
      return message.hold_off.count() > 0 ? now + message.hold_off : kNever;
    }
    trim();
    const Instant wake = pump(members_[i], cursor, now, out);
    return message.hold_off.count() > 0 ? std::min(wake, now + message.hold_off) : wake;
  }
  return kNever;  // from a region that is no member any more
}

Instant Sender::tick(Instant now, std::vector<Message>& out) {
  Instant wake = kNever;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    PeerCursor& cursor = cursors_[i];
    if (cursor.idle()) {
      if (!cursor.held_off(now)) cursor.resume();
    } else if (cursor.retry_at(options_) <= now) {
      cursor.start_over();
    }
    wake = std::min(wake, pump(members_[i], cursor, now, out));
    wake = std::min(wake, cursor.retry_at(options_));
  }
  if (broken(Mutant::kBacklogDroppedAtCut)) trim();
  return wake;
}

Instant Sender::set_paused(bool paused, Instant now, std::vector<Message>& out) {
  if (paused_ && !paused && broken(Mutant::kResumeSkipsBacklog)) {
    for (PeerCursor& cursor : cursors_) cursor.skip_to(log_.end());
  }
  paused_ = paused;
  return paused ? kNever : tick(now, out);
}

void Sender::trim() {
  std::uint64_t lowest = log_.end();
  for (const PeerCursor& cursor : cursors_) lowest = std::min(lowest, cursor.acknowledged());
  log_.trim(lowest);
}

void Sender::restore(LogStorage* storage, std::uint64_t first, std::uint64_t end) {
  if (broken(Mutant::kCrashLosesAcknowledged) && end > first) --end;
  log_.restore(storage, first, end);
  restore_latest();
}

void Sender::recover() {
  for (PeerCursor& cursor : cursors_) cursor.recover();
}

void Sender::restore_latest() {
  if (options_.coalesce.count() == 0) return;
  latest_by_key_.clear();
  for (std::uint64_t i = log_.first(); i < log_.end(); ++i) note_latest(log_.at(i).key, i);
}

Instant Sender::on_reconnected(RegionId region, std::uint64_t received, Instant now,
                               std::vector<Message>& out) {
  for (std::size_t i = 0; i < members_.size(); ++i) {
    if (members_[i] != region) continue;
    cursors_[i].reconnect(std::min(received, log_.end()));
    trim();
    return pump(region, cursors_[i], now, out);
  }
  return kNever;
}

}  // namespace gtsim
