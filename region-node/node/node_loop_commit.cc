// Effects and durability: what a call did is collected into a group, the group goes to the disk in
// one batch, and only then its replies and messages leave.
#include <algorithm>
#include <iterator>
#include <utility>

#include "region-node/base/check.h"
#include "region-node/node/node_loop_state.h"

namespace gtsim {
namespace {

// Messages wait for company no longer than that, and no more changes than these.
constexpr Duration kFrameDelay{500};
constexpr std::size_t kFullFrameChanges = 256;
constexpr std::size_t kSmallBatchBytes = 8u << 10;

}  // namespace

void NodeLoop::State::count(const Effects& told) {
  for (const EmittedRecord& emitted : told.records) {
    if (emitted.in_stream) ++counters.records;
    if (emitted.record.ttl_identity) ++counters.ttl_deletes;
    if (emitted.record.origin != OriginKind::kReplication) continue;
    filling_part().arrivals.push_back({emitted.record.version.origin, emitted.committed_at});
  }
  for (const QuietApply& apply : told.quiet_applies) {
    if (apply.backfill) continue;
    filling_part().arrivals.push_back({apply.version.origin, apply.committed_at});
  }
  counters.discards += told.discards.size();
  counters.throttled_changes += static_cast<std::uint64_t>(told.throttled_changes);
  for (const WriteReply& reply : told.replies) count(reply);
}

void NodeLoop::State::count(const WriteReply& reply) {
  if (reply.outcome) {
    ++counters.writes_ok;
    const OperationResults& results = *reply.outcome;
    if (std::none_of(results.begin(), results.end(),
                     [](const OperationResult& result) { return result.changed; })) {
      ++counters.writes_unchanged;
    }
    return;
  }
  switch (reply.outcome.error().code) {
    case Errc::kConditionFailed:
      ++counters.condition_failed;
      break;
    case Errc::kThrottled:
      ++counters.throttled_requests;
      break;
    default:
      ++counters.user_errors;
  }
}

void NodeLoop::State::carry_out(Moment at) {
  wake_at = std::min(wake_at, effects.wake_at);
  count(effects);
  if (!effects.facts.empty()) {
    pipeline.add_change();
    if (config.journal) {
      std::vector<std::string> entries;
      journal.encode(effects, at, database->journal_end(), entries);
      save_journal(std::move(entries));
    }
    effects.clear_facts();  // the journal tells them
  }
  pipeline.add(effects);
  if (database && database->has_pending()) pipeline.add_lazy(at.now);
}

void NodeLoop::State::save_journal(std::vector<std::string> entries) {
  for (const std::string& entry : entries) database->append_journal(entry);
  std::vector<std::string>& held = filling_part().entries;
  held.insert(held.end(), std::make_move_iterator(entries.begin()),
              std::make_move_iterator(entries.end()));
}

void NodeLoop::State::tell_stream(const StreamEvent& event) {
  pipeline.add_change();
  if (!config.journal) return;
  std::vector<std::string> entries;
  journal.encode(event, database->journal_end(), entries);
  save_journal(std::move(entries));
}

void NodeLoop::State::advance_commits(NodeLoop& loop) {
  while (state != NodeState::kFailed) {
    CommitPipeline::Pending pending;
    if (database)
      pending = {saver.structure_changed(replica, control.get()), database->pending_bytes()};
    switch (pipeline.next(replica, pending, clock.now())) {
      case CommitPipeline::Step::kWait:
        return;
      case CommitPipeline::Step::kLeave:
        let_out(loop, pipeline.leaving());
        pipeline.left();
        break;
      case CommitPipeline::Step::kWrite:
        begin_write();
        break;
    }
  }
}

void NodeLoop::State::begin_write() {
  saver.save(replica, control.get(), *database);
  database->save_instant(clock.now());
  CommitBatch batch = database->take_batch();
  batch_number = batch.number;
  ++counters.commits;
  counters.committed_bytes += batch.bytes;
  const bool sync = pipeline.under_way().sync;
  // What is small and need not be synced is written sooner than it is handed to another thread.
  const bool small = !sync && batch.bytes < kSmallBatchBytes;
  if (committer && !small) {
    committer->submit(std::move(batch), sync);
    return;
  }
  const Result<void> written = database->write(batch, sync);
  finish_write(written, std::move(batch));
}

void NodeLoop::State::finish_write(const Result<void>& written, CommitBatch batch) {
  if (state == NodeState::kFailed) return;  // nobody waits for this group any more
  if (!written) {
    fail(written.error().detail);
    return;
  }
  CHECK(batch_number == batch.number);
  database->set_written(batch.number);
  database->recycle(std::move(batch));
  pipeline.on_written();
  for (std::size_t i = 0; i < table_count(); ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    table(id).set_written(pipeline.durable(id));
  }
  durable_journal_end += part(pipeline.under_way().number).entries.size();
}

// First what happened, then who asked for it, then the peers.
void NodeLoop::State::let_out(NodeLoop& loop, CommitGroup& group) {
  const Instant now = clock.now();
  NodeGroupPart told = std::exchange(part(group.number), {});
  if (listener != nullptr && !told.entries.empty()) listener->on_entries(std::move(told.entries));
  for (const NodeGroupPart::Arrival& arrival : told.arrivals) {
    const std::size_t from = arrival.from.index();
    ++counters.applied_from[from];
    counters.latest_lag_from[from] = now - arrival.committed_at;
    counters.lag_from[from].add(now - arrival.committed_at);
  }
  for (const WriteReply& reply : group.effects.replies) {
    callers.take(reply.call.tag)(reply.outcome, now);
  }
  for (const OrderReply& reply : group.effects.order_replies) {
    orders.take(reply.tag)(reply.refusal);
  }
  std::vector<Message>& messages = group.effects.messages;
  if (!messages.empty()) {
    if (outgoing.empty()) outgoing_at = now;
    for (Message& message : messages) {
      outgoing_changes += message.changes.size();
      outgoing.push_back(std::move(message));
    }
  }
  for (const NodeWork& work : told.works) work(loop);
}

// A frame costs both ends as much as a dozen changes. While the loop has other work its messages
// wait for one another, so that a writer that waits for each write does not make a frame of each;
// what an idle loop has goes at once.
void NodeLoop::State::send_released() {
  if (outgoing.empty()) return;
  const Instant now = clock.now();
  if (outgoing_changes < kFullFrameChanges && now < outgoing_at + kFrameDelay && !works.empty()) {
    return;
  }
  outgoing_changes = 0;
  shaper_at = shaper.send(outgoing, now);
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
  static_cast<void>(pipeline.crash());
  for (NodeGroupPart& group : parts) group = {};
  callers.answer_all(error, clock.now());
  orders.answer_all(std::optional<Error>{error});
}

}  // namespace gtsim
