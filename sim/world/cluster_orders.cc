// Orders that change the cluster: links, clocks, capacity. Replicas and streams: control_host.cc.
#include "coordinator/network/aws_round_trip.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
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
  if (region.state != RegionState::kUp) {
    region.pauses_due[table] = paused;
    return;
  }
  region.replica.table(table).set_paused(paused, moment(region), effects_);
  carry_out(region);
}

void SimCluster::set_capacity(RegionId region, TableId table, std::optional<std::int64_t> units) {
  runtime(region).control->set_write_capacity(table, units, now_);
  commit_orders();
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
    set_frozen(id, false);
    if (region->state == RegionState::kDown) restart(id);
  }
}

}  // namespace gtsim
