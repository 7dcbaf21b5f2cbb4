// What leaves a region and when: replies, records and messages go out once their commits are
// durable. What that means is the commit pipeline's to say; here is the disk that it drives.
#include <algorithm>

#include "coordinator/cluster/client_patience.h"
#include "coordinator/cluster/late_answer.h"
#include "region-node/base/check.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

constexpr std::size_t kMaxWaitingCalls = 10'000;

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

}  // namespace

void SimCluster::write(RegionId id, WriteCall&& call) {
  RegionRuntime& region = runtime(id);
  if (region.state == RegionState::kDown) {
    tell_refusal(id, call, WriteOutcome::kUnavailable, "the region is down");
    return;
  }
  if (region.state == RegionState::kFrozen) {
    if (region.waiting_calls.size() >= kMaxWaitingCalls) {
      tell_refusal(id, call, WriteOutcome::kUnavailable,
                   "the region does not answer and its queue of 10,000 calls is full");
      return;
    }
    region.waiting_calls.push_back({std::move(call), now_});
    return;
  }
  region.replica.write(std::move(call), moment(region), effects_);
  carry_out(region);
}

void SimCluster::tell_refusal(RegionId region, const WriteCall& call, WriteOutcome outcome,
                              std::string_view detail, bool reached_region) {
  const WriteEvent event{region, call.transaction, call.tag,       outcome,
                         detail, call.operations,  /*results=*/{}, reached_region};
  for (ClusterObserver* observer : observers_) observer->on_write(now_, event);
}

void SimCluster::tell_reply(RegionId region, const WriteReply& reply) {
  const WriteCall& call = reply.call;
  if (!reply.outcome) {
    if (!call.writer_waits)
      return tell_refusal(region, call, WriteOutcome::kTimedOut, kLateRefusal);
    const Error refusal = reply.outcome.error();
    return tell_refusal(region, call, outcome_of(refusal.code), refusal.detail);
  }
  WriteEvent event{region, call.transaction, call.tag,      WriteOutcome::kOk,
                   {},     call.operations,  *reply.outcome};
  if (!call.writer_waits) {
    event.outcome = WriteOutcome::kTimedOut;
    event.detail = kLateAnswer;
  }
  for (ClusterObserver* observer : observers_) observer->on_write(now_, event);
}

void SimCluster::carry_out(RegionRuntime& region) {
  want_wake(region, effects_.wake_at);
  note_backlog(effects_.records.size());
  if (!region.pipeline) {
    let_out(region, effects_);
    effects_.clear();
    return;
  }
  region.pipeline->add(effects_);
  if (region.disk->database().has_pending()) {
    region.pipeline->add_lazy(now_);
    want_wake(region, region.pipeline->lazy_at());
  }
  advance_commits(region);
}

void SimCluster::advance_commits(RegionRuntime& region) {
  CommitPipeline& pipeline = *region.pipeline;
  while (true) {
    const CommitPipeline::Pending pending{
        region.disk->structure_changed(region.replica, *region.control),
        region.disk->database().pending_bytes()};
    switch (pipeline.next(region.replica, pending, now_)) {
      case CommitPipeline::Step::kWait:
        return;
      case CommitPipeline::Step::kLeave:
        let_out(region, pipeline.leaving().effects);
        pipeline.left();
        break;
      case CommitPipeline::Step::kWrite:
        begin_write(region);
        if (region.fsync.count() == 0) {
          if (!finish_write(region)) return;
          break;
        }
        queue_.push(now_ + region.fsync, kSynced,
                    static_cast<std::uint32_t>(region.replica.region().index()),
                    region.sync_number);
        return;
    }
  }
}

void SimCluster::begin_write(RegionRuntime& region) {
  region.writing_batch = region.disk->collect(region.replica, *region.control);
}

bool SimCluster::finish_write(RegionRuntime& region) {
  if (!region.disk->write(region.writing_batch)) {
    // As a node that stops serving; it comes back when its disk has been put right.
    crash(region.replica.region());
    return false;
  }
  region.pipeline->on_written();
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    region.replica.table(table).set_written(region.pipeline->durable(table));
  }
  region.disk->give_back_memory();
  return true;
}

void SimCluster::let_out(RegionRuntime& region, Effects& effects) {
  tell_facts(region, effects);
  for (const WriteReply& reply : effects.replies) tell_reply(region.replica.region(), reply);
  for (const OrderReply& reply : effects.order_replies) tell_order(region.replica.region(), reply);
  for (Message& message : effects.messages) send(message);
}

// What the disk has of a group when the region that wrote it is gone. Its writers are settled as in
// a live cluster, where the region's journal tells when it is back; its messages are lost.
void SimCluster::tell_survivors(RegionRuntime& region, CommitGroup& group) {
  tell_facts(region, group.effects);
  for (const WriteReply& reply : group.effects.replies) {
    tell_reply(region.replica.region(), reply);
  }
  for (const OrderReply& reply : group.effects.order_replies) {
    tell_order(region.replica.region(), reply);
  }
  group.clear();
}

