// Writes that come from a file: a trace (docs/trace-format.md), or the records of a real stream as
// `aws dynamodbstreams get-records` prints them or as Lambda hands them out. Everything is checked
// before anything runs: a replay either starts with every write valid, or says what is wrong where.
#pragma once

#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/language/reader.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

struct ReplayWrite {
  Duration at{0};  // from the start of the run; `start` and `speed` are applied
  RegionId region;
  std::vector<SingleWrite> writes;  // one, unless it is a transaction
  bool transaction = false;
  int line = 0;  // of the file, for messages
};

// In time order; writes at the same time keep the order of the file, records that of their sequence
// numbers. At most 20 diagnostics, in the order of the file.
using ReplayOrErrors = std::variant<std::vector<ReplayWrite>, std::vector<Diagnostic>>;

[[nodiscard]] ReplayOrErrors read_replay(const ReplaySpec& spec, const Scenario& scenario);
// All replays of a scenario together, in time order.
[[nodiscard]] ReplayOrErrors read_replays(const Scenario& scenario);
// The same from memory; `spec.path` only names the text in messages.
[[nodiscard]] ReplayOrErrors read_replay_text(std::string_view text, const ReplaySpec& spec,
                                              const Scenario& scenario);

}  // namespace gtsim
