// Effects and durability: what a call did is collected into a group, the group goes to the disk in
// one batch, and only then its replies and messages leave.
#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/node/node_loop_state.h"

namespace gtsim {
namespace {

// Trims and cursors of acknowledgements wait this long for a group to ride with; nothing is lost
// when a crash comes first, they are done again.
constexpr Duration kLazyDelay{100'000};
constexpr std::size_t kLazyBytes = 1u << 20;
constexpr Duration kBatchSyncInterval{100'000};
// Messages wait for company no longer than that, and no more changes than these.
constexpr Duration kFrameDelay{500};
constexpr std::size_t kFullFrameChanges = 256;
constexpr std::size_t kSmallBatchBytes = 8u << 10;

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
  from.clear();
}

bool only_tells_position(const Message& message) {
  return message.kind == MessageKind::kAcknowledgement && !message.gap &&
         message.hold_off.count() == 0;
}

bool moved(const DurablePosition& a, const DurablePosition& b) {
  return a.log_end != b.log_end || a.stream_end != b.stream_end || a.received != b.received;
}

}  // namespace

void NodeLoop::State::count(const Effects& told) {
  for (const EmittedRecord& emitted : told.records) {
    if (emitted.in_stream) ++counters.records;
    if (emitted.record.ttl_identity) ++counters.ttl_deletes;
    if (emitted.record.origin != OriginKind::kReplication) continue;
    filling.arrivals.push_back({emitted.record.version.origin, emitted.committed_at});
  }
  for (const QuietApply& apply : told.quiet_applies) {
    if (!apply.backfill) filling.arrivals.push_back({apply.version.origin, apply.committed_at});
  }
  counters.conflicts += told.conflicts.size();
  counters.throttled_changes += static_cast<std::uint64_t>(told.throttled_changes);
}

void NodeLoop::State::settle(Instant at) {
  wake_at = std::min(wake_at, effects.wake_at);
  count(effects);
  if (!effects.facts.empty()) {
    filling.changes_state = true;
    if (config.journal) {
      std::vector<std::string> entries;
      journal.encode(effects, at, database->journal_end(), entries);
      save_journal(std::move(entries));
    }
  }
  // An acknowledgement speaks of what must be on the disk first.
  for (const Message& message : effects.messages) {
    if (message.kind == MessageKind::kChanges || filling.changes_state) continue;
    const DurablePosition& known = saved[message.table.index()];
    const std::size_t peer = message.to.index();
    const std::uint64_t before = peer < known.received.size() ? known.received[peer] : 0;
    if (message.kind != MessageKind::kAcknowledgement || message.next_position > before) {
      filling.changes_state = true;
    }
  }
  for (Message& message : effects.messages) hold_back(std::move(message));
  effects.clear();
  if (database && database->has_pending() && lazy_at == kNever) lazy_at = clock.now() + kLazyDelay;
}

// Until the group is durable. Of acknowledgements that say the same but for the position, the last
// one says it all.
void NodeLoop::State::hold_back(Message message) {
  if (only_tells_position(message)) {
    std::size_t& place =
        acknowledged_at[message.table.index() * config.regions.size() + message.to.index()];
    if (place < filling.messages.size()) {
      Message& held = filling.messages[place];
      if (only_tells_position(held) && held.table == message.table && held.to == message.to &&
          held.attempt == message.attempt) {
        held.next_position = std::max(held.next_position, message.next_position);
        return;
      }
    }
    place = filling.messages.size();
  }
  filling.messages.push_back(std::move(message));
}

void NodeLoop::State::save_journal(std::vector<std::string> entries) {
  for (const std::string& entry : entries) database->append_journal(entry);
  append(filling.entries, entries);
}

void NodeLoop::State::tell_stream(const StreamEvent& event) {
  filling.changes_state = true;
  if (!config.journal) return;
  std::vector<std::string> entries;
  journal.encode(event, database->journal_end(), entries);
  save_journal(std::move(entries));
}

void NodeLoop::State::start_group(NodeLoop& loop) {
  const Instant now = clock.now();
  if (filling.empty() && lazy_at > now && (!database || database->pending_bytes() < kLazyBytes)) {
    return;
  }
  filling.positions.clear();
  for (std::size_t i = 0; i < table_count(); ++i) {
    filling.positions.push_back(replica.table(TableId{static_cast<std::uint16_t>(i)}).position());
    if (moved(filling.positions[i], saved[i])) filling.changes_state = true;
  }
  if (database && saver.structure_changed(replica)) filling.changes_state = true;
  const bool lazy = lazy_at <= now || (database && database->pending_bytes() >= kLazyBytes);
  NodeGroup group = std::exchange(filling, NodeGroup{});
  if (!database || (!group.changes_state && !lazy)) {
    // Nothing that the disk must have first.
    if (!database) durable = group.positions;
    release(loop, group);
    return;
  }
  saver.save(replica, *database);
  saved = group.positions;
  database->save_instant(now);
  lazy_at = kNever;
  CommitBatch batch = database->take_batch();
  group.batch_number = batch.number;
  ++counters.commits;
  counters.committed_bytes += batch.bytes;
  bool sync = config.sync == SyncMode::kAlways && group.changes_state;
  if (config.sync == SyncMode::kBatch && synced_at + kBatchSyncInterval <= now) sync = true;
  if (sync) synced_at = now;
  syncing = std::move(group);
  sync_under_way = true;
  // What is small and need not be synced is written sooner than it is handed to another thread.
  const bool small = !sync && batch.bytes < kSmallBatchBytes;
  if (committer && !small) {
    committer->submit(std::move(batch), sync);
    return;
  }
  const Result<void> written = database->write(batch, sync);
  finish_group(loop, written, std::move(batch));
}

void NodeLoop::State::finish_group(NodeLoop& loop, const Result<void>& written, CommitBatch batch) {
  sync_under_way = false;
  if (state == NodeState::kFailed) return;  // nobody waits for this group any more
  if (!written) {
    fail(written.error().detail);
    return;
  }
  NodeGroup group = std::exchange(syncing, NodeGroup{});
  CHECK(group.batch_number == batch.number);
  database->set_written(batch.number);
  database->recycle(std::move(batch));
  durable = group.positions;
  for (std::size_t i = 0; i < table_count(); ++i) {
    table(TableId{static_cast<std::uint16_t>(i)}).set_written(durable[i]);
  }
  durable_journal_end += group.entries.size();
  release(loop, group);
}

// First what happened, then who asked for it, then the peers.
void NodeLoop::State::release(NodeLoop& loop, NodeGroup& group) {
  const Instant now = clock.now();
  if (listener != nullptr && !group.entries.empty()) listener->on_entries(std::move(group.entries));
  for (const NodeGroup::Arrival& arrival : group.arrivals) {
    const std::size_t from = arrival.from.index();
    ++counters.applied_from[from];
    counters.latest_lag_from[from] = now - arrival.committed_at;
    counters.lag_from[from].add(now - arrival.committed_at);
  }
  for (NodeGroup::Reply& reply : group.replies) {
    --waiting_calls;
    reply.done(reply.outcome, now);
  }
  if (!group.messages.empty()) {
    if (released.empty()) released_at = now;
    for (const Message& message : group.messages) released_changes += message.changes.size();
    append(released, group.messages);
  }
  for (const NodeWork& work : group.works) work(loop);
}

// A frame costs both ends as much as a dozen changes. While the loop has other work its messages
// wait for one another, so that a writer that waits for each write does not make a frame of each;
// what an idle loop has goes at once.
void NodeLoop::State::send_released() {
  if (released.empty()) return;
  const Instant now = clock.now();
  if (released_changes < kFullFrameChanges && now < released_at + kFrameDelay && !works.empty()) {
    return;
  }
  released_changes = 0;
  shaper_at = shaper.send(released, now);
}

// Space of what was trimmed is taken back now and then: often enough that the disk stays small,
// seldom enough that it costs little.
void NodeLoop::State::keep_house() {
  constexpr std::uint64_t kManyEntries = 4096;
  constexpr std::chrono::seconds kSoon{10};
  constexpr std::chrono::seconds kLater{600};
  if (!housekeeper || database->trimmed() == 0) return;
  const auto now = std::chrono::steady_clock::now();
  const auto pause = database->trimmed() >= kManyEntries ? kSoon : kLater;
  if (now < kept_house_at + pause || housekeeper->busy()) return;
  kept_house_at = now;
  housekeeper->compact(database->take_trimmed());
}

void NodeLoop::State::refuse_waiting(const Error& error) {
  const Instant now = clock.now();
  for (NodeGroup* group : {&syncing, &filling}) {
    for (NodeGroup::Reply& reply : group->replies) reply.done(error, now);
    *group = NodeGroup{};
  }
  waiting_calls = 0;
}

}  // namespace gtsim