void SimCluster::tell_facts(RegionRuntime& region, const Effects& effects) {
  const RegionId id = region.replica.region();
  std::size_t record = 0;
  std::size_t apply = 0;
  std::size_t discard = 0;
  std::size_t table_fact = 0;
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
      case FactKind::kDiscard:
        for (ClusterObserver* observer : observers_) {
          observer->on_discard(now_, effects.discards[discard]);
        }
        ++discard;
        break;
      case FactKind::kTable:
        tell_table_fact(id, effects.table_facts[table_fact]);
        ++table_fact;
        break;
    }
  }
}

void SimCluster::tell_table_fact(RegionId region, const TableFact& fact) {
  for (ClusterObserver* observer : observers_) {
    switch (fact.kind) {
      case TableFact::Kind::kReplica:
        observer->on_replica_status(now_, region, fact.table, fact.replica);
        break;
      case TableFact::Kind::kStream:
        observer->on_stream_status(now_, region, fact.table, fact.stream);
        break;
      case TableFact::Kind::kTimeToLive:
        observer->on_time_to_live(now_, region, fact.table, fact.ttl_attribute);
        break;
    }
  }
}

void SimCluster::crash(RegionId id) {
  RegionRuntime& region = runtime(id);
  if (region.state == RegionState::kDown) return;
  region.comes_up_frozen = region.state == RegionState::kFrozen;
  region.state = RegionState::kDown;
  ++region.sync_number;
  CommitPipeline::Lost lost;
  if (region.pipeline) lost = region.pipeline->crash();
  RingQueue<WaitingCall> unheard = std::move(region.waiting_calls);
  region.waiting_messages.clear();
  region.waiting_calls.clear();
  // What the log on the disk had not let go of is back: count anew.
  note_backlog(static_cast<std::uint64_t>(scenario_.limits.backlog) + 1);
  if (region.disk) {
    crash_disk(region, lost);
  } else {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      region.replica.table(TableId{static_cast<std::uint16_t>(i)}).recover();
    }
    add_control(region);
  }
  for (ClusterObserver* observer : observers_) observer->on_region_state(now_, id, region.state);
  // Whoever waits for an answer will never get one.
  const auto give_up = [&](const WriteCall& call) {
    tell_refusal(id, call, WriteOutcome::kTimedOut, "the region crashed before it answered");
  };
  for (const WriteReply& reply : lost.under_way.effects.replies) give_up(reply.call);
  for (const WriteReply& reply : lost.filling.effects.replies) give_up(reply.call);
  for (const std::uint64_t tag : std::vector<std::uint64_t>{region.open_orders}) {
    tell_order(id, {tag, Error{Errc::kUnavailable, "the region crashed before it answered"}});
  }
  for (; !unheard.empty(); unheard.pop_front()) give_up(unheard.front().call);
}

void SimCluster::restart(RegionId id) {
  RegionRuntime& region = runtime(id);
  CHECK(region.state == RegionState::kDown);
  const bool frozen = std::exchange(region.comes_up_frozen, false);
  region.state = frozen ? RegionState::kFrozen : RegionState::kUp;
  if (region.pipeline) region.pipeline->set_frozen(frozen);
  for (ClusterObserver* observer : observers_) observer->on_region_state(now_, id, region.state);
  if (frozen) return;
  set_due_pauses(region);
  tick(region);
}

void SimCluster::set_due_pauses(RegionRuntime& region) {
  for (const auto& [table, paused] : std::exchange(region.pauses_due, {})) {
    set_replication_paused(region.replica.region(), table, paused);
  }
}

void SimCluster::set_frozen(RegionId id, bool frozen) {
  RegionRuntime& region = runtime(id);
  if (region.state == RegionState::kDown) {
    region.comes_up_frozen = frozen;
    return;
  }
  if (frozen == (region.state == RegionState::kFrozen)) return;
  region.state = frozen ? RegionState::kFrozen : RegionState::kUp;
  if (region.pipeline) region.pipeline->set_frozen(frozen);
  for (ClusterObserver* observer : observers_) observer->on_region_state(now_, id, region.state);
  if (frozen) return;
  // Goes on with what it was about to say, then with what its buffers hold, clients' calls first:
  // they were waiting at its door.
  if (region.pipeline) advance_commits(region);
  set_due_pauses(region);
  while (!region.waiting_calls.empty()) {
    WaitingCall waiting = std::move(region.waiting_calls.front());
    region.waiting_calls.pop_front();
    if (now_ - waiting.asked_at > kClientPatience) waiting.call.writer_waits = false;
    region.replica.write(std::move(waiting.call), moment(region), effects_);
    carry_out(region);
  }
  while (!region.waiting_messages.empty()) {
    Message message = std::move(region.waiting_messages.front());
    region.waiting_messages.pop_front();
    deliver(message);
  }
  if (region.state == RegionState::kUp) tick(region);  // its disk may have refused meanwhile
}

RegionState SimCluster::region_state(RegionId region) const {
  return runtime(region).state;
}

}  // namespace gtsim
