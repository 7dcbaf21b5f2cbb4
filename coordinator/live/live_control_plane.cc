// Membership and streams, as the simulator does it (sim/world/control_plane.cc), in orders to
// nodes. The state of operations under way is the coordinator's.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/live/live_state.h"

namespace gtsim {
namespace {

constexpr int kMostJoins = 20;

}  // namespace

std::vector<RegionId> LiveCluster::State::members(TableId table) const {
  std::vector<RegionId> present;
  for (const auto& region : regions) {
    if (region->status[table.index()] != ReplicaStatus::kAbsent) present.push_back(region->id);
  }
  return present;
}

void LiveCluster::State::tell_status(LiveRegion& region, TableId table, ReplicaStatus status) {
  region.status[table.index()] = status;
  for (ClusterObserver* observer : observers) {
    observer->on_replica_status(now, region.id, table, status);
  }
}

void LiveCluster::State::tell_stream(RegionId region, TableId table, StreamStatus status) {
  for (ClusterObserver* observer : observers) {
    observer->on_stream_status(now, region, table, status);
  }
}

Result<RegionPosition> LiveCluster::State::ask_position(LiveRegion& region) {
  auto status = region.control->status(/*with_digests=*/false);
  if (!status) return status.error();
  return position_of(*status, names);
}

// Ships to the fresh replica from a place that the source's copy certainly covers: the source from
// its own end, any other from what the source had acknowledged. Between asking for the place and
// the order the log may be trimmed beyond it; then the member refuses, and it is asked again.
Result<void> LiveCluster::State::join(LiveRegion& member, LiveRegion& fresh, RegionId source,
                                      TableId table_id) {
  const std::size_t t = table_id.index();
  Error refusal;
  for (int attempt = 0; attempt < kMostJoins; ++attempt) {
    auto theirs = ask_position(member);
    if (!theirs) return theirs.error();
    auto own = ask_position(fresh);
    if (!own) return own.error();
    const TablePosition& table = theirs->tables[t];
    const std::uint64_t from = member.id == source
                                   ? table.log_end
                                   : table.acknowledged[source.index()].value_or(table.log_end);
    const std::uint64_t fresh_end = own->tables[t].log_end;
    wire::Order at_fresh;
    at_fresh.mutable_add_member()->set_table(table_name(table_id));
    at_fresh.mutable_add_member()->set_region(member.name);
    at_fresh.mutable_add_member()->set_send_from(fresh_end);
    at_fresh.mutable_add_member()->set_receive_from(from);
    if (auto done = execute(fresh, at_fresh); !done) return done.error();
    wire::Order at_member;
    at_member.mutable_add_member()->set_table(table_name(table_id));
    at_member.mutable_add_member()->set_region(fresh.name);
    at_member.mutable_add_member()->set_send_from(from);
    at_member.mutable_add_member()->set_receive_from(fresh_end);
    auto done = execute(member, at_member);
    if (done) return {};
    refusal = done.error();
    if (refusal.code != Errc::kResourceInUse && refusal.code != Errc::kValidation) break;
    wire::Order take_back;
    take_back.mutable_remove_member()->set_table(table_name(table_id));
    take_back.mutable_remove_member()->set_region(member.name);
    if (auto undone = execute(fresh, take_back); !undone) return undone.error();
  }
  return refusal;
}

void LiveCluster::State::order(const Cluster& cluster, RegionId asked, const ControlOrder& order,
                               std::uint64_t tag) {
  const auto tell = [&](OrderOutcome outcome, std::string_view detail) {
    const OrderEvent event{asked, tag, outcome, detail};
    for (ClusterObserver* observer : observers) observer->on_order(now, event);
  };
  if (at(asked).state == RegionState::kDown) {
    return tell(OrderOutcome::kUnavailable, "the region is down");
  }
  if (const auto refusal = control.refusal(cluster, scenario, asked, order)) {
    return tell(order_outcome_of(*refusal), refusal->detail);
  }
  tell(OrderOutcome::kOk, {});
  std::visit([&](const auto& action) { carry_out(asked, order.table, action); }, order.action);
}

void LiveCluster::State::start_stream(LiveRegion& region, TableId table, StreamViewType view,
                                      bool enabled) {
  wire::Order start;
  start.mutable_start_stream()->set_table(table_name(table));
  start.mutable_start_stream()->set_view(to_text(view));
  start.mutable_start_stream()->set_enabled(enabled);
  this->order(region, start);
  barrier(region);
}

void LiveCluster::State::carry_out(RegionId asked, TableId table, const AddReplicaOrder& order) {
  LiveRegion& fresh = at(order.region);
  LiveRegion& source = at(asked);
  const std::vector<RegionId> present = members(table);
  for (const RegionId id : present) {
    if (at(id).state == RegionState::kUp && fresh.state == RegionState::kUp) continue;
    fail(fmt::format("a replica of {} cannot join {} live while {} is not up", table_name(table),
                     fresh.name, fresh.state == RegionState::kUp ? at(id).name : fresh.name));
    return;
  }
  // The second replica turns the stream on; a stream that is on is copied as it is.
  const Stream* copied = source.mirror.stream(table);
  const bool on = copied != nullptr && copied->accepts_records();
  const StreamViewType view = on ? copied->view() : StreamViewType::kNewAndOldImages;
  if (!on) {
    source.starts_enabling[table.index()] = true;
    start_stream(source, table, view, /*enabled=*/false);
    wire::Order finish;
    finish.mutable_finish_stream()->set_table(table_name(table));
    this->order(source, finish);
    barrier(source);
  }
  tell_status(fresh, table, ReplicaStatus::kCreating);
  wire::Order creating;
  creating.mutable_set_replica_status()->set_table(table_name(table));
  creating.mutable_set_replica_status()->set_status(to_text(ReplicaStatus::kCreating));
  this->order(fresh, creating);
  start_stream(fresh, table, view, /*enabled=*/true);
  for (const RegionId id : present) {
    if (auto joined = join(at(id), fresh, asked, table); !joined) {
      fail(fmt::format("{} does not take {} as a member of {}: {}", at(id).name, fresh.name,
                       table_name(table), joined.error().detail));
      return;
    }
  }
  wire::Order fill;
  fill.mutable_start_backfill()->set_table(table_name(table));
  fill.mutable_start_backfill()->set_region(fresh.name);
  fill.mutable_start_backfill()->set_items_per_second(order.backfill_items_per_second);
  this->order(source, fill);
  control.remember_copy(table, asked, order.region, now);
  control.under_way.push_back({ControlOperation::Kind::kAddReplica,
                               table,
                               order.region,
                               asked,
                               now + order.takes,
                               false,
                               {}});
}

void LiveCluster::State::carry_out(RegionId /*asked*/, TableId table,
                                   const RemoveReplicaOrder& order) {
  carry_out(order.region, table, DeleteTableOrder{order.takes});
}

void LiveCluster::State::carry_out(RegionId asked, TableId table, const DeleteTableOrder& order) {
  LiveRegion& region = at(asked);
  tell_status(region, table, ReplicaStatus::kDeleting);
  wire::Order deleting;
  deleting.mutable_set_replica_status()->set_table(table_name(table));
  deleting.mutable_set_replica_status()->set_status(to_text(ReplicaStatus::kDeleting));
  this->order(region, deleting);
  control.under_way.push_back(
      {ControlOperation::Kind::kRemoveReplica, table, asked, asked, now + order.takes, false, {}});
}

void LiveCluster::State::carry_out(RegionId asked, TableId table, const ChangeStreamOrder& order) {
  LiveRegion& region = at(asked);
  if (order.enable) {
    region.starts_enabling[table.index()] = true;
    start_stream(region, table, *order.enable, /*enabled=*/false);
  } else {
    wire::Order stop;
    stop.mutable_stop_stream()->set_table(table_name(table));
    this->order(region, stop);
    barrier(region);
  }
  control.under_way.push_back(
      {ControlOperation::Kind::kStreamChange, table, asked, asked, now + order.takes, false, {}});
}

void LiveCluster::State::split_shard(LiveRegion& region, TableId table) {
  wire::Order told;
  told.mutable_split_shard()->set_table(table_name(table));
  order(region, told);
  barrier(region);
}

void LiveCluster::State::poll_operations() {
  std::vector<ControlOperation>& operations = control.under_way;
  if (operations.empty()) return;
  want_status();
  // What an operation does may be heard of at once, and nothing of that starts another one.
  for (std::size_t i = 0; i < operations.size();) {
    if (advance(operations[i])) {
      operations.erase(operations.begin() + static_cast<std::ptrdiff_t>(i));
      ++activity;
    } else {
      ++i;
    }
  }
}

bool LiveCluster::State::advance(ControlOperation& operation) {
  LiveRegion& region = at(operation.region);
  const std::size_t t = operation.table.index();
  const std::string& name = table_name(operation.table);
  if (region.state != RegionState::kUp || region.phase != LiveRegion::Phase::kReady) return false;
  switch (operation.kind) {
    case ControlOperation::Kind::kStreamChange: {
      if (now < operation.not_before) return false;
      wire::Order told;
      told.mutable_finish_stream()->set_table(name);
      order(region, told);
      barrier(region);
      return true;
    }
    case ControlOperation::Kind::kRemoveReplica: {
      if (now < operation.not_before) return false;
      if (!region.position || !region.position->idle || region.calls.outstanding() > 0) {
        return false;
      }
      // The position may be older than the latest write.
      auto fresh = ask_position(region);
      if (!fresh || !fresh->idle || !fresh->tables[t].drained()) return false;
      const std::vector<RegionId> present = members(operation.table);
      for (const RegionId member : present) {
        if (at(member).state != RegionState::kUp) return false;
      }
      for (const RegionId member : present) {
        if (member == operation.region) continue;
        wire::Order leave;
        leave.mutable_remove_member()->set_table(name);
        leave.mutable_remove_member()->set_region(region.name);
        order(at(member), leave);
        barrier(at(member));  // it has told everything that came from there
      }
      wire::Order drop;
      drop.mutable_drop_replica()->set_table(name);
      order(region, drop);
      barrier(region);
      region.mirror.drop(operation.table, now);
      tell_status(region, operation.table, ReplicaStatus::kAbsent);
      tell_stream(operation.region, operation.table, StreamStatus::kDisabled);
      return true;
    }
    case ControlOperation::Kind::kAddReplica: {
      if (!operation.backfilled) {
        const LiveRegion& source = at(operation.source);
        if (source.state != RegionState::kUp) return false;
        auto position = ask_position(at(operation.source));
        if (!position || position->tables[t].backfilling) return false;
        operation.backfilled = true;
        operation.marks.assign(regions.size(), 0);
        for (const RegionId member : members(operation.table)) {
          operation.marks[member.index()] = at(member).mirror.log_end(operation.table);
        }
      }
      if (now < operation.not_before || !region.position) return false;
      const std::vector<std::uint64_t>& received = region.position->tables[t].received;
      for (const RegionId member : members(operation.table)) {
        if (member == operation.region) continue;
        if (received[member.index()] < operation.marks[member.index()]) return false;
      }
      barrier(region);  // observers know of everything that has been received
      wire::Order active;
      active.mutable_set_replica_status()->set_table(name);
      active.mutable_set_replica_status()->set_status(to_text(ReplicaStatus::kActive));
      order(region, active);
      tell_status(region, operation.table, ReplicaStatus::kActive);
      return true;
    }
  }
  return true;
}

}  // namespace gtsim
