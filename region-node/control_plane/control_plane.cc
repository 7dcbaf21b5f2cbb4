// The half of control_plane.h that leads operations.
#include "region-node/control_plane/control_plane.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/control_plane/facts.h"
#include "region-node/control_plane/refusals.h"

namespace gtsim {
namespace {

template <class T>
void remove_one(std::vector<T>& all, const T& one) {
  all.erase(std::remove(all.begin(), all.end(), one), all.end());
}

std::vector<RegionId> participants(const GroupOperation& operation, OperationPhase phase) {
  const bool adds = operation.what == OperationKind::kAddReplica;
  const bool removes = operation.what == OperationKind::kRemoveReplica;
  switch (phase) {
    case OperationPhase::kReserve:
    case OperationPhase::kRelease: {
      std::vector<RegionId> all = operation.members;
      if (adds) all.push_back(operation.subject);
      return all;
    }
    case OperationPhase::kAdmit:
    case OperationPhase::kMark:
    case OperationPhase::kLeave:
      return operation.members;
    case OperationPhase::kJoin:
    case OperationPhase::kCatchUp:
    case OperationPhase::kDrop:
      return {operation.subject};
    case OperationPhase::kFill:
    case OperationPhase::kTell:
      return {};
    case OperationPhase::kPart: {
      std::vector<RegionId> others = operation.members;
      remove_one(others, operation.subject);
      return others;
    }
    case OperationPhase::kFinish: {
      std::vector<RegionId> left = operation.members;
      if (adds) left.push_back(operation.subject);
      if (removes) remove_one(left, operation.subject);
      return left;
    }
  }
  return {};
}

// What the group has waited for at least when a phase ends, from the acceptance on. The last wait
// of a removal is the subject's own.
Instant earliest_end(const GroupOperation& operation, OperationPhase phase, Instant now) {
  const OperationWaits& waits = operation.waits;
  const Instant accepted_at = operation.accepted_at.value_or(now);
  switch (phase) {
    case OperationPhase::kAdmit:
      return accepted_at + waits[0] + waits[1];
    case OperationPhase::kFill:
    case OperationPhase::kLeave:
      return accepted_at + waits[0] + waits[1] + waits[2];
    case OperationPhase::kMark:
      return accepted_at + waits[0] + waits[1] + waits[2] + waits[3];
    default:
      return now;
  }
}

// What a replica does by itself, as deleting what has expired, depends on its status, its members
// and its settings: where they have changed it looks anew.
class LooksAnew {
 public:
  LooksAnew(const TableReplica& replica, Instant now, Effects& out)
      : replica_(replica), before_(replica.revision()), now_(now), out_(out) {}
  ~LooksAnew() {
    if (replica_.revision() != before_) out_.want_wake(now_);
  }
  LooksAnew(const LooksAnew&) = delete;
  LooksAnew& operator=(const LooksAnew&) = delete;

 private:
  const TableReplica& replica_;
  std::uint64_t before_;
  Instant now_;
  Effects& out_;
};

}  // namespace

ControlPlane::ControlPlane(Options options, Replica& replica)
    : options_(std::move(options)), replica_(replica), tables_(replica.table_count()) {
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    tables_[i].id = TableId{static_cast<std::uint16_t>(i)};
  }
}

void ControlPlane::add_table(std::string name) {
  CHECK(tables_.size() < replica_.table_count());
  options_.table_names.push_back(std::move(name));
  const TableId id{static_cast<std::uint16_t>(tables_.size())};
  tables_.emplace_back().id = id;
}

void ControlPlane::found(TableId table, const std::vector<RegionId>& members) {
  for (const RegionId member : members) {
    if (member == self()) continue;
    tables_[table.index()].state.members.push_back({member, ReplicaStatus::kActive});
  }
}

