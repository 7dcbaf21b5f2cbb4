// Finds what can never match a DynamoDB record, or always does, and other things that surprise
// people. Sources: AWS Lambda developer guide, "Using event filtering with a DynamoDB event source"
// and "Control which events Lambda sends to your function"; DynamoDB developer guide, "How DynamoDB
// global tables work", "DynamoDB global tables versions" and "DynamoDB Streams and Time to Live".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/pattern/event_pattern.h"
#include "region-node/stream/record_view.h"

namespace gtsim {

enum class LintSeverity : std::uint8_t {
  kInfo,     // good to know
  kWarning,  // probably not what was meant
  kError,    // the pattern, or a branch of it, can never match, or a test in it always holds
};
[[nodiscard]] const char* to_text(LintSeverity severity);  // "info", "warning", "error"

struct LintFinding {
  LintSeverity severity = LintSeverity::kInfo;
  std::string rule;  // "numeric-on-attribute"; docs/filters.md lists them
  PatternNote note;
  std::string mend;  // what to write instead; empty when there is nothing to be said
};

// In the order of the text. The profile is that of the table whose stream is filtered.
[[nodiscard]] std::vector<LintFinding> lint(const EventPattern& pattern, RecordProfile profile);

}  // namespace gtsim
