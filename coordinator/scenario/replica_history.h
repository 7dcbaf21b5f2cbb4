// Which regions have a replica of which table, and since when, as the steps of a scenario make it.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "coordinator/scenario/scenario.h"

namespace gtsim::language {

enum class ReplicaState { kNone, kCreating, kActive, kDeleting };

class ReplicaHistory {
 public:
  explicit ReplicaHistory(const std::vector<TableSpec>& tables);

  // REQUIRES: calls in time order.
  void add(TableId table, RegionId region, Duration at, Duration takes);
  void remove(TableId table, RegionId region, Duration at, Duration takes);
  // An order that is likely to be refused, or meant to be: the replica may come, or stay, all the
  // same.
  void attempt(TableId table, RegionId region);
  // An order that nobody takes.
  void attempt_in_vain(TableId table, RegionId region);
  // What was attempted no longer matters: add() and remove() tell all.
  void settle(TableId table, RegionId region);

  // After `takes` a new replica counts as ACTIVE and a removed one as gone; a run may take longer.
  [[nodiscard]] ReplicaState state(TableId table, RegionId region, Duration at) const;
  // CREATING and ACTIVE ones, ascending.
  [[nodiscard]] std::vector<RegionId> members(TableId table, Duration at) const;
  [[nodiscard]] std::vector<RegionId> active(TableId table, Duration at) const;
  // Whether it is there in any status, or may be because of what was attempted.
  [[nodiscard]] bool may_be_there(TableId table, RegionId region, Duration at) const;
  [[nodiscard]] bool any_deleting(TableId table, Duration at) const;
  // Also one that may only have been attempted.
  [[nodiscard]] bool ever(TableId table, RegionId region) const;

 private:
  struct Life {
    Duration added{0};
    Duration active{0};
    Duration removed{Duration::max()};
    Duration gone{Duration::max()};
  };
  using Lives = std::map<RegionId, std::vector<Life>>;
  std::vector<Lives> tables_;                  // by TableId
  std::vector<std::set<RegionId>> attempted_;  // by TableId
  std::vector<std::set<RegionId>> in_vain_;    // by TableId
};

}  // namespace gtsim::language
