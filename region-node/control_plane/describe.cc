#include "region-node/control_plane/control_plane.h"
#include "region-node/control_plane/description.h"

namespace gtsim {
namespace {

// Of an ACTIVE replica whose group keeps still for an operation.
TableStatus status_during(const GroupHold& hold, RegionId self, Instant now) {
  if (hold.phase == OperationPhase::kReserve) return TableStatus::kUpdating;
  switch (hold.what) {
    case OperationKind::kAddReplica: {
      const Duration creating = hold.waits[2];
      const bool in_the_middle = creating > Duration{0} && hold.phase < OperationPhase::kMark;
      return in_the_middle || hold.subject == self ? TableStatus::kActive : TableStatus::kUpdating;
    }
    case OperationKind::kRemoveReplica: {
      const auto [updating, deleting, second_updating, tail] = hold.waits;
      const bool updates_again = hold.phase == OperationPhase::kLeave &&
                                 second_updating > Duration{0} && now >= hold.phase_at + deleting;
      return updates_again ? TableStatus::kUpdating : TableStatus::kActive;
    }
    case OperationKind::kUpdateTable:
      break;
  }
  return TableStatus::kActive;
}

}  // namespace

const char* to_text(TableStatus status) {
  switch (status) {
    case TableStatus::kCreating:
      return "CREATING";
    case TableStatus::kUpdating:
      return "UPDATING";
    case TableStatus::kActive:
      return "ACTIVE";
    case TableStatus::kDeleting:
      return "DELETING";
  }
  return "";
}

std::optional<TableDescription> ControlPlane::describe(TableId table, Instant now) const {
  const TableControlState& state = tables_[table.index()].state;
  const TableReplica& replica = replica_.table(table);
  TableDescription out;
  switch (replica.status()) {
    case ReplicaStatus::kAbsent:
      return std::nullopt;
    case ReplicaStatus::kCreating:
      out.status = TableStatus::kCreating;
      break;
    case ReplicaStatus::kDeleting:
      out.status = TableStatus::kDeleting;
      break;
    case ReplicaStatus::kActive:
      if (state.stream_change) out.status = TableStatus::kUpdating;
      if (state.hold) out.status = status_during(*state.hold, self(), now);
      break;
  }
  out.deletion_protection = state.deletion_protection;
  if (replica.ttl()) out.ttl_attribute = replica.ttl()->attribute;
  out.tags = state.tags;
  const bool first_comes = state.operation && state.operation->accepted_at &&
                           state.operation->what == OperationKind::kAddReplica;
  out.is_global = first_comes || !state.members.empty();
  out.shows_replicas = out.is_global || state.drop_at.has_value();
  for (const TableView::Member& member : state.members) {
    TableDescription::Replica& shown = out.replicas.emplace_back();
    shown.region = member.region;
    shown.status = member.status;
    if (member.status == ReplicaStatus::kCreating) {
      shown.progress_percent = replica.backfill_percent(member.region);
    }
  }
  return out;
}

}  // namespace gtsim
