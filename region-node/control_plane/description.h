// A table as DescribeTable shows it in one region. Derived from what the control plane knows, and
// nothing else decides it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/table_fact.h"

namespace gtsim {

enum class TableStatus : std::uint8_t { kCreating, kUpdating, kActive, kDeleting };
// CREATING, UPDATING, ACTIVE, DELETING.
[[nodiscard]] const char* to_text(TableStatus status);

struct TableDescription {
  struct Replica {
    RegionId region;
    ReplicaStatus status = ReplicaStatus::kActive;  // never kAbsent
    // Of the copy, where this region is its source and the replica is CREATING.
    std::optional<int> progress_percent;
  };
  TableStatus status = TableStatus::kActive;
  // Has GlobalTableVersion and what goes with it. Replicas comes and goes with it, but that a
  // replica which is about to go shows an empty one without.
  bool is_global = false;
  bool shows_replicas = false;
  std::vector<Replica> replicas;  // the others, in the order in which this region met them
  bool deletion_protection = false;
  std::optional<std::string> ttl_attribute;  // nothing: TimeToLiveStatus is DISABLED
  std::map<std::string, std::string> tags;   // ListTagsOfResource has them
};

}  // namespace gtsim
