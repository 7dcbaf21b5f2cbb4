// `gtsim filter coverage PATTERN FILE...`.
#include <fmt/core.h>

#include "coordinator/pattern/coverage.h"
#include "region-node/base/check.h"
#include "region-node/item/dynamodb_json.h"
#include "sim/command/filter_command.h"
#include "sim/command/filter_input.h"

namespace gtsim {
namespace {

using pattern::PatternLeaf;

std::string literal(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void print(const EventPattern& pattern, const PatternCoverage& coverage) {
  fmt::print("{} of {} events match\n", coverage.matched(), coverage.events());
  std::size_t idle = 0;
  for (std::size_t i = 0; i < coverage.leaves().size(); ++i) {
    const PatternCoverage::Leaf& found = coverage.leaves()[i];
    const PatternLeaf& leaf = pattern.leaves()[i];
    fmt::print("{}: held for {}, let {} through, kept {} out{}\n", leaf.path, found.held,
               found.carried, found.blocked, found.decisive() ? "" : "   <- never decided");
    idle += found.decisive() ? 0 : 1;
    for (std::size_t k = 0; k < found.alternatives.size(); ++k) {
      const PatternCoverage::Alternative& one = found.alternatives[k];
      const char* const mark = one.held == 0      ? "   <- never held"
                               : one.carried == 0 ? "   <- never needed"
                                                  : "";
      fmt::print("  {}: held for {}, needed for {}{}\n", leaf.conditions[k].text, one.held,
                 one.carried, mark);
      idle += one.carried == 0 ? 1 : 0;
    }
  }
  if (idle == 0) {
    fmt::print("every test and every alternative decided at least once\n");
  } else {
    fmt::print(
        "{} of the tests and alternatives never decided: they are superfluous, or these "
        "events do not try them\n",
        idle);
  }
}

void print_json(const EventPattern& pattern, const PatternCoverage& coverage) {
  std::string leaves;
  for (std::size_t i = 0; i < coverage.leaves().size(); ++i) {
    const PatternCoverage::Leaf& found = coverage.leaves()[i];
    std::string alternatives;
    for (std::size_t k = 0; k < found.alternatives.size(); ++k) {
      alternatives += fmt::format(R"({}{{"test":{},"held":{},"needed":{}}})", k == 0 ? "" : ",",
                                  pattern.leaves()[i].conditions[k].text,
                                  found.alternatives[k].held, found.alternatives[k].carried);
    }
    leaves += fmt::format(R"({}{{"path":{},"held":{},"let_through":{},"kept_out":{},)"
                          R"("alternatives":[{}]}})",
                          i == 0 ? "" : ",", literal(pattern.leaves()[i].path), found.held,
                          found.carried, found.blocked, alternatives);
  }
  fmt::print(R"({{"events":{},"matched":{},"complete":{},"leaves":[{}]}})"
             "\n",
             coverage.events(), coverage.matched(), coverage.complete(), leaves);
}

}  // namespace

int cover_filter(const FilterCommand& command) {
  const auto pattern = read_filter_pattern(command.pattern, /*warns=*/true);
  if (!pattern) return 2;
  PatternCoverage coverage(*pattern);
  const auto visit = [&](const FilterEvent& event) { CHECK(coverage.add(event.text).has_value()); };
  for (const std::string& argument : command.events) {
    if (!read_filter_events(argument, visit)) return 2;
  }
  command.json ? print_json(*pattern, coverage) : print(*pattern, coverage);
  return coverage.complete() ? 0 : 1;
}

}  // namespace gtsim
