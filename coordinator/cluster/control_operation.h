// Control-plane operations that take time, as every implementation of Cluster carries them out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "region-node/stream/stream.h"

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

// Why a stream cannot be switched so, in the service's words (UpdateTable); empty: it can.
// `current`: the table's stream in that region, if it has one.
[[nodiscard]] std::string stream_change_refusal(const StreamStep& step,
                                                const std::string& table_name,
                                                const Stream* current, bool has_other_replicas,
                                                const std::vector<ControlOperation>& under_way);

}  // namespace gtsim
