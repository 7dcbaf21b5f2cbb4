// Orders that change the cluster: links, clocks, capacity, membership, streams. The control plane's
// own state survives crashes, as the service's does.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/network/aws_round_trip.h"
#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

constexpr Duration kPollInterval{500'000};

}  // namespace

void SimCluster::set_link_cut(RegionId from, RegionId to, bool cut) {
  link(from, to).set_cut(cut);
}

bool SimCluster::link_cut(RegionId from, RegionId to) const {
  return link(from, to).cut();
}

void SimCluster::change_link(RegionId from, RegionId to, const LinkSettings& settings) {
  link(from, to).change(resolve_aws(settings, scenario_.regions[from.index()].name,
                                    scenario_.regions[to.index()].name));
}

LinkSettings SimCluster::link_settings(RegionId from, RegionId to) const {
  return link(from, to).settings();
}

void SimCluster::step_clock(RegionId region, Duration step, std::optional<double> drift_ppm) {
  runtime(region).clock.step(now_, step, drift_ppm);
  if (runtime(region).state == RegionState::kUp) tick(runtime(region));  // TTL may be due at once
}

void SimCluster::set_replication_paused(RegionId id, TableId table, bool paused) {
  RegionRuntime& region = runtime(id);
  region.replica.table(table).set_paused(paused, moment(region), effects_);
  if (region.state == RegionState::kUp) {
    carry_out(region);
  } else {
    effects_.clear();  // it will send when it is up again
  }
}

void SimCluster::set_capacity(RegionId region, TableId table, std::optional<std::int64_t> units) {
  runtime(region).capacities[table.index()] = units;
  runtime(region).replica.table(table).set_capacity(units, now_);
}

void SimCluster::split_shard(RegionId id, TableId table) {
  RegionRuntime& region = runtime(id);
  Stream* stream = region.replica.table(table).stream();
  if (stream == nullptr) return;
  const Moment at = moment(region);
  stream->split(stream->widest_hash(), at.now, at.clock);
  commit_orders();
}

void SimCluster::release_records(RegionId id, TableId table, const std::string& shard_id,
                                 std::uint64_t number) {
  Stream* stream = runtime(id).replica.table(table).stream();
  if (stream != nullptr) stream->release(shard_id, number);
}

void SimCluster::start_stream(RegionRuntime& region, TableId table, StreamViewType view,
                              bool enabled) {
  const TableSpec& spec = scenario_.tables[table.index()];
  const RegionId id = region.replica.region();
  const Moment at = moment(region);
  StreamOptions options;
  options.view = view;
  options.label = to_iso8601(at.clock, 3, /*zone_letter=*/false);
  options.salt = hash_bytes(fmt::format("{}/{}/{}/{}", scenario_.regions[id.index()].name,
                                        spec.name, options.label, ++streams_started_),
                            options_.seed);
  options.shards = spec.shards;
  options.shard_rollover = spec.shard_rollover;
  options.keep_records = options_.keep_records(id, table);
  options.start_enabled = enabled;
  region.replica.table(table).start_stream(std::move(options), at);
  tell_stream(id, table, enabled ? StreamStatus::kEnabled : StreamStatus::kEnabling);
}

void SimCluster::tell_status(RegionId region, TableId table, ReplicaStatus status) {
  runtime(region).replica.table(table).set_status(status);
  for (ClusterObserver* observer : observers_) {
    observer->on_replica_status(now_, region, table, status);
  }
}

void SimCluster::tell_stream(RegionId region, TableId table, StreamStatus status) {
  for (ClusterObserver* observer : observers_) {
    observer->on_stream_status(now_, region, table, status);
  }
}

std::vector<RegionId> SimCluster::members(TableId table) const {
  std::vector<RegionId> present;
  for (const auto& region : regions_) {
    if (region->replica.table(table).status() != ReplicaStatus::kAbsent) {
      present.push_back(region->replica.region());
    }
  }
  return present;
}

void SimCluster::tell_order(RegionId asked, std::uint64_t tag, OrderOutcome outcome,
                            std::string_view detail) {
  const OrderEvent event{asked, tag, outcome, detail};
  for (ClusterObserver* observer : observers_) observer->on_order(now_, event);
}

void SimCluster::order(RegionId asked, const ControlOrder& order, std::uint64_t tag) {
  if (runtime(asked).state == RegionState::kDown) {
    tell_order(asked, tag, OrderOutcome::kUnavailable, "the region is down");
    return;
  }
  if (const auto refusal = control_.refusal(*this, scenario_, asked, order)) {
    tell_order(asked, tag, order_outcome_of(*refusal), refusal->detail);
    return;
  }
  tell_order(asked, tag, OrderOutcome::kOk, {});
  std::visit([&](const auto& action) { carry_out(asked, order.table, action); }, order.action);
  poll_operations();
}

