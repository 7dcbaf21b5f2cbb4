// Control-plane operations that take time, as every implementation of Cluster carries them out.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "region-node/control_plane/rules.h"

namespace gtsim {

struct ControlOperation {
  enum class Kind : std::uint8_t { kAddReplica, kRemoveReplica, kStreamChange };
  Kind kind;
  TableId table;
  RegionId region;
  RegionId source;
  Instant not_before;
  bool backfilled = false;
  std::vector<std::uint64_t> marks;  // by RegionId index: log ends to catch up with
};

// What the control plane remembers of its tables.
struct ControlMemory {
  std::vector<ControlOperation> under_way;
  std::vector<std::vector<TableView::Copy>> copies;  // by TableId index
  std::vector<std::string> region_names;

  explicit ControlMemory(const Scenario& scenario);

  // Nothing: the order is taken.
  [[nodiscard]] std::optional<Error> refusal(const Cluster& cluster, const Scenario& scenario,
                                             RegionId asked, const ControlOrder& order) const;
  void remember_copy(TableId table, RegionId source, RegionId replica, Instant now);
};

}  // namespace gtsim
