// Faults as orders to nodes: what stands is kept here, because a node that was down or stood still
// has to be told again. Replicas and streams: the nodes do it, here they are only asked.
#include <fmt/format.h>

#include "coordinator/live/live_state.h"
#include "coordinator/network/aws_round_trip.h"

namespace gtsim {

Result<std::string> LiveCluster::State::execute(LiveRegion& region, const wire::Order& order) {
  ++activity;
  return region.control->execute(order);
}

void LiveCluster::State::order(LiveRegion& region, const wire::Order& order) {
  if (region.state != RegionState::kUp) return;
  auto done = execute(region, order);
  if (done) return;
  const auto ended = host.ended(region.id);
  fail(ended ? fmt::format("the region node {} ended by itself: {}", region.name, *ended)
             : fmt::format("{} does not take an order: {}", region.name, done.error().detail));
}

void LiveCluster::State::order_link(RegionId from, RegionId to, bool restore) {
  const LinkModel& model = link(from, to);
  wire::Order told;
  *told.mutable_set_link() = to_wire(model.settings());
  told.mutable_set_link()->set_to(at(to).name);
  told.mutable_set_link()->set_cut(model.cut());
  told.mutable_set_link()->set_restore(restore);
  order(at(from), told);
}

void LiveCluster::State::introduce(LiveRegion& region, RegionId other) {
  wire::Order peer;
  peer.mutable_set_peer()->set_region(at(other).name);
  peer.mutable_set_peer()->set_address(host.replication_address(other));
  order(region, peer);
}

void LiveCluster::State::apply_volatile(LiveRegion& region) {
  for (const auto& other : regions) {
    if (other->id != region.id) order_link(region.id, other->id, /*restore=*/true);
  }
  for (std::size_t t = 0; t < scenario.tables.size(); ++t) {
    const TableId table{static_cast<std::uint16_t>(t)};
    wire::Order paused;
    paused.mutable_set_paused()->set_table(table_name(table));
    paused.mutable_set_paused()->set_paused(region.paused[t]);
    order(region, paused);
    if (region.capacity_changed[t]) set_capacity(region, table, region.capacity[t]);
  }
  for (const auto& [step, drift_ppm] : std::exchange(region.clock_steps_due, {})) {
    wire::Order told;
    told.mutable_step_clock()->set_step_us(step.count());
    if (drift_ppm) told.mutable_step_clock()->set_drift_ppm(*drift_ppm);
    order(region, told);
  }
  // Last: from here on changes come and go.
  for (const auto& other : regions) {
    if (other->id != region.id) introduce(region, other->id);
  }
}

void LiveCluster::set_link_cut(RegionId from, RegionId to, bool cut) {
  state_->link(from, to).set_cut(cut);
  wire::Order told;
  told.mutable_set_link()->set_to(state_->at(to).name);
  told.mutable_set_link()->set_cut(cut);
  state_->order(state_->at(from), told);
}

bool LiveCluster::link_cut(RegionId from, RegionId to) const {
  return state_->link(from, to).cut();
}

void LiveCluster::change_link(RegionId from, RegionId to, const LinkSettings& settings) {
  const std::string& to_name = state_->at(to).name;
  const LinkSettings resolved = resolve_aws(settings, state_->at(from).name, to_name);
  state_->link(from, to).change(resolved);
  wire::Order told;
  *told.mutable_set_link() = to_wire(resolved);
  told.mutable_set_link()->set_to(to_name);
  state_->order(state_->at(from), told);
}

LinkSettings LiveCluster::link_settings(RegionId from, RegionId to) const {
  return state_->link(from, to).settings();
}

void LiveCluster::State::step_clock(LiveRegion& region, Duration step,
                                    std::optional<double> drift_ppm) {
  refresh_now();
  region.clock.step(now, step, drift_ppm);
  if (drift_ppm) region.drift_ppm = *drift_ppm;
  const bool comes_up =
      region.state == RegionState::kDown && region.phase != LiveRegion::Phase::kBroken;
  if (region.state == RegionState::kFrozen || comes_up) {
    region.clock_steps_due.emplace_back(step, drift_ppm);
    return;
  }
  wire::Order told;
  told.mutable_step_clock()->set_step_us(step.count());
  if (drift_ppm) told.mutable_step_clock()->set_drift_ppm(*drift_ppm);
  order(region, told);
}

void LiveCluster::State::set_paused(LiveRegion& region, TableId table, bool paused) {
  region.paused[table.index()] = paused;
  wire::Order told;
  told.mutable_set_paused()->set_table(table_name(table));
  told.mutable_set_paused()->set_paused(paused);
  order(region, told);
}

void LiveCluster::State::set_capacity(LiveRegion& region, TableId table,
                                      std::optional<std::int64_t> units) {
  region.capacity[table.index()] = units;
  region.capacity_changed[table.index()] = true;
  wire::Order told;
  told.mutable_set_capacity()->set_table(table_name(table));
  if (units) told.mutable_set_capacity()->set_write_units_per_second(*units);
  order(region, told);
}

void LiveCluster::State::lift_all_faults() {
  for (auto& from : regions) {
    for (auto& to : regions) {
      if (from == to) continue;
      link(from->id, to->id).restore();
      order_link(from->id, to->id, /*restore=*/true);
    }
  }
  for (auto& region : regions) {
    for (std::size_t t = 0; t < scenario.tables.size(); ++t) {
      set_paused(*region, TableId{static_cast<std::uint16_t>(t)}, false);
    }
    set_frozen(*region, false);
    if (region->state == RegionState::kDown) restart(*region);
  }
}

// ---------------------------------------------------------------- replicas and streams

void LiveCluster::State::order(LiveRegion& region, const ControlOrder& order, std::uint64_t tag) {
  ++activity;
  region.open_orders.push_back(tag);
  const auto refuse = [&](std::string_view why) {
    tell_order(region.id, tag, OrderOutcome::kUnavailable, why);
  };
  if (region.state == RegionState::kDown) return refuse("the region is down");
  if (region.state == RegionState::kFrozen) return refuse("the region does not answer");
  if (region.phase != LiveRegion::Phase::kReady) {
    return refuse("the connection to the region is broken");
  }
  wire::RunCommand command;
  command.mutable_order()->set_id(tag);
  *command.mutable_order()->mutable_order() = to_wire(names, order);
  region.session->send(std::move(command));
}

void LiveCluster::State::tell_order(RegionId asked, std::uint64_t tag, OrderOutcome outcome,
                                    std::string_view detail) {
  std::vector<std::uint64_t>& open = at(asked).open_orders;
  if (std::erase(open, tag) == 0) {
    return fail(
        fmt::format("{} answers an order that nobody gave (number {})", at(asked).name, tag));
  }
  const OrderEvent event{asked, tag, outcome, detail};
  for (ClusterObserver* observer : observers) observer->on_order(now, event);
}

void LiveCluster::State::split_shard(LiveRegion& region, TableId table) {
  wire::Order told;
  told.mutable_split_shard()->set_table(table_name(table));
  order(region, told);
  barrier(region);
}

}  // namespace gtsim
