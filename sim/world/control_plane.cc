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

// Joins without a gap and without stopping writes. Every member ships to the new one from a place
// in its log that the source's copy certainly covers: the source from its own durable end, every
// other member from what the source had acknowledged. What arrives twice is settled by versions.
void SimCluster::add_replica(const AddReplicaStep& step) {
  RegionRuntime& joining = runtime(step.region);
  TableReplica& fresh = joining.replica.table(step.table);
  if (fresh.status() != ReplicaStatus::kAbsent) return;
  RegionRuntime& source = runtime(step.source);
  const std::vector<RegionId> present = members(step.table);
  tell_status(step.region, step.table, ReplicaStatus::kCreating);
  const TableSpec& spec = scenario_.tables[step.table.index()];
  const Stream* copied = source.replica.table(step.table).stream();
  start_stream(
      joining, step.table,
      copied != nullptr ? copied->view() : spec.stream.value_or(StreamViewType::kNewAndOldImages),
      /*enabled=*/true);
  for (const RegionId id : present) {
    RegionRuntime& member = runtime(id);
    TableReplica& table = member.replica.table(step.table);
    const std::uint64_t end = durable(member, step.table).log_end;
    const std::uint64_t from =
        id == step.source ? end : table.sender().acknowledged_by(step.source);
    table.add_member(step.region, from, fresh.sender().log_end());
    fresh.add_member(id, fresh.sender().log_end(), from);
    if (member.pipeline) {
      member.pipeline->set_received(step.table, step.region, fresh.sender().log_end());
    }
    if (joining.pipeline) joining.pipeline->set_received(step.table, id, from);
    want_wake(member, now_);
  }
  source.replica.table(step.table)
      .start_backfill(step.region, step.backfill_items_per_second, moment(source), effects_);
  want_wake(source, effects_.wake_at);
  effects_.clear();
  operations_.push_back({ControlOperation::Kind::kAddReplica,
                         step.table,
                         step.region,
                         step.source,
                         now_ + step.takes,
                         false,
                         {}});
  poll_operations();
}

void SimCluster::remove_replica(const RemoveReplicaStep& step) {
  if (replica_status(step.region, step.table) != ReplicaStatus::kActive) return;
  tell_status(step.region, step.table, ReplicaStatus::kDeleting);
  operations_.push_back({ControlOperation::Kind::kRemoveReplica,
                         step.table,
                         step.region,
                         step.region,
                         now_ + step.takes,
                         false,
                         {}});
  poll_operations();
}

// Texts: service, UpdateTable with StreamSpecification.
std::string SimCluster::change_stream(const StreamStep& step) {
  RegionRuntime& region = runtime(step.region);
  TableReplica& table = region.replica.table(step.table);
  Stream* current = table.stream();
  if (auto refusal = stream_change_refusal(step, scenario_.tables[step.table.index()].name, current,
                                           !table.sender().members().empty(), operations_);
      !refusal.empty()) {
    return refusal;
  }
  if (step.enable) {
    start_stream(region, step.table, *step.enable, /*enabled=*/false);
  } else {
    current->start_disabling(now_);
    tell_stream(step.region, step.table, StreamStatus::kDisabling);
  }
  operations_.push_back({ControlOperation::Kind::kStreamChange,
                         step.table,
                         step.region,
                         step.region,
                         now_ + step.takes,
                         false,
                         {}});
  poll_operations();
  return {};
}

void SimCluster::poll_operations() {
  std::erase_if(operations_, [this](ControlOperation& operation) { return advance(operation); });
  commit_orders();
  if (!operations_.empty() && !operations_polled_) {
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