void ControlPlane::restore(TableId table, TableControlState state, Instant now) {
  if (self().index() < state.over.size()) {
    last_number_ = std::max(last_number_, state.over[self().index()]);
  }
  if (state.operation) last_number_ = std::max(last_number_, state.operation->id.number);
  if (state.release) last_number_ = std::max(last_number_, state.release->number);
  if (state.settings && state.settings->version.initiator == self()) {
    last_number_ = std::max(last_number_, state.settings->version.number);
  }
  Table& restored = tables_[table.index()];
  restored.state = std::move(state);
  restored.resend_at = Instant{0};
  restored.tries = 0;
  restored.caller.reset();
  ++restored.revision;
  use_settings(restored, restored.state.settings);
  if (restored.state.write_capacity) {
    replica(restored).set_capacity(restored.state.write_capacity->units_per_second, now);
  }
  wake_at_ = Instant{0};
}

bool ControlPlane::idle(TableId table) const {
  const TableControlState& state = tables_[table.index()].state;
  return !state.hold && !state.operation && !state.release && !state.stream_change &&
         !state.active_at && !state.drop_at && state.settings_wait_for.empty();
}

TableView ControlPlane::view(TableId table, Instant now) const {
  const TableControlState& state = tables_[table.index()].state;
  const TableReplica& replica = replica_.table(table);
  TableView view;
  view.table = options_.table_names[table.index()];
  view.region_names = options_.region_names;
  view.asked = self();
  view.now = now;
  view.members = state.members;
  if (replica.status() != ReplicaStatus::kAbsent) {
    view.members.push_back({self(), replica.status()});
    std::sort(view.members.begin(), view.members.end(),
              [](const auto& a, const auto& b) { return a.region < b.region; });
  }
  view.copies = state.copies;
  view.source_lock = options_.source_lock;
  view.membership_changes = state.hold.has_value() || state.operation.has_value();
  if (state.hold && state.hold->what == OperationKind::kRemoveReplica &&
      state.hold->phase != OperationPhase::kReserve) {
    view.leaving = state.hold->subject;
  }
  view.deletion_protection = state.deletion_protection;
  if (replica.ttl()) view.ttl_attribute = replica.ttl()->attribute;
  view.tags = state.tags;
  if (const Stream* stream = replica.stream()) {
    view.stream.enabled = stream->accepts_records();
    view.stream.label = stream->label();
  }
  if (state.stream_change) view.stream.changes_to_enabled = state.stream_change->to_enabled;
  return view;
}

void ControlPlane::order(const ControlOrder& order, std::uint64_t tag, Moment moment,
                         Effects& out) {
  Table& table = tables_[order.table.index()];
  const LooksAnew looks_anew(replica(table), moment.now, out);
  const TableView seen = view(order.table, moment.now);
  if (const auto refusal = refusal_of(seen, order)) {
    out.order_replies.push_back({tag, refusal->error});
    return;
  }
  if (const auto* creation = std::get_if<CreateTableOrder>(&order.action)) {
    create(table, *creation, moment, out);
    out.order_replies.push_back({tag, std::nullopt});
    return;
  }
  if (const auto* stream = std::get_if<ChangeStreamOrder>(&order.action)) {
    change_stream(table, *stream, moment, out);
    out.order_replies.push_back({tag, std::nullopt});
    return;
  }
  if (change_settings(table, order, moment, out)) {
    out.order_replies.push_back({tag, std::nullopt});
    return;
  }
  begin(table, order, seen, moment);
  table.caller = tag;
  enter(table, OperationPhase::kReserve, moment, out);
  go_on(table, moment, out);
}

