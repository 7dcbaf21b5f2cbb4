// `gtsim filter test PATTERN EVENT...` and `gtsim filter explain PATTERN EVENT...`.
#include <fmt/core.h>

#include "coordinator/pattern/explanation.h"
#include "region-node/base/check.h"
#include "region-node/item/dynamodb_json.h"
#include "sim/command/filter_command.h"
#include "sim/command/filter_input.h"

namespace gtsim {
namespace {

std::string literal(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

std::string heading(const FilterEvent& event) {
  return event.summary.empty() ? event.place : fmt::format("{} {}", event.place, event.summary);
}

void print_line(const FilterEvent& event, const Explanation& told) {
  fmt::print("{:8}  {}\n          {}\n", told.matches ? "match" : "no match", heading(event),
             told.sentence);
}

void print_json_line(const FilterEvent& event, const Explanation& told) {
  fmt::print(R"({{"event":{},"match":{},"why":{}}})"
             "\n",
             literal(event.place), told.matches, literal(told.sentence));
}

void print_leaves(const FilterEvent& event, const Explanation& told) {
  fmt::print("{}: {}\n", heading(event), told.matches ? "match" : "no match");
  for (std::size_t i = 0; i < told.leaves.size(); ++i) {
    const LeafExplanation& leaf = told.leaves[i];
    fmt::print("  {}  {}{}\n", leaf.held ? "holds" : "fails", leaf.to_string(),
               told.deciding == i ? "   <- decides" : "");
  }
  if (!told.deciding) fmt::print("  {}\n", told.sentence);
}

void print_json_leaves(const FilterEvent& event, const Explanation& told) {
  std::string leaves;
  for (std::size_t i = 0; i < told.leaves.size(); ++i) {
    const LeafExplanation& leaf = told.leaves[i];
    std::string values;
    for (const std::string& value : leaf.values)
      values += (values.empty() ? "" : ",") + literal(value);
    leaves += fmt::format(R"({}{{"path":{},"test":{},"holds":{},"values":[{}],"value_count":{},)"
                          R"("decides":{}{}}})",
                          i == 0 ? "" : ",", literal(leaf.path), leaf.test, leaf.held, values,
                          leaf.value_count, told.deciding == i,
                          leaf.absence.empty() ? "" : ",\"absent\":" + literal(leaf.absence));
  }
  fmt::print(R"({{"event":{},"match":{},"why":{},"leaves":[{}]}})"
             "\n",
             literal(event.place), told.matches, literal(told.sentence), leaves);
}

using Print = void (*)(const FilterEvent&, const Explanation&);

int judge(const FilterCommand& command, Print print, bool counts) {
  const auto pattern = read_filter_pattern(command.pattern, /*warns=*/true);
  if (!pattern) return 2;
  std::size_t total = 0;
  std::size_t matched = 0;
  const auto visit = [&](const FilterEvent& event) {
    const Result<Explanation> told = explain(*pattern, event.text);
    CHECK(told.has_value());
    ++total;
    matched += told->matches ? 1 : 0;
    print(event, *told);
  };
  for (const std::string& argument : command.events) {
    if (!read_filter_events(argument, visit)) return 2;
  }
  if (counts) fmt::print("{} of {} events match\n", matched, total);
  return matched == total ? 0 : 1;
}

}  // namespace

int test_filter(const FilterCommand& command) {
  return judge(command, command.json ? print_json_line : print_line, !command.json);
}

int explain_filter(const FilterCommand& command) {
  return judge(command, command.json ? print_json_leaves : print_leaves, /*counts=*/false);
}

}  // namespace gtsim
