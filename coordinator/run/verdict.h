// What a run comes to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/check/checker.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

enum class VerdictKind : std::uint8_t {
  kHolds,  // every expectation and every always-on check holds
  kExpectationFailed,
  kUndecided,    // a limit of the run was hit first
  kCheckFailed,  // an always-on check found the cluster wrong
  kInterrupted,  // the person at the terminal stopped it
  kDied,         // gtsim itself came to its end: a CHECK of its own, or a crash
};
[[nodiscard]] const char* to_text(VerdictKind kind);
// 0, 1, 3, 4, 130, 4. (2, unusable input, never gets as far as a run.)
[[nodiscard]] int exit_code(VerdictKind kind);

struct ExpectationResult {
  std::string text;  // what was expected
  std::string found;
  bool holds = false;
  bool evaluated = true;  // false: the run ended before
  SourcePosition position;
};

// An order to the control plane that was refused although its step did not ask for that.
struct RefusedOrder {
  std::string step;  // in words
  Duration at{0};
  std::string outcome;
  std::string detail;
};

struct Verdict {
  VerdictKind kind = VerdictKind::kHolds;
  std::string reason;  // of an undecided run
  std::vector<ExpectationResult> expectations;
  std::vector<RefusedOrder> refused_orders;
  std::optional<Violation> violation;
  std::vector<std::string> story;  // of the violation's key, in time order across regions
  Instant ended_at;
  std::uint64_t seed = 0;
  std::uint64_t history_digest = 0;
  std::uint64_t tables_digest = 0;  // of the items of every table, by one of its regions
  // The run's process ended without a word: no digest, no time and no count is known.
  bool lost = false;
};

}  // namespace gtsim
