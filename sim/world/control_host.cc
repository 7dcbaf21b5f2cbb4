// The regions' control planes in the simulator. What they have done to replicas survives a crash,
// whatever the disk had of it; what they say leaves with the group in which it was done.
#include <fmt/format.h>

#include <utility>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

// What a message weighs on a link with bounded bandwidth.
constexpr std::int64_t kControlMessageBytes = 200;

std::uint64_t identity_of(const ControlMessage& message) {
  std::uint64_t identity = hash_bytes("control");
  for (const std::uint64_t part :
       {std::uint64_t{message.table.value()}, std::uint64_t{message.operation.initiator.value()},
        message.operation.number, std::uint64_t{static_cast<std::uint8_t>(message.phase)},
        std::uint64_t{static_cast<std::uint8_t>(message.kind)}, std::uint64_t{message.tries}}) {
    identity = mix(identity ^ part);
  }
  return identity;
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
  options.keep_records = options_.keep_records(region, table);
  return options;
}

void SimCluster::found_control(RegionRuntime& region) {
  const RegionId self = region.replica.region();
  ControlPlane::Options options;
  for (const RegionSpec& each : scenario_.regions) options.region_names.push_back(each.name);
  for (const TableSpec& each : scenario_.tables) options.table_names.push_back(each.name);
  options.source_lock = scenario_.control_plane.source_lock;
  options.stream_options = [this, self](TableId table, StreamViewType view, Moment at) {
    return stream_options(self, table, view, at);
  };
  options.durable_log_end = [this, &region](TableId table) {
    return durable(region, table).log_end;
  };
  region.control = std::make_unique<ControlPlane>(std::move(options), region.replica);
  for (std::size_t i = 0; i < scenario_.tables.size(); ++i) {
    const std::vector<RegionId>& members = scenario_.tables[i].regions;
    if (std::find(members.begin(), members.end(), self) == members.end()) continue;
    region.control->found(TableId{static_cast<std::uint16_t>(i)}, members);
  }
}

void SimCluster::order(RegionId asked, const ControlOrder& order, std::uint64_t tag) {
  RegionRuntime& region = runtime(asked);
  if (region.state != RegionState::kUp) {
    tell_order(asked, {tag, Error{Errc::kUnavailable, region.state == RegionState::kDown
                                                          ? "the region is down"
                                                          : "the region does not answer"}});
    return;
  }
  ControlEffects out;
  region.control->order(order, tag, moment(region), out);
  carry_out(region, out);
}

void SimCluster::tell_order(RegionId asked, const OrderReply& reply) {
  OrderEvent event{asked, reply.tag, OrderOutcome::kOk, {}};
  if (reply.refusal) {
    event.outcome = order_outcome_of(*reply.refusal);
    event.detail = reply.refusal->detail;
  }
  for (ClusterObserver* observer : observers_) observer->on_order(now_, event);
}

void SimCluster::carry_out(RegionRuntime& region, ControlEffects& out) {
  want_wake(region, out.replica.wake_at);
  region.control_wake_at = std::min(region.control_wake_at, out.wake_at);
  want_wake(region, region.control_wake_at);
  if (!region.pipeline) {
    tell_changes(region, out, /*gone=*/false);
    let_out(region, out);
    return;
  }
  for (const ControlEffects::Beginning& begins : out.beginnings) {
    region.pipeline->set_received(begins.table, begins.region, begins.position);
  }
  if (out.state_changed) {
    region.pipeline->add_change();
  } else {
    region.pipeline->add_waiter();
  }
  region.control_held.push_back({region.pipeline->filling_number(), std::move(out)});
  advance_commits(region);
}

// Replicas that come and streams that begin are told before what happened to them in the same
// group; replicas that are gone after it.
void SimCluster::tell_changes(RegionRuntime& region, const ControlEffects& out, bool gone) {
  const RegionId self = region.replica.region();
  const bool any_gone =
      std::any_of(out.statuses.begin(), out.statuses.end(),
                  [](const auto& change) { return change.status == ReplicaStatus::kAbsent; });
  if (any_gone != gone) return;
  for (const auto& change : out.statuses) {
    for (ClusterObserver* observer : observers_) {
      observer->on_replica_status(now_, self, change.table, change.status);
    }
  }
  for (const auto& change : out.streams) {
    for (ClusterObserver* observer : observers_) {
      observer->on_stream_status(now_, self, change.table, change.status);
    }
  }
}

void SimCluster::let_out(RegionRuntime& region, ControlEffects& out) {
  tell_changes(region, out, /*gone=*/true);
  for (const OrderReply& reply : out.replies) tell_order(region.replica.region(), reply);
  for (const ControlMessage& message : out.messages) send(message);
}

void SimCluster::let_out_control(RegionRuntime& region, std::uint64_t group) {
  while (!region.control_held.empty() && region.control_held.front().group <= group) {
    ControlEffects out = std::move(region.control_held.front().effects);
    region.control_held.pop_front();
    let_out(region, out);
  }
}

// What was done stays; nobody was answered and nothing was sent.
void SimCluster::lose_control(RegionRuntime& region) {
  for (HeldControl& held : std::exchange(region.control_held, {})) {
    tell_changes(region, held.effects, /*gone=*/false);
    tell_changes(region, held.effects, /*gone=*/true);
    for (const OrderReply& reply : held.effects.replies) {
      tell_order(region.replica.region(),
                 {reply.tag, Error{Errc::kUnavailable, "the region crashed before it answered"}});
    }
  }
}

void SimCluster::send(const ControlMessage& message) {
  Link& way = link(message.from, message.to);
  const Link::Plan plan =
      way.plan(now_, way.settings().bandwidth_bytes_per_second ? kControlMessageBytes : 0,
               way.takes_chances() ? identity_of(message) : 0);
  for (int copy = 0; copy < plan.copies; ++copy) {
    if (free_control_strays_.empty()) {
      free_control_strays_.push_back(static_cast<std::uint32_t>(control_strays_.size()));
      control_strays_.emplace_back();
    }
    const std::uint32_t place = free_control_strays_.back();
    free_control_strays_.pop_back();
    control_strays_[place] = message;
    queue_.push(plan.at[copy], kControl, place, 0);
  }
}

// Lost where a region is down or stands still: it will be asked again.
void SimCluster::deliver_control(std::uint32_t place) {
  const ControlMessage message = std::move(control_strays_[place]);
  free_control_strays_.push_back(place);
  RegionRuntime& region = runtime(message.to);
  if (region.state != RegionState::kUp || link(message.from, message.to).cut()) return;
  ControlEffects out;
  region.control->receive(message, moment(region), out);
  carry_out(region, out);
}

void SimCluster::tick_control(RegionRuntime& region) {
  if (region.control_wake_at > now_) {
    want_wake(region, region.control_wake_at);
    return;
  }
  region.control_wake_at = kNever;
  ControlEffects out;
  region.control->tick(moment(region), out);
  carry_out(region, out);
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
