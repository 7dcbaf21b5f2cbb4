// What leaves a region and when: replies, records and messages go out once their commits are
// durable. With an instant disk (fsync 0) that is at once; otherwise commits are grouped while one
// sync is under way.
#include <algorithm>

#include "region-node/base/check.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

constexpr std::size_t kMaxWaitingCalls = 10'000;
constexpr Duration kClientTimeout{10'000'000};

WriteOutcome outcome_of(Errc code) {
  switch (code) {
    case Errc::kConditionFailed:
      return WriteOutcome::kConditionFailed;
    case Errc::kTransactionCancelled:
      return WriteOutcome::kTransactionCancelled;
    case Errc::kThrottled:
      return WriteOutcome::kThrottled;
    case Errc::kResourceNotFound:
      return WriteOutcome::kNotFound;
    case Errc::kUnavailable:
      return WriteOutcome::kUnavailable;
    default:
      return WriteOutcome::kInvalid;
  }
}

template <class T>
void append(std::vector<T>& to, std::vector<T>& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

void SimCluster::write(RegionId id, std::span<const WriteRequest> requests, bool transaction,
                       std::uint64_t tag) {
  RegionRuntime& region = runtime(id);
  if (region.state == RegionState::kDown) {
    refuse(id, requests, transaction, tag, WriteOutcome::kUnavailable, "the region is down");
    return;
  }
  if (region.state == RegionState::kFrozen) {
    if (region.waiting_calls.size() >= kMaxWaitingCalls) {
      refuse(id, requests, transaction, tag, WriteOutcome::kUnavailable,
             "the region does not answer and its queue of 10,000 calls is full");
      return;
    }
    region.waiting_calls.push_back({{requests.begin(), requests.end()}, transaction, tag, now_});
    return;
  }
  if (region.fsync.count() > 0) {
    execute(region, {{requests.begin(), requests.end()}, transaction, tag, now_});
    return;
  }
  // The quick way: nothing is held, nothing is copied.
  WriteEvent event{id, transaction, tag, WriteOutcome::kOk, {}, requests, {}};
  replies_.clear();
  std::string detail;
  const auto refused = [&](const Error& error) {
    event.outcome = outcome_of(error.code);
    detail = error.detail;
    event.detail = detail;
  };
  if (transaction) {
    auto replies = region.replica.transact(requests, moment(region), effects_);
    if (replies) {
      replies_ = std::move(*replies);
    } else {
      refused(replies.error());
    }
  } else {
    auto reply = region.replica.write(requests.front(), moment(region), effects_);
    if (reply) {
      replies_.push_back(*reply);
    } else {
      refused(reply.error());
    }
  }
  settle_effects(region);
  event.replies = replies_;
  for (ClusterObserver* observer : observers_) observer->on_write(now_, event);
}

void SimCluster::refuse(RegionId region, std::span<const WriteRequest> requests, bool transaction,
                        std::uint64_t tag, WriteOutcome outcome, std::string_view detail) {
  const WriteEvent event{region, transaction, tag, outcome, detail, requests, {}};
  for (ClusterObserver* observer : observers_) observer->on_write(now_, event);
}

// A call whose reply may have to wait: a slow disk, or a region that has just gone on after a
// freeze.
void SimCluster::execute(RegionRuntime& region, const PendingCall& call) {
  HeldReply held{call, WriteOutcome::kOk, {}, {}};
  const bool gave_up = now_ - call.asked_at > kClientTimeout;
  if (gave_up) {
    held.outcome = WriteOutcome::kTimedOut;
    held.detail = "no answer within 10s; the write happened all the same";
    for (WriteRequest& request : held.call.requests) request.acknowledged = false;
  }
  if (call.transaction) {
    auto replies = region.replica.transact(held.call.requests, moment(region), effects_);
    if (replies) {
      held.replies = std::move(*replies);
    } else {
      held.outcome = outcome_of(replies.error().code);
      held.detail = replies.error().detail;
    }
  } else {
    auto reply = region.replica.write(held.call.requests.front(), moment(region), effects_);
    if (reply) {
      held.replies.push_back(*reply);
    } else {
      held.outcome = outcome_of(reply.error().code);
      held.detail = reply.error().detail;
    }
  }
  if (region.fsync.count() > 0) {
    region.filling.replies.push_back(std::move(held));
    settle_effects(region);
    return;
  }
  settle_effects(region);
  tell_reply(region.replica.region(), held);
}

void SimCluster::tell_reply(RegionId region, const HeldReply& reply) {
  const WriteEvent event{region,       reply.call.transaction, reply.call.tag, reply.outcome,
                         reply.detail, reply.call.requests,    reply.replies};
  for (ClusterObserver* observer : observers_) observer->on_write(now_, event);
}

void SimCluster::settle_effects(RegionRuntime& region) {
  want_wake(region, effects_.wake_at);
  if (region.fsync.count() == 0) {
    const bool told = !effects_.facts.empty() || !effects_.messages.empty();
    if (region.disk && (told || region.disk->structure_changed(region.replica))) {
      commit_now(region);
    }
    release(region, effects_);
    effects_.clear();
    return;
  }
  CommitGroup& group = region.filling;
  append(group.effects.facts, effects_.facts);
  append(group.effects.records, effects_.records);
  append(group.effects.quiet_applies, effects_.quiet_applies);
  append(group.effects.conflicts, effects_.conflicts);
  append(group.effects.messages, effects_.messages);
  effects_.clear();
  if (!region.sync_under_way && !group.empty()) start_sync(region);
}

void SimCluster::release(RegionRuntime& region, Effects& effects) {
  tell_facts(region, effects);
  for (Message& message : effects.messages) send(message);
}

void SimCluster::tell_facts(RegionRuntime& region, const Effects& effects) {
  const RegionId id = region.replica.region();
  std::size_t record = 0;
  std::size_t apply = 0;
  std::size_t conflict = 0;
  for (const FactKind fact : effects.facts) {
    switch (fact) {
      case FactKind::kRecord:
        for (ClusterObserver* observer : observers_) {
          observer->on_record(now_, id, effects.records[record]);
        }
        ++record;
        break;
      case FactKind::kQuietApply:
        for (ClusterObserver* observer : observers_) {
          observer->on_quiet_apply(now_, id, effects.quiet_applies[apply]);
        }
        ++apply;
        break;
      case FactKind::kConflict:
        for (ClusterObserver* observer : observers_) {
          observer->on_conflict(now_, effects.conflicts[conflict]);
        }
        ++conflict;
        break;
    }
  }
}

void SimCluster::start_sync(RegionRuntime& region) {
  region.syncing = std::move(region.filling);
  region.filling = CommitGroup{};
  region.syncing.puts.clear();
  region.syncing.positions.clear();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!region.disk) region.syncing.puts.push_back(region.journals[i]->pending());
    region.syncing.positions.push_back(
        region.replica.table(TableId{static_cast<std::uint16_t>(i)}).position());
  }
  if (region.disk) region.syncing.batch = region.disk->collect(region.replica);
  region.sync_under_way = true;
  queue_.push(now_ + region.fsync, kSynced,
              static_cast<std::uint32_t>(region.replica.region().index()), region.sync_number);
}

