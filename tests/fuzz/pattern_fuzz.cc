// Arbitrary text as a pattern and as an event, split at the first line break: the pattern is the
// first line. What is refused must say where; what is accepted is matched in every way there is,
// and the ways must agree.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/pattern/coverage.h"
#include "coordinator/pattern/explanation.h"
#include "coordinator/pattern/lint.h"
#include "coordinator/pattern/pattern_matcher.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

void check_note(const PatternNote& note, std::string_view text) {
  CHECK(!note.message.empty());
  CHECK(note.offset <= text.size());
  CHECK(note.line >= 1);
  CHECK(note.column >= 1);
}

void check_event(const EventPattern& pattern, std::string_view event) {
  PatternMatcher matcher;
  const Result<bool> found = matcher.matches(pattern, event);
  const Result<Explanation> told = explain(pattern, event);
  CHECK(found.has_value() == told.has_value());
  PatternCoverage coverage(pattern);
  CHECK(coverage.add(event).has_value() == found.has_value());
  if (!found) {
    CHECK(!found.error().detail.empty());
    return;
  }
  CHECK(told->matches == *found);
  CHECK(coverage.matched() == (*found ? 1U : 0U));
  CHECK(!told->sentence.empty());
  if (*found) CHECK(told->failed == 0);
}

void check(std::string_view text) {
  const std::size_t end = text.find('\n');
  const std::string_view pattern_text = text.substr(0, end);
  const PatternResult pattern = EventPattern::parse(pattern_text);
  if (!pattern) {
    check_note(pattern.error(), pattern_text);
    return;
  }
  CHECK(!pattern->leaves().empty());
  CHECK(!pattern->combinations().empty());
  for (const PatternNote& warning : pattern->warnings()) check_note(warning, pattern_text);
  for (const RecordProfile profile : {RecordProfile::k2019, RecordProfile::k2017}) {
    for (const LintFinding& finding : lint(*pattern, profile)) {
      check_note(finding.note, pattern_text);
    }
  }
  if (end != std::string_view::npos) check_event(*pattern, text.substr(end + 1));
  // A pattern is JSON too, and it looks like the events that it matches.
  check_event(*pattern, pattern_text);
}

}  // namespace
}  // namespace gtsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  gtsim::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