void ControlPlane::begin(Table& table, const ControlOrder& order, const TableView& seen,
                         Moment moment) {
  GroupOperation& operation = table.state.operation.emplace();
  operation.id = {moment.now, self(), ++last_number_};
  for (const TableView::Member& member : seen.members) operation.members.push_back(member.region);
  const auto take = [&](const ReplicaRemoval& waits) {
    operation.waits = {waits.updating, waits.deleting, waits.second_updating, waits.tail};
  };
  operation.subject = self();
  if (const auto* add = std::get_if<AddReplicaOrder>(&order.action)) {
    operation.subject = add->region;
    const ReplicaCreation waits =
        durations_of(*add, options_.durations, replica(table).has_items());
    operation.waits = {waits.hidden, waits.invisible, waits.creating, waits.updating};
    operation.backfill_items_per_second = add->backfill_items_per_second;
  } else if (const auto* protection = std::get_if<ChangeProtectionOrder>(&order.action)) {
    operation.what = OperationKind::kUpdateTable;
    operation.waits = {protection->takes.value_or(options_.durations.update)};
    operation.protection = protection->on;
  } else if (const auto* remove = std::get_if<RemoveReplicaOrder>(&order.action)) {
    operation.what = OperationKind::kRemoveReplica;
    operation.subject = remove->region;
    take(durations_of(*remove, options_.durations));
  } else {
    operation.what = OperationKind::kRemoveReplica;
    take(durations_of(std::get<DeleteTableOrder>(order.action), options_.durations,
                      seen.members.size() == 1));
  }
}

void ControlPlane::answer_caller(Table& table, std::optional<Error> refusal, Effects& out) {
  if (table.caller) out.order_replies.push_back({*table.caller, std::move(refusal)});
  table.caller.reset();
}

void ControlPlane::want_wake(Instant at, Effects& out) {
  wake_at_ = std::min(wake_at_, at);
  out.want_wake(at);
}

// What the message is about stands where others have their position.
void ControlPlane::receive(const Message& carried, Moment moment, Effects& out) {
  CHECK(carried.kind == MessageKind::kControl && carried.control != nullptr);
  const ControlMessage& message = *carried.control;
  CHECK(message.to == self());
  if (message.table.index() >= tables_.size()) return;
  Table& table = tables_[message.table.index()];
  const LooksAnew looks_anew(replica(table), moment.now, out);
  if (message.kind == ControlMessage::Kind::kRequest) {
    if (auto answer = carry_out(table, message, moment, out)) {
      out.messages.push_back(message_of(std::move(*answer)));
    }
  } else {
    take_answer(table, message, moment, out);
  }
  go_on(table, moment, out);
}

void ControlPlane::tick(Moment moment, Effects& out) {
  if (moment.now < wake_at_) {
    out.want_wake(wake_at_);
    return;
  }
  wake_at_ = kNever;
  const auto is_due = [&](Instant at) {
    if (at > moment.now) want_wake(at, out);
    return at <= moment.now;
  };
  for (Table& table : tables_) {
    const LooksAnew looks_anew(replica(table), moment.now, out);
    TableControlState& state = table.state;
    if (state.stream_change && is_due(state.stream_change->ends_at)) {
      Stream& stream = *replica(table).stream();
      stream.finish_enabling();
      stream.finish_disabling();
      state.stream_change.reset();
      ++table.revision;
      out.add(stream_fact(table.id, stream.status()));
    }
    if (state.active_at && is_due(*state.active_at)) {
      state.active_at.reset();
      set_status(table, ReplicaStatus::kActive, out);
    }
    if (state.drop_at && is_due(*state.drop_at)) drop(table, moment, out);
    if (!state.operation && !state.release && state.settings_wait_for.empty()) continue;
    if (state.operation && state.operation->phase == OperationPhase::kReserve &&
        !state.operation->waits_for.empty() &&
        state.operation->id.ordered_at + options_.reservation_timeout <= moment.now) {
      const RegionId silent = state.operation->waits_for.front();
      refuse(table,
             state.operation->met_another
                 ? group_is_busy()
                 : Error{Errc::kUnavailable, fmt::format("region {} of the group does not answer",
                                                         options_.region_names[silent.index()])},
             out);
    }
    if (table.resend_at <= moment.now) {
      table.resend_at = moment.now + options_.retry;
      ++table.tries;
      if (state.operation) {
        const std::vector<RegionId> silent = state.operation->waits_for;
        for (const RegionId region : silent) ask(table, region, moment, out);
      }
      send_release(table, out);
      for (const RegionId region : state.settings_wait_for) send_settings(table, region, out);
    }
    go_on(table, moment, out);
    if (state.operation || state.release || !state.settings_wait_for.empty()) {
      want_wake(table.resend_at, out);
    }
  }
}

