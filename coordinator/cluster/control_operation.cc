#include "coordinator/cluster/control_operation.h"

#include <algorithm>

namespace gtsim {

ControlMemory::ControlMemory(const Scenario& scenario) : copies(scenario.tables.size()) {
  for (const RegionSpec& region : scenario.regions) region_names.push_back(region.name);
}

std::optional<Error> ControlMemory::refusal(const Cluster& cluster, const Scenario& scenario,
                                            RegionId asked, const ControlOrder& order) const {
  const TableId table = order.table;
  TableView view;
  view.table = scenario.tables[table.index()].name;
  view.region_names = region_names;
  view.asked = asked;
  view.now = cluster.now();
  view.source_lock = scenario.control_plane.source_lock;
  for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
    const RegionId region{static_cast<std::uint16_t>(i)};
    const ReplicaStatus status = cluster.replica_status(region, table);
    if (status != ReplicaStatus::kAbsent) view.members.push_back({region, status});
  }
  for (const TableView::Copy& copy : copies[table.index()]) {
    if (cluster.replica_status(copy.replica, table) != ReplicaStatus::kAbsent) {
      view.copies.push_back(copy);
    }
  }
  if (const Stream* stream = cluster.stream(asked, table).stream) {
    view.stream.enabled = stream->accepts_records();
    view.stream.label = stream->label();
  }
  for (const ControlOperation& operation : under_way) {
    if (operation.table != table) continue;
    if (operation.kind == ControlOperation::Kind::kStreamChange) {
      view.stream.changes_to_enabled = view.stream.enabled;
    } else {
      view.membership_changes = true;
    }
  }
  const auto refused = refusal_of(view, order);
  return refused ? std::optional<Error>{refused->error} : std::nullopt;
}

void ControlMemory::remember_copy(TableId table, RegionId source, RegionId replica, Instant now) {
  auto& all = copies[table.index()];
  std::erase_if(all, [&](const TableView::Copy& copy) { return copy.replica == replica; });
  all.push_back({source, replica, now});
}

}  // namespace gtsim
