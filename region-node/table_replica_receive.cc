// The receiving half of table_replica.h: batches, last-writer-wins, back-fill.
#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/table_replica.h"

namespace gtsim {
namespace {

// A chunk of back-fill is sent this often when the link is quick enough.
constexpr Duration kBackfillInterval{200'000};
constexpr std::uint64_t kBackfillComplete = UINT64_MAX;

}  // namespace

void TableReplica::receive(const Message& message, Moment moment, Effects& out) {
  // Nothing is heard while paused: the sender keeps its backlog and tries again.
  if (paused_ || status_ == ReplicaStatus::kAbsent) return;
  // What is late by a whole membership speaks of a table that is gone, whatever has its name now.
  if (!sender_.is_of_member(message.from, message.attempt)) return;
  switch (message.kind) {
    case MessageKind::kChanges:
      receive_changes(message, moment, out);
      break;
    case MessageKind::kAcknowledgement:
      out.want_wake(sender_.on_acknowledgement(message, moment.now, out.messages));
      break;
    case MessageKind::kBackfill:
      receive_backfill(message, moment, out);
      break;
    case MessageKind::kBackfillAcknowledgement: {
      const auto found = backfills_.find(message.from);
      if (found == backfills_.end()) break;
      if (message.next_position == kBackfillComplete) {
        backfills_.erase(found);
        ++revision_;
        break;
      }
      Backfill& backfill = found->second;
      if (message.next_position <= backfill.next.value()) break;  // an old answer
      backfill.next = KeyId{static_cast<std::uint32_t>(message.next_position) +
                            (broken(Mutant::kBackfillResumesLate) ? 1 : 0)};
      backfill.tries = 0;
      ++revision_;
      backfill.send_at = std::max(moment.now, backfill.sent_at + kBackfillInterval);
      out.want_wake(backfill.send_at);
      break;
    }
    case MessageKind::kControl:
      CHECK_DETAIL(false, "a message for the control plane");
      break;
  }
}

Message TableReplica::answer_to(const Message& message, MessageKind kind) const {
  Message answer;
  answer.kind = kind;
  answer.table = options_.table;
  answer.from = options_.region;
  answer.to = message.from;
  answer.attempt = message.attempt;
  answer.tries = message.tries;
  answer.lane = message.lane;
  answer.lanes = message.lanes;
  if (!message.changes.empty()) {
    const Change& newest = message.changes.back();
    answer.subject_key = newest.key;
    answer.subject_timestamp = newest.version.timestamp;
    answer.subject_origin = newest.version.origin;
  }
  return answer;
}

// Rule 2: in order per origin and lane, at least once, idempotent.
void TableReplica::receive_changes(const Message& message, Moment moment, Effects& out) {
  ReceivedLog& received = received_mutable(message.from);
  if (message.lanes > 1) received.raise_floor(message.floor);
  std::uint64_t expected = received.of_lane(message.lane, message.lanes);
  Message answer = answer_to(message, MessageKind::kAcknowledgement);
  if (message.first_position > expected) {
    answer.gap = true;
  } else if (message.next_position > expected) {
    const bool twisted = broken(Mutant::kOrderWithinKeySwapped) && message.changes.size() > 1;
    if (twisted) {
      for (auto change = message.changes.rbegin(); change != message.changes.rend(); ++change) {
        apply(*change, moment, out, /*force=*/true);
      }
      expected = message.next_position;
    }
    for (const Change& change : message.changes) {
      const std::uint64_t position = message.first_position + change.offset;
      if (position < expected) continue;
      if (capacity_.limited() && !broken(Mutant::kCapacityIgnored)) {
        const std::int64_t units = write_units(change.image.size_bytes());
        if (!capacity_.take(units, moment.now)) {
          expected = position;
          answer.hold_off = std::max(Duration{1'000}, capacity_.wait_for(units, moment.now));
          ++out.throttled_changes;
          break;
        }
      }
      apply(change, moment, out, /*force=*/false);
      if (broken(Mutant::kBatchAppliedTwice)) apply(change, moment, out, /*force=*/true);
    }
    if (answer.hold_off.count() == 0) expected = message.next_position;
  }
  received.raise_lane(message.lane, message.lanes, expected);
  answer.next_position = expected;
  if (message.lanes > 1) answer.floor = received.floor();
  out.messages.push_back(std::move(answer));
}

// Rule 3: applied iff the version is larger than the one held, tombstones included. Rule 4: not
// shipped on.
void TableReplica::apply(const Change& change, Moment moment, Effects& out, bool force) {
  CHECK(change.image || !broken(Mutant::kDiesOnDelete));
  const StoredItem& held = store_.get(change.key);
  bool wins = change.version > held.version;
  if (broken(Mutant::kOlderWriteWins) && held.version.ever_written()) {
    wins = change.version < held.version;
  }
  if (broken(Mutant::kTiesUnordered) && change.version.timestamp == held.version.timestamp)
    wins = true;
  if (!wins && !force) {
    if (change.version != held.version && !broken(Mutant::kDiscardUntold)) {
      if (broken(Mutant::kDiscardToldTwice)) {
        out.add(Discard{options_.table, options_.region, change.key, held.version, change.version});
      }
      out.add(Discard{options_.table, options_.region, change.key, held.version, change.version});
    }
    if (!broken(Mutant::kRecordForLoser) || change.version == held.version) return;
    EmittedRecord& emitted = out.add_record();
    emitted.record.new_image = change.image;
    emitted.record.old_image = held.image;
    emitted.record.version = change.version;
    emitted.record.old_version = held.version;
    emitted.record.key = change.key;
    emitted.record.origin = OriginKind::kReplication;
    emitted.committed_at = change.committed_at;
    emit(emitted, moment);
    return;
  }
  if (change.image == held.image && !force) {
    // The table looks the same: the version rises, no record is due (as for any write without
    // effect).
    if (!broken(Mutant::kQuietApplyUntold)) {
      out.add(QuietApply{options_.table, false, change.key, change.version, change.image,
                         change.committed_at});
    }
  } else {
    EmittedRecord& emitted = out.add_record();
    emitted.committed_at = change.committed_at;
    StreamRecord& record = emitted.record;
    record.new_image = change.image;
    record.old_image =
        broken(Mutant::kOldImageFromSender) && held.image ? change.image : held.image;
    record.version = change.version;
    record.old_version = held.version;
    record.key = change.key;
    record.origin = broken(Mutant::kTagLost) ? OriginKind::kApplication : OriginKind::kReplication;
    if (broken(Mutant::kTtlIdentityEverywhere) && !change.image) record.ttl_identity = true;
    emit(emitted, moment);
    if (broken(Mutant::kEventFromChange) && change.image) record.event = EventName::kInsert;
  }
  if (ttl_) watch_expiry(change.key, change.image, out, moment);
  const bool forgets = broken(Mutant::kTombstoneDropped) && !change.image;
  store_.put(change.key, {change.image, forgets ? Version{} : change.version, change.acknowledged});
  if (broken(Mutant::kReplicatedShippedOn)) {
    out.want_wake(sender_.commit(change, moment.now, out.messages));
  }
}

void TableReplica::start_backfill(RegionId to, std::int64_t items_per_second, Moment moment,
                                  Effects& out) {
  Backfill backfill;
  backfill.send_at = moment.now;
  backfill.items_per_second = items_per_second;
  backfills_[to] = backfill;
  ++revision_;
  out.want_wake(moment.now);
}

// Stop and wait: one chunk on the way, sent again after the retry time. Tombstones travel too:
// without them a late old put would raise an item that had been deleted.
void TableReplica::continue_backfill(RegionId to, Backfill& backfill, Moment moment, Effects& out) {
  if (paused_) {
    backfill.send_at = moment.now + kBackfillInterval;
    return;
  }
  Message message;
  message.kind = MessageKind::kBackfill;
  message.table = options_.table;
  message.from = options_.region;
  message.to = to;
  message.attempt = sender_.attempt_of(to);
  message.first_position = backfill.next.value();
  message.tries = backfill.tries++;
  const std::int64_t per_chunk = std::max<std::int64_t>(1, backfill.items_per_second / 5);
  std::uint32_t key = backfill.next.value();
  const std::uint32_t end = store_.key_count();
  std::int64_t bytes = 0;
  for (; key < end && static_cast<std::int64_t>(message.changes.size()) < per_chunk &&
         bytes < options_.replication.batch_bytes;
       ++key) {
    if (key % 1024 == 0) store_.shrink();
    const StoredItem& item = store_.get(KeyId{key});
    if (!item.version.ever_written()) continue;
    if (!item.image && broken(Mutant::kBackfillWithoutTombstones)) continue;
    Change& change = message.changes.emplace_back();
    change.image = item.image;
    bytes += item.image.size_bytes();
    change.version = item.version;
    change.committed_at = moment.now;
    change.key = KeyId{key};
    change.acknowledged = item.acknowledged;
  }
  message.next_position = key >= end && message.changes.empty() ? kBackfillComplete : key;
  backfill.sent_at = moment.now;
  backfill.send_at = moment.now + options_.replication.retry;
  out.messages.push_back(std::move(message));
}

void TableReplica::receive_backfill(const Message& message, Moment moment, Effects& out) {
  for (const Change& change : message.changes) {
    const StoredItem& held = store_.get(change.key);
    if (change.version <= held.version) continue;  // catch-up was quicker
    if (options_.records_for_backfill && !(change.image == held.image)) {
      EmittedRecord& emitted = out.add_record();
      emitted.committed_at = change.committed_at;
      emitted.record.new_image = change.image;
      emitted.record.old_image = held.image;  // catch-up may have brought an older one
      emitted.record.version = change.version;
      emitted.record.old_version = held.version;
      emitted.record.key = change.key;
      emitted.record.origin = OriginKind::kReplication;
      emit(emitted, moment);
    } else {
      out.add(QuietApply{options_.table, true, change.key, change.version, change.image,
                         change.committed_at});
    }
    if (ttl_) watch_expiry(change.key, change.image, out, moment);
    store_.put(change.key, {change.image, change.version, change.acknowledged});
  }
  Message answer = answer_to(message, MessageKind::kBackfillAcknowledgement);
  answer.next_position = message.next_position;
  out.messages.push_back(std::move(answer));
}

}  // namespace gtsim