// Every region keeps still for it: from here on it happens, whatever crashes.
void ControlPlane::accept(Table& table, Moment moment, Effects& out) {
  GroupOperation& operation = *table.state.operation;
  operation.accepted_at = moment.now;
  operation.not_before = moment.now + operation.waits[0];
  ++table.revision;
  answer_caller(table, std::nullopt, out);
  if (operation.protection) table.state.deletion_protection = *operation.protection;
  if (operation.what != OperationKind::kAddReplica) return;
  // The second replica turns the stream on; a stream that is on is copied as it is.
  const Stream* stream = replica(table).stream();
  if (stream == nullptr || !stream->accepts_records()) {
    start_stream(table, StreamViewType::kNewAndOldImages, /*enabled=*/true, moment, out);
  }
}

void ControlPlane::enter(Table& table, OperationPhase phase, Moment moment, Effects& out) {
  GroupOperation& operation = *table.state.operation;
  operation.phase = phase;
  operation.waits_for = participants(operation, phase);
  operation.not_before = earliest_end(operation, phase, moment.now);
  ++table.revision;
  if (phase == OperationPhase::kMark) operation.places.clear();
  if (phase == OperationPhase::kFill) {
    replica(table).start_backfill(operation.subject, operation.backfill_items_per_second, moment,
                                  out);
  }
  table.resend_at = moment.now + options_.retry;
  table.tries = 0;
  want_wake(table.resend_at, out);
  const std::vector<RegionId> asked = operation.waits_for;
  for (const RegionId region : asked) {
    if (!table.state.operation) return;  // refused on the way
    ask(table, region, moment, out);
  }
}

std::optional<OperationPhase> ControlPlane::next_phase(const Table& table, Instant now) {
  const GroupOperation& operation = *table.state.operation;
  if (now < operation.not_before) return std::nullopt;
  switch (operation.phase) {
    case OperationPhase::kReserve:
      switch (operation.what) {
        case OperationKind::kAddReplica:
          return OperationPhase::kAdmit;
        case OperationKind::kRemoveReplica:
          return OperationPhase::kLeave;
        case OperationKind::kUpdateTable:
          return OperationPhase::kFinish;
      }
      break;
    case OperationPhase::kAdmit:
      return OperationPhase::kJoin;
    case OperationPhase::kJoin:
      return OperationPhase::kFill;
    case OperationPhase::kFill:
      if (replica(table).backfilling(operation.subject) && !broken(Mutant::kFillNotAwaited)) {
        return std::nullopt;
      }
      return OperationPhase::kMark;
    case OperationPhase::kMark:
      return OperationPhase::kCatchUp;
    case OperationPhase::kLeave:
      return OperationPhase::kPart;
    case OperationPhase::kPart:
      return OperationPhase::kDrop;
    case OperationPhase::kCatchUp:
    case OperationPhase::kDrop:
      return OperationPhase::kFinish;
    case OperationPhase::kFinish:
    case OperationPhase::kRelease:
    case OperationPhase::kTell:
      break;
  }
  return std::nullopt;
}

void ControlPlane::go_on(Table& table, Moment moment, Effects& out) {
  while (table.state.operation && table.state.operation->waits_for.empty()) {
    if (table.state.operation->phase == OperationPhase::kFinish) {
      table.state.operation.reset();
      ++table.revision;
      return;
    }
    if (!table.state.operation->accepted_at) accept(table, moment, out);
    const auto phase = next_phase(table, moment.now);
    if (!phase) {
      if (moment.now < table.state.operation->not_before) {
        want_wake(table.state.operation->not_before, out);
      }
      want_wake(table.resend_at, out);
      return;
    }
    enter(table, *phase, moment, out);
  }
}

