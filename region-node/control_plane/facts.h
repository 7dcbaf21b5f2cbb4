// What the control plane tells of a table, as facts.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "region-node/table_fact.h"

namespace gtsim {

[[nodiscard]] inline TableFact replica_fact(TableId table, ReplicaStatus status) {
  return {table, TableFact::Kind::kReplica, status, StreamStatus::kDisabled};
}

[[nodiscard]] inline TableFact stream_fact(TableId table, StreamStatus status) {
  return {table, TableFact::Kind::kStream, ReplicaStatus::kAbsent, status};
}

[[nodiscard]] inline TableFact time_to_live_fact(TableId table,
                                                 std::optional<std::string> attribute) {
  TableFact fact;
  fact.table = table;
  fact.kind = TableFact::Kind::kTimeToLive;
  fact.ttl_attribute = std::move(attribute);
  return fact;
}

}  // namespace gtsim
