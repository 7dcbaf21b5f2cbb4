// What happened, for the session of a run: encodes facts as journal entries of coordinator.proto.
// An entry is written in the same batch as what it tells, so that a crash loses neither or both.
#pragma once

#include <cstdint>
#include <optional>
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

  // The table is what it was when the journal was written last.
  void on_restored(TableId table);
  // Serialized coordinator.v1.JournalEntry, numbered from `number` on, appended to `out`. The
  // replica is as the effects have left it. What became of a stream is told twice: as a fact, and
  // before that with all that is needed to follow the stream exactly.
  void encode(const Effects& effects, Moment at, std::uint64_t number,
              std::vector<std::string>& out);
  void encode(const StreamEvent& event, std::uint64_t number, std::vector<std::string>& out) const;

 private:
  struct ToldStream {
    std::optional<std::uint64_t> salt;  // tells it from others
    StreamStatus status = StreamStatus::kDisabled;
  };
  void encode_stream(const TableFact& fact, Moment at, std::uint64_t number,
                     std::vector<std::string>& out);
  [[nodiscard]] ToldStream& told(TableId table);

  const NodeConfig& config_;
  const std::vector<KeySpace*>& keys_;
  const Replica& replica_;
  std::vector<ToldStream> told_;  // by TableId index: the newest, as the journal has it
};

}  // namespace gtsim
