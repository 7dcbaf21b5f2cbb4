// What regions say, and how observers hear of it.
//
// Within a region the order is the region's. Between regions it is the order of causes: a region
// that tells of a write of another one may be heard before that one has told of it, because the
// messages between regions do not wait for the coordinator. Such a region's words are held back
// until the origin has told of the write. That cannot last for ever: a write leaves its region only
// when it is durable there, journal included, so the origin will tell of it; if it is down, when it
// is back. Two regions never wait for each other, since causes make no circle.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/cluster/client_patience.h"
#include "coordinator/cluster/late_answer.h"
#include "coordinator/live/live_state.h"

namespace gtsim {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostHeldBack = 1'000'000;
constexpr std::uint64_t kConfirmEvery = 2'000;
constexpr std::size_t kMostWaitingCalls = 10'000;
constexpr milliseconds kRoundEvery{10};
constexpr milliseconds kStatusStaysWanted{1'000};

}  // namespace

// ---------------------------------------------------------------- hearing

void LiveCluster::State::hear(Arrival arrival) {
  LiveRegion& region = at(arrival.region);
  if (arrival.session != region.session_number) return;  // of an earlier session
  if (!arrival.report) {
    on_session_over(region, arrival);
    return;
  }
  if (region.session) region.session->taken();
  hear_report(region, *arrival.report);
  if (region.waiting.size() > kMostHeldBack) {
    fail(
        fmt::format("{} has told {} things that had to wait for another region to tell of their "
                    "cause",
                    region.name, region.waiting.size()));
  }
}

void LiveCluster::State::hear_report(LiveRegion& region, const wire::RunReport& report) {
  switch (report.kind_case()) {
    case wire::RunReport::kAttached:
      if (report.attached().next_entry() != region.heard_entries) {
        fail(fmt::format("{} goes on with journal entry {}, {} was to come next", region.name,
                         report.attached().next_entry(), region.heard_entries));
      }
      break;
    case wire::RunReport::kEntries:
      hear_entries(region, report.entries());
      break;
    case wire::RunReport::kResult:
      region.waiting.emplace_back(HeardResult{report.result().id(), report.result().result(),
                                              region.reader.instant(report.result().at_us())});
      break;
    case wire::RunReport::kStatus:
      region.waiting.emplace_back(HeardStatus{report.status().id(), report.status().status()});
      break;
    case wire::RunReport::kOrder: {
      const auto outcome = from_wire(report.order().outcome());
      if (!outcome) {
        fail(fmt::format("{} answers an order with something that this coordinator does not know",
                         region.name));
        break;
      }
      region.waiting.emplace_back(
          HeardOrder{report.order().id(), *outcome, report.order().detail()});
      break;
    }
    case wire::RunReport::KIND_NOT_SET:
      fail(fmt::format("{} says something that this coordinator does not know", region.name));
      break;
  }
}

void LiveCluster::State::hear_entries(LiveRegion& region, const wire::RunReport::Entries& entries) {
  for (const wire::JournalEntry& entry : entries.entries()) {
    if (entry.number() < region.heard_entries) continue;  // told again
    if (entry.number() > region.heard_entries) {
      fail(fmt::format("{} tells journal entry {}, {} was to come next", region.name,
                       entry.number(), region.heard_entries));
      return;
    }
    auto fact = region.reader.fact(entry);
    if (!fact) {
      fail(fmt::format("{}: {} (journal entry {})", region.name, fact.error().detail,
                       entry.number()));
      return;
    }
    ++region.heard_entries;
    region.waiting.emplace_back(std::move(*fact));
  }
}

// ---------------------------------------------------------------- telling

bool LiveCluster::State::origin_has_told(const LiveRegion& region, TableId table, KeyId key,
                                         Version version) const {
  if (version.origin == region.id) return true;
  const LiveRegion& origin = at(version.origin);
  // A replica that has gone told everything before it went.
  if (origin.status[table.index()] == ReplicaStatus::kAbsent) return true;
  // Versions of a key only rise in a region, so one that is not older means it has told.
  return origin.mirror.item(table, key).version >= version;
}

bool LiveCluster::State::must_wait(const LiveRegion& region, const Heard& heard) const {
  const auto* fact = std::get_if<Fact>(&heard);
  if (fact == nullptr) return false;
  if (const auto* emitted = std::get_if<EmittedRecord>(&fact->what)) {
    const StreamRecord& record = emitted->record;
    return !origin_has_told(region, emitted->table, record.key, record.version);
  }
  if (const auto* apply = std::get_if<QuietApply>(&fact->what)) {
    return !apply->backfill && !origin_has_told(region, apply->table, apply->key, apply->version);
  }
  if (const auto* discard = std::get_if<Discard>(&fact->what)) {
    return !origin_has_told(region, discard->table, discard->key, discard->discarded) ||
           !origin_has_told(region, discard->table, discard->key, discard->held);
  }
  return false;
}

void LiveCluster::State::tell_all() {
  refresh_now();
  for (bool progress = true; progress && failure.empty();) {
    progress = false;
    for (auto& region : regions) {
      while (!region->waiting.empty() && failure.empty() &&
             !must_wait(*region, region->waiting.front())) {
        Heard heard = std::move(region->waiting.front());
        region->waiting.pop_front();
        std::visit([&](auto& what) { tell(*region, what); }, heard);
        progress = true;
      }
      confirm_told(*region, /*now_too=*/false);
    }
  }
}

void LiveCluster::State::confirm_told(LiveRegion& region, bool now_too) {
  const std::uint64_t unconfirmed = region.told_entries - region.confirmed_entries;
  if (unconfirmed == 0 || (!now_too && unconfirmed < kConfirmEvery)) return;
  if (!region.session || region.phase == LiveRegion::Phase::kBroken) return;
  wire::RunCommand command;
  command.set_confirm(region.told_entries);
  region.session->send(std::move(command));
  region.confirmed_entries = region.told_entries;
}

void LiveCluster::State::tell(LiveRegion& region, Fact& fact) {
  ++activity;
  region.told_entries = fact.number + 1;
  const Instant when = std::min(fact.at, now);
  const auto contradicts = [&](const Result<void>& applied) {
    if (applied) return false;
    fail(
        fmt::format("{}: {} (journal entry {})", region.name, applied.error().detail, fact.number));
    return true;
  };
  if (auto* emitted = std::get_if<EmittedRecord>(&fact.what)) {
    const StreamRecord& record = emitted->record;
    const std::uint64_t hash = keys[emitted->table.index()]->partition_hash(record.key);
    if (contradicts(region.mirror.apply(*emitted, hash))) return;
    if (record.origin == OriginKind::kApplication) {
      region.mirror.set_log_end(emitted->table, fact.log_end);
    }
    if (record.origin == OriginKind::kApplication && !record.ttl_identity) {
      region.calls.on_record(emitted->table, record);
    }
    for (ClusterObserver* observer : observers) observer->on_record(when, region.id, *emitted);
  } else if (auto* apply = std::get_if<QuietApply>(&fact.what)) {
    region.mirror.apply(*apply);
    for (ClusterObserver* observer : observers) observer->on_quiet_apply(when, region.id, *apply);
  } else if (auto* discard = std::get_if<Discard>(&fact.what)) {
    for (ClusterObserver* observer : observers) observer->on_discard(when, *discard);
  } else if (auto* stream = std::get_if<StreamFact>(&fact.what)) {
    static_cast<void>(contradicts(region.mirror.apply(*stream)));
  } else {
    tell_table_fact(region, std::get<TableFact>(fact.what), when);
  }
}

void LiveCluster::State::tell_table_fact(LiveRegion& region, const TableFact& fact, Instant when) {
  if (fact.kind == TableFact::Kind::kStream) {
    for (ClusterObserver* observer : observers) {
      observer->on_stream_status(when, region.id, fact.table, fact.stream);
    }
    return;
  }
  if (fact.kind == TableFact::Kind::kTimeToLive) {
    for (ClusterObserver* observer : observers) {
      observer->on_time_to_live(when, region.id, fact.table, fact.ttl_attribute);
    }
    return;
  }
  region.status[fact.table.index()] = fact.replica;
  if (fact.replica == ReplicaStatus::kAbsent) region.mirror.drop(fact.table);
  for (ClusterObserver* observer : observers) {
    observer->on_replica_status(when, region.id, fact.table, fact.replica);
  }
}

void LiveCluster::State::tell(LiveRegion& region, HeardOrder& heard) {
  ++activity;
  tell_order(region.id, heard.tag, heard.outcome, heard.detail);
}

void LiveCluster::State::tell(LiveRegion& region, HeardResult& heard) {
  ++activity;
  auto call = region.calls.take(heard.id);
  if (!call) {
    fail(fmt::format("{} answers a call that nobody made (number {})", region.name, heard.id));
    return;
  }
  const WriteCall& asked = call->call;
  WriteEvent event{region.id,
                   asked.transaction,
                   asked.tag,
                   from_wire(heard.result.outcome()),
                   heard.result.detail(),
                   asked.operations,
                   {}};
  OperationResults results;
  if (event.outcome == WriteOutcome::kOk) {
    for (const wire::WriteReply& told : heard.result.replies()) {
      auto result = region.reader.result(told);
      if (!result) {
        fail(fmt::format("{}: {} (in the reply to a write)", region.name, result.error().detail));
        return;
      }
      results.push_back(std::move(*result));
    }
    if (results.size() != asked.operations.size()) {
      fail(fmt::format("{} answers a call of {} writes with {} replies", region.name,
                       asked.operations.size(), results.size()));
      return;
    }
    region.calls.on_reply(asked, results);
    event.results = results;
  }
  // As in the simulator, a client gives up only on a region that stood still, or whose answer is
  // lost.
  if (!asked.writer_waits || (call->met_a_freeze && heard.at - call->asked_at > kClientPatience)) {
    event.outcome = WriteOutcome::kTimedOut;
    event.detail = event.results.empty() ? kLateRefusal : kLateAnswer;
  }
  for (ClusterObserver* observer : observers) {
    observer->on_write(std::min(heard.at, now), event);
  }
}

void LiveCluster::State::tell(LiveRegion& region, HeardStatus& heard) {
  auto position = position_of(heard.status, names);
  if (!position) {
    fail(fmt::format("{}: {} (in its status)", region.name, position.error().detail));
    return;
  }
  region.position = std::move(*position);
  if ((heard.id & kAttachQuery) != 0) {
    if ((heard.id & ~kAttachQuery) == region.session_number) on_attached(region);
  } else if ((heard.id & kBarrierQuery) != 0) {
    barrier_reached = std::max(barrier_reached, heard.id & ~kBarrierQuery);
  } else {
    region.answered_round = heard.id;
    end_round();
  }
}

// ---------------------------------------------------------------- rounds of questions

void LiveCluster::State::want_status() const {
  status_wanted_until = steady_clock::now() + kStatusStaysWanted;
}

void LiveCluster::State::start_round() {
  if (round_open) {  // a region may have dropped out of it
    end_round();
    return;
  }
  const auto here = steady_clock::now();
  if (here > status_wanted_until || here < round_ended_at + kRoundEvery) return;
  ++round;
  round_open = true;
  if (activity != activity_at_round) quiet_rounds = 0;
  activity_at_round = activity;
  for (auto& region : regions) {
    if (region->phase != LiveRegion::Phase::kReady || region->state != RegionState::kUp) continue;
    wire::RunCommand command;
    command.mutable_status()->set_id(round);
    region->session->send(std::move(command));
    region->asked_round = round;
  }
  end_round();
}

// Two quiet rounds are needed: what one region had shipped when it was asked may reach another
// that has been asked already; then that one tells of it before it answers the second time.
void LiveCluster::State::end_round() {
  if (!round_open) return;
  bool quiet = activity == activity_at_round;
  for (const auto& region : regions) {
    if (region->state != RegionState::kUp || region->phase != LiveRegion::Phase::kReady ||
        region->asked_round < round) {
      quiet = false;
      continue;
    }
    if (region->answered_round < round) return;  // still to come
    quiet = quiet && region->position->idle && region->calls.outstanding() == 0 &&
            !region->calls.any_lost() && region->open_orders.empty() && region->waiting.empty();
    for (const TablePosition& table : region->position->tables) {
      quiet = quiet && table.drained() && table.settled;
    }
  }
  round_open = false;
  round_ended_at = steady_clock::now();
  quiet_rounds = quiet ? quiet_rounds + 1 : 0;
}

bool LiveCluster::quiescent() const {
  const State& s = *state_;
  s.want_status();
  return s.quiet_rounds >= 2 && s.activity == s.activity_at_round;
}

std::uint64_t LiveCluster::log_end(RegionId region, TableId table) const {
  return state_->at(region).mirror.log_end(table);
}

std::uint64_t LiveCluster::received(RegionId region, TableId table, RegionId from) const {
  state_->want_status();
  const auto& position = state_->at(region).position;
  return position ? position->tables[table.index()].received[from.index()] : 0;
}

void LiveCluster::State::barrier(LiveRegion& region) {
  if (region.phase != LiveRegion::Phase::kReady || region.state != RegionState::kUp) return;
  const std::uint64_t number = ++next_barrier;
  wire::RunCommand command;
  command.mutable_status()->set_id(kBarrierQuery | number);
  region.session->send(std::move(command));
  static_cast<void>(pump(milliseconds{5'000}, [&] {
    return barrier_reached >= number || !failure.empty() ||
           region.phase != LiveRegion::Phase::kReady;
  }));
}

// ---------------------------------------------------------------- calls

void LiveCluster::State::write(LiveRegion& region, WriteCall call) {
  ++activity;
  if (region.state == RegionState::kDown) {
    refuse(region.id, call, WriteOutcome::kUnavailable, "the region is down");
    return;
  }
  if (region.phase != LiveRegion::Phase::kReady) {
    refuse(region.id, call, WriteOutcome::kUnavailable, "the connection to the region is broken");
    return;
  }
  const bool frozen = region.state == RegionState::kFrozen;
  if (frozen && region.calls.outstanding() >= kMostWaitingCalls) {
    refuse(region.id, call, WriteOutcome::kUnavailable,
           "the region does not answer and its queue of 10,000 calls is full");
    return;
  }
  const std::uint64_t id = next_call++;
  wire::RunCommand command;
  command.mutable_call()->set_id(id);
  *command.mutable_call()->mutable_write() = to_wire(names, call);
  region.calls.add(id, {std::move(call), now, frozen});
  region.session->send(std::move(command));
}

void LiveCluster::State::refuse(RegionId region, const WriteCall& call, WriteOutcome outcome,
                                std::string_view detail) {
  const WriteEvent event{region, call.transaction, call.tag,       outcome,
                         detail, call.operations,  /*results=*/{}, /*reached_region=*/false};
  for (ClusterObserver* observer : observers) observer->on_write(now, event);
}

}  // namespace gtsim
