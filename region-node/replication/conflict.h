// The conflict ledger's entries. The service loses conflicting writes silently; here each one is
// told.
#pragma once

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/base/version.h"

namespace gtsim {

enum class ConflictKind : std::uint8_t {
  // A region's own last write of an item was replaced by a replicated write that had not seen it.
  // Told
  // once per lost write, by the region that had accepted it.
  kOverwritten,
  // A replicated change arrived with a version not larger than the one held: not applied, no
  // record.
  kDiscarded,
};

struct Conflict {
  ConflictKind kind = ConflictKind::kDiscarded;
  bool loser_acknowledged = true;
  TableId table;
  RegionId region;  // that tells it
  KeyId key;
  Version winner;
  Version loser;
  [[nodiscard]] Duration margin() const { return winner.timestamp - loser.timestamp; }
};

}  // namespace gtsim
