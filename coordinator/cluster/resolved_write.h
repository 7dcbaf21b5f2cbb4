// A write of a scenario or a trace made ready for the cluster: keys interned, images encoded.
#pragma once

#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

// REQUIRES: the reader has checked keys and sizes.
[[nodiscard]] WriteCall resolved_write(const std::vector<SingleWrite>& writes, bool transaction,
                                       const Scenario& scenario, Cluster& cluster);

// The id of a key given as an item (only its key attributes are looked at).
[[nodiscard]] KeyId intern_key(const Item& item, const TableSpec& table, KeySpace& keys);

}  // namespace gtsim
