// How regions ship their changes, as a scenario says it; the same for simulated and live ones.
#pragma once

#include "coordinator/scenario/scenario.h"
#include "region-node/replication/peer_cursor.h"

namespace gtsim {

[[nodiscard]] inline ReplicationOptions replication_options(const ReplicationSpec& spec) {
  ReplicationOptions options;
  options.batch = spec.batch;
  options.in_flight = spec.in_flight;
  options.retry = spec.retry;
  options.coalesce = spec.coalesce;
  options.lanes = static_cast<std::uint16_t>(spec.lanes);
  return options;
}

}  // namespace gtsim