void SimCluster::finish_sync(RegionRuntime& region, std::uint64_t number) {
  if (number != region.sync_number) return;  // the region crashed meanwhile
  CommitGroup group = std::move(region.syncing);
  region.syncing = CommitGroup{};
  region.sync_under_way = false;
  if (region.disk) region.disk->write(group.batch);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (!region.disk) region.journals[i]->make_durable(group.puts[i]);
    region.durable[i] = std::move(group.positions[i]);
    if (region.disk) {
      region.replica.table(TableId{static_cast<std::uint16_t>(i)}).set_written(region.durable[i]);
    }
  }
  if (region.disk) region.disk->give_back_memory();
  release(region, group.effects);
  for (const HeldReply& reply : group.replies) tell_reply(region.replica.region(), reply);
  if (!region.filling.empty()) start_sync(region);
}

void SimCluster::crash(RegionId id) {
  RegionRuntime& region = runtime(id);
  CHECK(region.state != RegionState::kDown);
  region.state = RegionState::kDown;
  ++region.sync_number;
  region.sync_under_way = false;
  CommitGroup lost_first = std::move(region.syncing);
  const CommitGroup lost_then = std::move(region.filling);
  RingQueue<PendingCall> unheard = std::move(region.waiting_calls);
  region.syncing = CommitGroup{};
  region.filling = CommitGroup{};
  region.waiting_messages.clear();
  region.waiting_calls.clear();
  if (region.disk) crash_disk(region, lost_first);
  for (std::size_t i = 0; i < keys_.size() && !region.disk; ++i) {
    TableReplica& table = region.replica.table(TableId{static_cast<std::uint16_t>(i)});
    if (region.fsync.count() > 0) {
      region.journals[i]->roll_back();
    } else {
      region.durable[i] = table.position();
    }
    table.recover(region.durable[i]);
  }
  for (ClusterObserver* observer : observers_) observer->on_region_state(now_, id, region.state);
  // Whoever waits for an answer will never get one.
  const auto give_up = [&](const PendingCall& call) {
    refuse(id, call.requests, call.transaction, call.tag, WriteOutcome::kTimedOut,
           "the region crashed before it answered");
  };
  for (const HeldReply& held : lost_first.replies) give_up(held.call);
  for (const HeldReply& held : lost_then.replies) give_up(held.call);
  for (; !unheard.empty(); unheard.pop_front()) give_up(unheard.front());
}

void SimCluster::restart(RegionId id) {
  RegionRuntime& region = runtime(id);
  CHECK(region.state == RegionState::kDown);
  region.state = RegionState::kUp;
  for (ClusterObserver* observer : observers_) observer->on_region_state(now_, id, region.state);
  tick(region);
}

void SimCluster::set_frozen(RegionId id, bool frozen) {
  RegionRuntime& region = runtime(id);
  if (region.state == RegionState::kDown) return;
  if (frozen == (region.state == RegionState::kFrozen)) return;
  region.state = frozen ? RegionState::kFrozen : RegionState::kUp;
  for (ClusterObserver* observer : observers_) observer->on_region_state(now_, id, region.state);
  if (frozen) return;
  // Goes on with what its buffers hold, clients' calls first: they were waiting at its door.
  while (!region.waiting_calls.empty()) {
    const PendingCall call = std::move(region.waiting_calls.front());
    region.waiting_calls.pop_front();
    execute(region, call);
  }
  while (!region.waiting_messages.empty()) {
    Message message = std::move(region.waiting_messages.front());
    region.waiting_messages.pop_front();
    deliver(message);
  }
  tick(region);
}

RegionState SimCluster::region_state(RegionId region) const {
  return runtime(region).state;
}

}  // namespace gtsim
