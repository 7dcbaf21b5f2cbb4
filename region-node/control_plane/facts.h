// What the control plane tells of a table, as facts.
#pragma once

#include "region-node/table_fact.h"

namespace gtsim {

[[nodiscard]] inline TableFact replica_fact(TableId table, ReplicaStatus status) {
  return {table, TableFact::Kind::kReplica, status, StreamStatus::kDisabled};
}

[[nodiscard]] inline TableFact stream_fact(TableId table, StreamStatus status) {
  return {table, TableFact::Kind::kStream, ReplicaStatus::kAbsent, status};
}

}  // namespace gtsim
