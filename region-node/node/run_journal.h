// What happened, for the session of a run: encodes facts as journal entries of coordinator.proto.
// An entry is written in the same batch as what it tells, so that a crash loses neither or both.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "region-node/effects.h"
#include "region-node/node/node_loop.h"

namespace gtsim {

class RunJournal {
 public:
  // `regions` by RegionId index, `keys` by TableId index; both outlive the journal.
  RunJournal(const std::vector<std::string>& regions, const std::vector<KeySpace*>& keys)
      : regions_(regions), keys_(keys) {}

  // Serialized coordinator.v1.JournalEntry, numbered from `number` on, appended to `out`.
  void encode(const Effects& effects, Instant at, std::uint64_t number,
              std::vector<std::string>& out) const;
  void encode(const StreamEvent& event, std::uint64_t number, std::vector<std::string>& out) const;

 private:
  const std::vector<std::string>& regions_;
  const std::vector<KeySpace*>& keys_;
};

}  // namespace gtsim
