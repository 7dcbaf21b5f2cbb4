// The regions' control planes in the simulator.
#include <fmt/format.h>

#include <utility>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {

namespace {

Error unanswered(RegionState state) {
  return {Errc::kUnavailable,
          state == RegionState::kDown ? "the region is down" : "the region does not answer"};
}

}  // namespace

StreamOptions SimCluster::stream_options(RegionId region, TableId table, StreamViewType view,
                                         Moment at) {
  const TableSpec& spec = scenario_.tables[table.index()];
  StreamOptions options;
  options.view = view;
  options.label = to_iso8601(at.clock, 3, /*zone_letter=*/false);
  options.salt = hash_bytes(fmt::format("{}/{}/{}/{}", scenario_.regions[region.index()].name,
                                        spec.name, options.label, ++streams_started_),
                            options_.seed);
  options.shards = spec.shards;
  options.shard_rollover = spec.shard_rollover;
  options.keep_records = !options_.keep_records || options_.keep_records(region, table);
  return options;
}

void SimCluster::add_control(RegionRuntime& region) {
  const RegionId self = region.replica.region();
  ControlPlane::Options options;
  for (const RegionSpec& each : scenario_.regions) options.region_names.push_back(each.name);
  for (const TableSpec& each : scenario_.tables) options.table_names.push_back(each.name);
  options.source_lock = scenario_.control_plane.source_lock;
  options.durations = durations_of(scenario_.control_plane.durations);
  options.stream_options = [this, self](TableId table, StreamViewType view, Moment at) {
    return stream_options(self, table, view, at);
  };
  const std::unique_ptr<ControlPlane> before = std::move(region.control);
  region.control = std::make_unique<ControlPlane>(std::move(options), region.replica);
  for (std::size_t i = 0; i < scenario_.tables.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    std::optional<TableControlState> saved;
    if (region.disk) {
      saved = region.disk->take_saved_control(table);
      // Ordered from outside, and not by anybody who went down with the region.
      if (saved && before && before->state(table).write_capacity) {
        saved->write_capacity = before->state(table).write_capacity;
      }
    } else if (before) {
      saved = before->state(table);
    }
    const std::vector<RegionId>& members = scenario_.tables[i].regions;
    if (saved) {
      region.control->restore(table, std::move(*saved), now_);
    } else if (std::find(members.begin(), members.end(), self) != members.end()) {
      region.control->found(table, members);
    }
  }
}

Result<std::optional<TableDescription>> SimCluster::describe(RegionId region, TableId table) const {
  const RegionRuntime& asked = runtime(region);
  if (asked.state == RegionState::kUp) return asked.control->describe(table, now_);
  return unanswered(asked.state);
}

void SimCluster::order(RegionId asked, const ControlOrder& order, std::uint64_t tag) {
  RegionRuntime& region = runtime(asked);
  if (region.state != RegionState::kUp) {
    tell_order(asked, {tag, unanswered(region.state)});
    return;
  }
  region.open_orders.push_back(tag);
  region.control->order(order, tag, moment(region), effects_);
  carry_out(region);
}

void SimCluster::refuse_order(RegionId asked, std::uint64_t tag, std::string_view detail) {
  tell_order(asked, {tag, Error{Errc::kUnavailable, std::string{detail}}});
}

void SimCluster::tell_order(RegionId asked, const OrderReply& reply) {
  std::erase(runtime(asked).open_orders, reply.tag);
  OrderEvent event{asked, reply.tag, OrderOutcome::kOk, {}};
  if (reply.refusal) {
    event.outcome = order_outcome_of(*reply.refusal);
    event.detail = reply.refusal->detail;
  }
  for (ClusterObserver* observer : observers_) observer->on_order(now_, event);
}

bool SimCluster::control_idle() const {
  for (const auto& region : regions_) {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (!region->control->idle(TableId{static_cast<std::uint16_t>(i)})) return false;
    }
  }
  return true;
}

}  // namespace gtsim
