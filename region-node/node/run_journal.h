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
  // `keys` by TableId index; all outlive the journal.
  RunJournal(const NodeConfig& config, const std::vector<KeySpace*>& keys, const Replica& replica)
      : config_(config), keys_(keys), replica_(replica) {}

  // Serialized coordinator.v1.JournalEntry, numbered from `number` on, appended to `out`. The
  // replica is as the effects have left it.
  void encode(const Effects& effects, Instant at, std::uint64_t number,
              std::vector<std::string>& out) const;
  void encode(const StreamEvent& event, std::uint64_t number, std::vector<std::string>& out) const;

 private:
  const NodeConfig& config_;
  const std::vector<KeySpace*>& keys_;
  const Replica& replica_;
};

}  // namespace gtsim
