// What becomes of a table's replica and of its streams, as a fact among the others that a region
// tells.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "region-node/base/ids.h"
#include "region-node/stream/stream.h"

namespace gtsim {

// CREATING: back-fill and catch-up go on, applications are refused. DELETING: accepts no more
// writes and ships what is left in its log. Names as in ReplicaStatus of the service.
enum class ReplicaStatus : std::uint8_t { kAbsent, kCreating, kActive, kDeleting };
[[nodiscard]] const char* to_text(ReplicaStatus status);

struct TableFact {
  enum class Kind : std::uint8_t { kReplica, kStream, kTimeToLive };
  TableId table;
  Kind kind = Kind::kReplica;
  ReplicaStatus replica = ReplicaStatus::kAbsent;
  StreamStatus stream = StreamStatus::kDisabled;  // of the newest
  std::optional<std::string> ttl_attribute{};     // nothing: items do not expire
};

}  // namespace gtsim
