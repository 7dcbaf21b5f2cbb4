#include "coordinator/scenario/step_fault.h"

#include <cstdint>

namespace gtsim {
namespace {

std::vector<LinkId> links_between(const std::vector<std::vector<RegionId>>& sides) {
  std::vector<LinkId> links;
  for (std::size_t a = 0; a < sides.size(); ++a) {
    for (std::size_t b = 0; b < sides.size(); ++b) {
      if (a == b) continue;
      for (const RegionId from : sides[a]) {
        for (const RegionId to : sides[b]) links.emplace_back(from, to);
      }
    }
  }
  return links;
}

}  // namespace

std::vector<LinkId> links_of(RegionId region, std::size_t regions) {
  std::vector<LinkId> links;
  for (std::size_t i = 0; i < regions; ++i) {
    const RegionId other{static_cast<std::uint16_t>(i)};
    if (other == region) continue;
    links.emplace_back(region, other);
    links.emplace_back(other, region);
  }
  return links;
}

std::vector<TableId> tables_or_all(std::optional<TableId> table, std::size_t tables) {
  if (table) return {*table};
  std::vector<TableId> all;
  for (std::size_t i = 0; i < tables; ++i) all.push_back(TableId{static_cast<std::uint16_t>(i)});
  return all;
}

std::optional<Fault> fault_of(const StepAction& action, std::size_t regions, std::size_t tables) {
  if (const auto* partition = std::get_if<PartitionStep>(&action)) {
    return LinksCut{links_between(partition->sides)};
  }
  if (const auto* cut = std::get_if<CutStep>(&action)) return LinksCut{cut->links};
  if (const auto* isolate = std::get_if<IsolateStep>(&action)) {
    return LinksCut{links_of(isolate->region, regions)};
  }
  if (const auto* flap = std::get_if<FlapStep>(&action)) return LinksCut{flap->links};
  if (const auto* change = std::get_if<LinkStep>(&action)) {
    return LinksChanged{change->links, change->settings};
  }
  if (const auto* pause = std::get_if<PauseReplicationStep>(&action)) {
    return ReplicationPaused{pause->region, tables_or_all(pause->table, tables)};
  }
  if (const auto* crash = std::get_if<CrashStep>(&action)) return RegionDown{crash->region};
  if (const auto* freeze = std::get_if<FreezeStep>(&action)) return RegionFrozen{freeze->region};
  if (const auto* clock = std::get_if<ClockStep>(&action)) {
    return ClockChanged{clock->region, clock->step, clock->drift_ppm};
  }
  if (const auto* capacity = std::get_if<CapacityStep>(&action)) {
    return CapacityChanged{capacity->table, capacity->region, capacity->write_units_per_second};
  }
  if (const auto* unavailable = std::get_if<UnavailableStep>(&action)) return unavailable->fault;
  return std::nullopt;
}

}  // namespace gtsim