// Joins without a gap and without stopping writes. Every member ships to the new one from a place
// in its log that the source's copy certainly covers: the source from its own durable end, every
// other member from what the source had acknowledged. What arrives twice is settled by versions.
void SimCluster::carry_out(RegionId asked, TableId id, const AddReplicaOrder& order) {
  RegionRuntime& joining = runtime(order.region);
  TableReplica& fresh = joining.replica.table(id);
  RegionRuntime& source = runtime(asked);
  const std::vector<RegionId> present = members(id);
  // The second replica turns the stream on; a stream that is on is copied as it is.
  const Stream* copied = source.replica.table(id).stream();
  if (copied == nullptr || !copied->accepts_records()) {
    start_stream(source, id, StreamViewType::kNewAndOldImages, /*enabled=*/true);
    copied = source.replica.table(id).stream();
  }
  tell_status(order.region, id, ReplicaStatus::kCreating);
  start_stream(joining, id, copied->view(), /*enabled=*/true);
  for (const RegionId member_id : present) {
    RegionRuntime& member = runtime(member_id);
    TableReplica& table = member.replica.table(id);
    const std::uint64_t end = durable(member, id).log_end;
    const std::uint64_t from = member_id == asked ? end : table.sender().acknowledged_by(asked);
    table.add_member(order.region, from, fresh.sender().log_end());
    fresh.add_member(member_id, fresh.sender().log_end(), from);
    if (member.pipeline) {
      member.pipeline->set_received(id, order.region, fresh.sender().log_end());
    }
    if (joining.pipeline) joining.pipeline->set_received(id, member_id, from);
    want_wake(member, now_);
  }
  source.replica.table(id).start_backfill(order.region, order.backfill_items_per_second,
                                          moment(source), effects_);
  want_wake(source, effects_.wake_at);
  effects_.clear();
  control_.remember_copy(id, asked, order.region, now_);
  control_.under_way.push_back({ControlOperation::Kind::kAddReplica,
                                id,
                                order.region,
                                asked,
                                now_ + order.takes,
                                false,
                                {}});
}

void SimCluster::carry_out(RegionId /*asked*/, TableId table, const RemoveReplicaOrder& order) {
  carry_out(order.region, table, DeleteTableOrder{order.takes});
}

void SimCluster::carry_out(RegionId asked, TableId table, const DeleteTableOrder& order) {
  tell_status(asked, table, ReplicaStatus::kDeleting);
  control_.under_way.push_back(
      {ControlOperation::Kind::kRemoveReplica, table, asked, asked, now_ + order.takes, false, {}});
}

void SimCluster::carry_out(RegionId asked, TableId table, const ChangeStreamOrder& order) {
  RegionRuntime& region = runtime(asked);
  if (order.enable) {
    start_stream(region, table, *order.enable, /*enabled=*/false);
  } else {
    region.replica.table(table).stream()->start_disabling(now_);
    tell_stream(asked, table, StreamStatus::kDisabling);
  }
  control_.under_way.push_back(
      {ControlOperation::Kind::kStreamChange, table, asked, asked, now_ + order.takes, false, {}});
}

void SimCluster::poll_operations() {
  std::erase_if(control_.under_way,
                [this](ControlOperation& operation) { return advance(operation); });
  commit_orders();
  if (!control_.under_way.empty() && !operations_polled_) {
    operations_polled_ = true;
    queue_.push(now_ + kPollInterval, kControl, 0, 0);
  }
}

bool SimCluster::advance(ControlOperation& operation) {
  RegionRuntime& region = runtime(operation.region);
  TableReplica& table = region.replica.table(operation.table);
  switch (operation.kind) {
    case ControlOperation::Kind::kStreamChange: {
      if (now_ < operation.not_before) return false;
      Stream* stream = table.stream();
      stream->finish_enabling();
      stream->finish_disabling();
      tell_stream(operation.region, operation.table, stream->status());
      return true;
    }
    case ControlOperation::Kind::kRemoveReplica:
      // What it accepted must reach the others before it goes.
      if (now_ < operation.not_before || region.state != RegionState::kUp ||
          (region.pipeline && !region.pipeline->has_nothing_to_say()) ||
          !table.sender().drained()) {
        return false;
      }
      for (const RegionId member : members(operation.table)) {
        if (member == operation.region) continue;
        runtime(member).replica.table(operation.table).remove_member(operation.region);
        want_wake(runtime(member), now_);
      }
      table.drop(moment(region));
      tell_status(operation.region, operation.table, ReplicaStatus::kAbsent);
      tell_stream(operation.region, operation.table, StreamStatus::kDisabled);
      return true;
    case ControlOperation::Kind::kAddReplica: {
      if (!operation.backfilled) {
        const TableReplica& source = runtime(operation.source).replica.table(operation.table);
        if (source.backfilling(operation.region)) return false;
        operation.backfilled = true;
        operation.marks.assign(regions_.size(), 0);
        for (const RegionId member : members(operation.table)) {
          operation.marks[member.index()] = log_end(member, operation.table);
        }
      }
      if (now_ < operation.not_before || region.state != RegionState::kUp) return false;
      // Only what a crash would leave counts: with a slow disk the rest has not been told to
      // anybody.
      const std::vector<std::uint64_t> received = durable(region, operation.table).received;
      for (const RegionId member : members(operation.table)) {
        const std::size_t from = member.index();
        if (member != operation.region &&
            (from < received.size() ? received[from] : 0) < operation.marks[from]) {
          return false;
        }
      }
      tell_status(operation.region, operation.table, ReplicaStatus::kActive);
      want_wake(region, now_);
      return true;
    }
  }
  return true;
}

void SimCluster::lift_all_faults() {
  const std::size_t count = regions_.size();
  for (std::size_t from = 0; from < count; ++from) {
    for (std::size_t to = 0; to < count; ++to) {
      if (from != to) links_[from * count + to]->restore();
    }
  }
  for (auto& region : regions_) {
    const RegionId id = region->replica.region();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      set_replication_paused(id, TableId{static_cast<std::uint16_t>(i)}, false);
    }
    if (region->state == RegionState::kDown) restart(id);
    if (region->state == RegionState::kFrozen) set_frozen(id, false);
  }
}

}  // namespace gtsim