void ControlPlane::ask(Table& table, RegionId region, Moment moment, Effects& out) {
  const GroupOperation& operation = *table.state.operation;
  ControlMessage request;
  request.table = table.id;
  request.from = self();
  request.to = region;
  request.operation = operation.id;
  request.what = operation.what;
  request.subject = operation.subject;
  request.phase = operation.phase;
  request.tries = table.tries;
  switch (operation.phase) {
    case OperationPhase::kReserve:
      request.waits = operation.waits;
      break;
    case OperationPhase::kAdmit:
      request.position = operation.subject_log_end;
      break;
    case OperationPhase::kJoin:
      request.places = operation.places;
      request.settings = table.state.settings;
      request.view = replica(table).stream()->view();
      request.copies = table.state.copies;
      break;
    case OperationPhase::kCatchUp:
      request.places = operation.places;
      break;
    default:
      break;
  }
  if (region != self()) {
    out.messages.push_back(message_of(std::move(request)));
    return;
  }
  if (const auto answer = carry_out(table, request, moment, out)) {
    take_answer(table, *answer, moment, out);
  }
}

void ControlPlane::take_answer(Table& table, const ControlMessage& answer, Moment /*moment*/,
                               Effects& out) {
  TableControlState& state = table.state;
  if (answer.phase == OperationPhase::kRelease) {
    if (!state.release || answer.operation.number < state.release->number) return;
    remove_one(state.release->waits_for, answer.from);
    if (state.release->waits_for.empty()) state.release.reset();
    ++table.revision;
    return;
  }
  if (answer.phase == OperationPhase::kTell) {
    if (!state.settings || !answer.settings ||
        answer.settings->version != state.settings->version) {
      return;
    }
    remove_one(state.settings_wait_for, answer.from);
    ++table.revision;
    return;
  }
  if (!state.operation || state.operation->id != answer.operation ||
      state.operation->phase != answer.phase) {
    return;
  }
  GroupOperation& operation = *state.operation;
  if (std::find(operation.waits_for.begin(), operation.waits_for.end(), answer.from) ==
      operation.waits_for.end()) {
    return;  // it has answered before
  }
  switch (answer.kind) {
    case ControlMessage::Kind::kRequest:
      return;
    case ControlMessage::Kind::kBusy:
      // A younger one gives way by itself.
      operation.met_another = true;
      if (answer.holder < operation.id) refuse(table, group_is_busy(), out);
      return;
    case ControlMessage::Kind::kRefused:
      refuse(table, answer.refusal, out);
      return;
    case ControlMessage::Kind::kDone:
      break;
  }
  remove_one(operation.waits_for, answer.from);
  ++table.revision;
  switch (operation.phase) {
    case OperationPhase::kReserve:
      if (answer.from == operation.subject) operation.subject_log_end = answer.position;
      break;
    case OperationPhase::kAdmit:
    case OperationPhase::kMark:
      operation.places.push_back({answer.from, answer.position});
      break;
    default:
      break;
  }
}

// Before anything has happened but that regions keep still.
void ControlPlane::refuse(Table& table, Error why, Effects& out) {
  TableControlState& state = table.state;
  GroupOperation operation = std::move(*state.operation);
  CHECK(!operation.accepted_at);
  state.operation.reset();
  ++table.revision;
  answer_caller(table, std::move(why), out);
  end(table, operation.id);
  if (!state.release) state.release.emplace();
  // Who hears of the latest one knows of all before.
  state.release->number = operation.id.number;
  for (const RegionId region : participants(operation, OperationPhase::kRelease)) {
    std::vector<RegionId>& waits_for = state.release->waits_for;
    if (region == self()) continue;
    if (std::find(waits_for.begin(), waits_for.end(), region) == waits_for.end()) {
      waits_for.push_back(region);
    }
  }
  if (state.release->waits_for.empty()) {
    state.release.reset();
    return;
  }
  send_release(table, out);
}

void ControlPlane::send_release(Table& table, Effects& out) {
  if (!table.state.release) return;
  for (const RegionId region : table.state.release->waits_for) {
    ControlMessage request;
    request.table = table.id;
    request.from = self();
    request.to = region;
    request.operation = {Instant{0}, self(), table.state.release->number};
    request.phase = OperationPhase::kRelease;
    request.tries = table.tries;
    out.messages.push_back(message_of(std::move(request)));
  }
  want_wake(table.resend_at, out);
}

}  // namespace gtsim
