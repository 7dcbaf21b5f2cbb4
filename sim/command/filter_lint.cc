// `gtsim filter lint PATTERN`.
#include <fmt/core.h>

#include <array>

#include "coordinator/pattern/lint.h"
#include "region-node/item/dynamodb_json.h"
#include "sim/command/filter_command.h"
#include "sim/command/filter_input.h"
#include "sim/command/record_profile.h"

namespace gtsim {
namespace {

std::string literal(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

void print(const FilterText& source, const LintFinding& finding) {
  fmt::print("{}:{}:{}: {}: {}: {} [{}]\n", source.name, finding.note.line, finding.note.column,
             to_text(finding.severity), finding.note.path.empty() ? "pattern" : finding.note.path,
             finding.note.message, finding.rule);
  fmt::print("{}", quoted_line(source.text, finding.note));
  if (!finding.mend.empty()) fmt::print("    mend: {}\n", finding.mend);
}

void print_json(const FilterText& source, const LintFinding& finding) {
  fmt::print(R"({{"severity":"{}","rule":"{}","file":{},"line":{},"column":{},"offset":{},)"
             R"("path":{},"message":{}{}}})"
             "\n",
             to_text(finding.severity), finding.rule, literal(source.name), finding.note.line,
             finding.note.column, finding.note.offset, literal(finding.note.path),
             literal(finding.note.message),
             finding.mend.empty() ? "" : ",\"mend\":" + literal(finding.mend));
}

}  // namespace

int lint_filter(const FilterCommand& command) {
  const auto source = read_filter_text(command.pattern, "pattern");
  if (!source) return 2;
  const PatternResult pattern = EventPattern::parse(source->text);
  if (!pattern) {
    fmt::print(stderr, "{}", refusal_text(source->name, source->text, pattern.error()));
    return 2;
  }
  std::array<int, 3> counts{};
  for (const LintFinding& finding :
       lint(*pattern, profile_named(command.profile).value_or(RecordProfile::k2019))) {
    ++counts[static_cast<std::size_t>(finding.severity)];
    command.json ? print_json(*source, finding) : print(*source, finding);
  }
  const auto [infos, warnings, errors] = counts;
  if (!command.json) {
    const auto counted = [](int count, const char* word) {
      return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
    };
    fmt::print("{}, {}, {}\n", counted(errors, "error"), counted(warnings, "warning"),
               counted(infos, "info"));
  }
  return errors + warnings == 0 ? 0 : 1;
}

}  // namespace gtsim
