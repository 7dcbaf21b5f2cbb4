#include "coordinator/scenario/replica_history.h"

#include "region-node/base/check.h"

namespace gtsim::language {

ReplicaHistory::ReplicaHistory(const std::vector<TableSpec>& tables)
    : tables_(tables.size()), attempted_(tables.size()), in_vain_(tables.size()) {
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const RegionId region : tables[i].regions) tables_[i][region].push_back(Life{});
  }
}

void ReplicaHistory::add(TableId table, RegionId region, Duration at, Duration takes) {
  tables_[table.index()][region].push_back({at, at + takes, Duration::max(), Duration::max()});
}

void ReplicaHistory::remove(TableId table, RegionId region, Duration at, Duration takes) {
  auto& lives = tables_[table.index()][region];
  CHECK(!lives.empty());
  lives.back().removed = at;
  lives.back().gone = at + takes;
}

ReplicaState ReplicaHistory::state(TableId table, RegionId region, Duration at) const {
  const Lives& lives = tables_[table.index()];
  const auto found = lives.find(region);
  if (found == lives.end()) return ReplicaState::kNone;
  ReplicaState state = ReplicaState::kNone;
  for (const Life& life : found->second) {
    if (at < life.added || at >= life.gone) continue;
    if (at >= life.removed) {
      state = ReplicaState::kDeleting;
    } else {
      state = at < life.active ? ReplicaState::kCreating : ReplicaState::kActive;
    }
  }
  return state;
}

std::vector<RegionId> ReplicaHistory::members(TableId table, Duration at) const {
  std::vector<RegionId> out;
  for (const auto& [region, lives] : tables_[table.index()]) {
    const ReplicaState now = state(table, region, at);
    if (now == ReplicaState::kCreating || now == ReplicaState::kActive) out.push_back(region);
  }
  return out;
}

std::vector<RegionId> ReplicaHistory::active(TableId table, Duration at) const {
  std::vector<RegionId> out;
  for (const auto& [region, lives] : tables_[table.index()]) {
    if (state(table, region, at) == ReplicaState::kActive) out.push_back(region);
  }
  return out;
}

bool ReplicaHistory::any_deleting(TableId table, Duration at) const {
  for (const auto& [region, lives] : tables_[table.index()]) {
    if (state(table, region, at) == ReplicaState::kDeleting) return true;
  }
  return false;
}

void ReplicaHistory::attempt(TableId table, RegionId region) {
  attempted_[table.index()].insert(region);
}

void ReplicaHistory::attempt_in_vain(TableId table, RegionId region) {
  in_vain_[table.index()].insert(region);
}

void ReplicaHistory::settle(TableId table, RegionId region) {
  if (attempted_[table.index()].erase(region) != 0) attempt_in_vain(table, region);
}

bool ReplicaHistory::may_be_there(TableId table, RegionId region, Duration at) const {
  return attempted_[table.index()].contains(region) ||
         state(table, region, at) != ReplicaState::kNone;
}

bool ReplicaHistory::ever(TableId table, RegionId region) const {
  if (attempted_[table.index()].contains(region)) return true;
  if (in_vain_[table.index()].contains(region)) return true;
  const Lives& lives = tables_[table.index()];
  const auto found = lives.find(region);
  return found != lives.end() && !found->second.empty();
}

}  // namespace gtsim::language
