// The half of control_plane.h that takes part in operations, whoever leads them.
#include <algorithm>
#include <utility>

#include "region-node/base/mutant.h"
#include "region-node/control_plane/control_plane.h"
#include "region-node/control_plane/facts.h"
#include "region-node/control_plane/refusals.h"

namespace gtsim {
namespace {

using Kind = ControlMessage::Kind;

std::uint64_t& over_of(TableControlState& state, RegionId initiator) {
  if (initiator.index() >= state.over.size()) state.over.resize(initiator.index() + 1);
  return state.over[initiator.index()];
}

// Of the members that an operation brings together; not that of the operation before.
std::uint32_t membership_of(const OperationId& operation) {
  constexpr std::uint32_t kMost = 0xfff;
  return static_cast<std::uint32_t>(operation.number * 61 + operation.initiator.index()) & kMost;
}

void set_member(TableControlState& state, RegionId region, ReplicaStatus status) {
  for (TableView::Member& member : state.members) {
    if (member.region == region) {
      member.status = status;
      return;
    }
  }
  state.members.push_back({region, status});
}

// A new table starts without what is of one region only.
void forget_own_settings(TableControlState& state) {
  state.deletion_protection = false;
  state.tags.clear();
}

}  // namespace

std::optional<ControlMessage> ControlPlane::carry_out(Table& table, const ControlMessage& request,
                                                      Moment moment, Effects& out) {
  if (request.phase == OperationPhase::kTell) return hear_settings(table, request, moment, out);
  TableControlState& state = table.state;
  ControlMessage done = answer_to(request, Kind::kDone);
  const bool is_over = request.operation.number <= over_of(state, request.operation.initiator);
  if (request.phase == OperationPhase::kRelease) {
    if (!is_over) end(table, request.operation);
    return done;
  }
  if (is_over) {
    // The answer was lost, or this is an old copy that nobody waits for.
    const bool ends =
        request.phase == OperationPhase::kDrop || request.phase == OperationPhase::kFinish;
    return ends ? std::optional{done} : std::nullopt;
  }
  if (request.phase == OperationPhase::kReserve) return reserve(table, request, moment, out);
  if (!state.hold || state.hold->operation != request.operation) return std::nullopt;
  // What an operation is about does not change on the way.
  if (state.hold->what != request.what || state.hold->subject != request.subject) {
    return std::nullopt;
  }
  // An old copy must not do again what a later phase has built on.
  if (request.phase < state.hold->phase) return std::nullopt;
  if (request.phase > state.hold->phase) {
    state.hold->phase = request.phase;
    state.hold->phase_at = moment.now;
    ++table.revision;
  }

  switch (request.phase) {
    case OperationPhase::kAdmit:
      admit(table, request, moment, out);
      done.position = *state.hold->admitted_from;
      return done;
    case OperationPhase::kJoin:
      join(table, request, moment, out);
      return done;
    case OperationPhase::kMark:
      done.position = replica(table).sender().log_end();
      return done;
    case OperationPhase::kCatchUp:
      if (!catch_up(table, request, out)) return std::nullopt;
      return done;
    case OperationPhase::kLeave:
      if (!leave(table, request, out)) return std::nullopt;
      return done;
    case OperationPhase::kPart:
      part(table, request);
      return done;
    case OperationPhase::kDrop:
      leave_group(table, moment, out);
      end(table, request.operation);
      return done;
    case OperationPhase::kFinish:
      if (request.what == OperationKind::kAddReplica && request.subject != self()) {
        set_member(state, request.subject, ReplicaStatus::kActive);
      }
      end(table, request.operation);
      return done;
    case OperationPhase::kReserve:
    case OperationPhase::kFill:
    case OperationPhase::kRelease:
    case OperationPhase::kTell:
      break;
  }
  return std::nullopt;
}

ControlMessage ControlPlane::reserve(Table& table, const ControlMessage& request, Moment moment,
                                     Effects& out) {
  TableControlState& state = table.state;
  if (state.hold && state.hold->operation != request.operation && broken(Mutant::kTwoAtOnce)) {
    state.hold.reset();
  }
  const bool joins = request.what == OperationKind::kAddReplica && request.subject == self();
  if (joins && replica(table).status() != ReplicaStatus::kAbsent) {
    // Whatever else the table that is here does.
    ControlMessage refused = answer_to(request, Kind::kRefused);
    refused.refusal = replica_is_there(options_.table_names[table.id.index()]);
    return refused;
  }
  if (state.hold && state.hold->operation != request.operation) {
    const OperationId holder = state.hold->operation;
    const bool newer_of_the_same =
        holder.initiator == request.operation.initiator && holder.number < request.operation.number;
    // Nothing has happened yet in an operation of this region's own that still asks for the group:
    // an older one has the right of way.
    const bool own_gives_way = state.operation && state.operation->id == holder &&
                               !state.operation->accepted_at && request.operation < holder;
    if (own_gives_way) {
      refuse(table, group_is_busy(), out);
    } else if (newer_of_the_same) {
      end(table, holder);
    } else {
      ControlMessage busy = answer_to(request, Kind::kBusy);
      busy.holder = holder;
      return busy;
    }
  }
  if (auto refusal = refusal_to_reserve(table, request)) {
    ControlMessage refused = answer_to(request, Kind::kRefused);
    refused.refusal = std::move(*refusal);
    return refused;
  }
  if (!state.hold) {
    state.hold =
        GroupHold{request.operation, request.what,  request.subject, OperationPhase::kReserve,
                  std::nullopt,      request.waits, moment.now};
    ++table.revision;
  }
  ControlMessage done = answer_to(request, Kind::kDone);
  done.position = replica(table).sender().log_end();
  return done;
}

// What the initiator cannot know.
std::optional<Error> ControlPlane::refusal_to_reserve(const Table& table,
                                                      const ControlMessage& request) const {
  const TableControlState& state = table.state;
  const std::string& name = options_.table_names[table.id.index()];
  const ReplicaStatus status = replica_.table(table.id).status();
  if (request.what == OperationKind::kAddReplica) {
    if (request.subject == self()) return std::nullopt;
    // An initiator of the same group would know of a member.
    if (!state.hold && is_member(state, request.subject)) return replica_is_there(name);
  }
  if (status != ReplicaStatus::kActive) return group_is_busy();
  if (request.what == OperationKind::kRemoveReplica && request.subject == self() &&
      state.deletion_protection) {
    return is_protected(name, options_.region_names[self().index()]);
  }
  return std::nullopt;
}

// The source's copy will have what it has acknowledged of this region's log, and all of its own.
void ControlPlane::admit(Table& table, const ControlMessage& request, Moment moment, Effects& out) {
  TableControlState& state = table.state;
  if (state.hold->admitted_from) return;
  TableReplica& own = replica(table);
  const RegionId source = request.operation.initiator;
  const std::uint64_t from = source == self() || broken(Mutant::kThirdCursorSkipped)
                                 ? own.sender().log_end()
                                 : own.sender().acknowledged_by(source);
  own.add_member(request.subject, from, request.position, membership_of(request.operation));
  state.hold->admitted_from = from;
  set_member(state, request.subject, ReplicaStatus::kCreating);
  std::erase_if(state.copies,
                [&](const TableView::Copy& copy) { return copy.replica == request.subject; });
  state.copies.push_back({source, request.subject, request.operation.ordered_at});
  // The source, whose own settings go along with kJoin, may not have heard of what this region
  // knows.
  if (state.settings && source != self()) tell_settings(table, request.subject, moment, out);
  ++table.revision;
  out.want_wake(moment.now);
}

void ControlPlane::join(Table& table, const ControlMessage& request, Moment moment, Effects& out) {
  TableReplica& own = replica(table);
  if (own.status() != ReplicaStatus::kAbsent) return;
  set_status(table, ReplicaStatus::kCreating, out);
  start_stream(table, request.view, /*enabled=*/true, moment, out);
  for (const ControlMessage::Place& place : request.places) {
    own.add_member(place.region, own.sender().log_end(), place.position,
                   membership_of(request.operation));
    set_member(table.state, place.region, ReplicaStatus::kActive);
  }
  table.state.copies = request.copies;
  forget_own_settings(table.state);
  change_group_settings(table, request.settings, out);
  out.want_wake(moment.now);
}

bool ControlPlane::catch_up(Table& table, const ControlMessage& request, Effects& out) {
  TableReplica& own = replica(table);
  if (own.status() == ReplicaStatus::kActive) return true;
  if (own.status() != ReplicaStatus::kCreating) return false;  // it was not asked to join
  for (const ControlMessage::Place& mark : request.places) {
    if (own.received_from(mark.region) < mark.position && !broken(Mutant::kActiveTooEarly)) {
      return false;
    }
  }
  set_status(table, ReplicaStatus::kActive, out);
  return true;
}

// What it accepted must reach the others before it goes.
bool ControlPlane::leave(Table& table, const ControlMessage& request, Effects& out) {
  if (request.subject != self()) {
    set_member(table.state, request.subject, ReplicaStatus::kDeleting);
    ++table.revision;
    return true;
  }
  if (replica(table).status() != ReplicaStatus::kDeleting) {
    set_status(table, ReplicaStatus::kDeleting, out);
  }
  const bool told = replica(table).sender().drained() && table.state.settings_wait_for.empty();
  return told || broken(Mutant::kLeavesUndrained);
}

void ControlPlane::part(Table& table, const ControlMessage& request) {
  TableControlState& state = table.state;
  const RegionId gone = request.subject;
  if (!broken(Mutant::kMemberNotForgotten)) replica(table).remove_member(gone);
  std::erase_if(state.members, [&](const auto& member) { return member.region == gone; });
  std::erase(state.settings_wait_for, gone);
  std::erase_if(state.copies,
                [&](const auto& copy) { return copy.replica == gone || copy.source == gone; });
  ++table.revision;
}

// The others have forgotten it; the table itself may go a while later.
void ControlPlane::leave_group(Table& table, Moment moment, Effects& out) {
  TableControlState& state = table.state;
  const std::vector<RegionId> members = replica(table).sender().members();
  for (const RegionId member : members) replica(table).remove_member(member);
  state.members.clear();
  state.copies.clear();
  state.settings_wait_for.clear();
  state.drop_at = moment.now + state.hold->waits[3];
  ++table.revision;
  if (*state.drop_at <= moment.now) {
    drop(table, moment, out);
  } else {
    want_wake(*state.drop_at, out);
  }
}

void ControlPlane::drop(Table& table, Moment moment, Effects& out) {
  replica(table).drop(moment);
  table.state.drop_at.reset();
  ++table.revision;
  out.add(replica_fact(table.id, ReplicaStatus::kAbsent));
  out.add(stream_fact(table.id, StreamStatus::kDisabled));
}

void ControlPlane::end(Table& table, const OperationId& operation) {
  TableControlState& state = table.state;
  if (state.hold && state.hold->operation.initiator == operation.initiator &&
      state.hold->operation.number <= operation.number) {
    state.hold.reset();
  }
  std::uint64_t& over = over_of(state, operation.initiator);
  over = std::max(over, operation.number);
  ++table.revision;
}

void ControlPlane::set_status(Table& table, ReplicaStatus status, Effects& out) {
  replica(table).set_status(status);
  ++table.revision;
  out.add(replica_fact(table.id, status));
}

void ControlPlane::start_stream(Table& table, StreamViewType view, bool enabled, Moment moment,
                                Effects& out) {
  StreamOptions options = options_.stream_options(table.id, view, moment);
  options.start_enabled = enabled;
  replica(table).start_stream(std::move(options), moment);
  ++table.revision;
  // A replica that joins has its stream from the beginning; elsewhere one begins.
  if (!enabled || replica(table).status() == ReplicaStatus::kActive) {
    out.add(stream_fact(table.id, StreamStatus::kEnabling));
  }
  if (enabled) out.add(stream_fact(table.id, StreamStatus::kEnabled));
}

void ControlPlane::create(Table& table, const CreateTableOrder& order, Moment moment,
                          Effects& out) {
  set_status(table, ReplicaStatus::kCreating, out);
  forget_own_settings(table.state);
  // As configured, but newer than what is still on its way about a table of this name.
  GroupSettings settings{next_version(table, moment), std::nullopt};
  const auto& ttl = replica(table).configured_ttl();
  if (ttl) settings.ttl_attribute = ttl->attribute;
  change_group_settings(table, std::move(settings), out);
  if (order.stream) start_stream(table, *order.stream, /*enabled=*/true, moment, out);
  table.state.active_at = moment.now + order.takes.value_or(options_.durations.table_create);
  want_wake(*table.state.active_at, out);
}

void ControlPlane::change_stream(Table& table, const ChangeStreamOrder& order, Moment moment,
                                 Effects& out) {
  if (order.enable) {
    start_stream(table, *order.enable, /*enabled=*/false, moment, out);
  } else {
    replica(table).stream()->start_disabling(moment.now);
    out.add(stream_fact(table.id, StreamStatus::kDisabling));
  }
  const Instant ends_at = moment.now + order.takes.value_or(options_.durations.stream_toggle);
  table.state.stream_change = StreamSwitch{order.enable.has_value(), ends_at};
  ++table.revision;
  want_wake(ends_at, out);
}

}  // namespace gtsim
