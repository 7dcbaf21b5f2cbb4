// `gtsim filter test --cases FILE`: a table of patterns and events with the outcome that is
// expected, for CI.
#include <fmt/core.h>

#include <vector>

#include "coordinator/pattern/event_values.h"
#include "coordinator/pattern/explanation.h"
#include "coordinator/pattern/pattern_text.h"
#include "region-node/base/check.h"
#include "region-node/file/output_file.h"
#include "sim/command/filter_command.h"
#include "sim/command/filter_input.h"

namespace gtsim {
namespace {

using pattern::JsonKind;
using pattern::JsonMember;
using pattern::JsonNode;

struct Case {
  std::string place;
  std::string name;
  std::string pattern;
  std::string event;
  std::string expected;  // "match", "no match", "invalid"
};

struct Outcome {
  std::string found;
  std::string why;
};

// What is wrong with a case, or nothing.
std::string read_case(const JsonNode& node, std::string_view text, Case& out) {
  if (node.kind != JsonKind::kObject) return "expected an object, found " + describe_node(node);
  for (const JsonMember& member : node.members) {
    const bool known = member.name == "name" || member.name == "pattern" ||
                       member.name == "event" || member.name == "match";
    if (!known)
      return fmt::format("expected name, pattern, event or match, found `{}`", member.name);
  }
  // A string is the text itself, which may be no JSON at all; anything else stands for its text.
  const auto text_of = [&](const JsonNode& part, bool is_event) {
    if (part.kind == JsonKind::kString) return part.text;
    return is_event ? lambda_form(part, text)
                    : std::string(text.substr(part.offset, part.end - part.offset));
  };
  const JsonNode* const name = node.find("name");
  const JsonNode* const pattern = node.find("pattern");
  const JsonNode* const event = node.find("event");
  const JsonNode* const match = node.find("match");
  if (pattern == nullptr || match == nullptr) return "expected a pattern and a match";
  if (name != nullptr) out.name = name->text;
  out.pattern = text_of(*pattern, false);
  out.expected = match->kind == JsonKind::kTrue    ? "match"
                 : match->kind == JsonKind::kFalse ? "no match"
                 : match->text == "invalid"        ? "invalid"
                                                   : "";
  if (out.expected.empty()) {
    return "match: expected true, false or \"invalid\", found " + describe_node(*match);
  }
  if (event != nullptr) {
    out.event = text_of(*event, true);
  } else if (out.expected != "invalid") {
    return "expected an event";
  }
  return {};
}

bool read_cases(const FilterText& source, std::vector<Case>& out) {
  const std::string_view text = source.text;
  std::size_t at = text.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos) {
    fmt::print(stderr, "{}: expected cases, found nothing\n", source.name);
    return false;
  }
  while (at < text.size()) {
    std::size_t end = 0;
    const auto node = pattern::parse_json_prefix(text.substr(at), end);
    std::string fault = node ? "" : node.error().message;
    const std::size_t offset = at + (node ? node->offset : node.error().offset);
    Case& added = out.emplace_back();
    added.place = source.name + ":" + pattern::place_in(text, offset);
    if (node) fault = read_case(*node, text.substr(at), added);
    if (!fault.empty()) {
      fmt::print(stderr, "{}: {}\n", added.place, fault);
      return false;
    }
    if (added.name.empty()) added.name = fmt::format("case {}", out.size());
    at += end;
  }
  return true;
}

Outcome judge(const Case& one) {
  const PatternResult pattern = EventPattern::parse(one.pattern);
  if (!pattern) return {"invalid", pattern.error().to_string()};
  if (one.event.empty()) return {"valid", ""};
  const Result<Explanation> told = explain(*pattern, one.event);
  if (!told) return {"an unusable event", told.error().detail};
  return {told->matches ? "match" : "no match", told->sentence};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '"') {
      out += "&quot;";
    } else {
      out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

bool write_junit(const std::string& path, std::size_t tests, std::size_t failures,
                 const std::string& cases) {
  OutputFile file;
  file.open(path);
  file.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
  file.write(fmt::format("  <testsuite name=\"filters\" tests=\"{}\" failures=\"{}\">\n", tests,
                         failures));
  file.write(cases);
  file.write("  </testsuite>\n</testsuites>\n");
  if (file.close()) return true;
  fmt::print(stderr, "gtsim: {}\n", file.error());
  return false;
}

}  // namespace

int test_filter_cases(const FilterCommand& command) {
  const auto source = read_filter_text(command.cases, "cases");
  if (!source) return 2;
  std::vector<Case> cases;
  if (!read_cases(*source, cases)) return 2;
  std::size_t failures = 0;
  bool unusable = false;
  std::string junit;
  for (const Case& one : cases) {
    const Outcome outcome = judge(one);
    const bool as_expected = outcome.found == one.expected;
    unusable = unusable || outcome.found == "an unusable event";
    failures += as_expected ? 0 : 1;
    const std::string told = fmt::format("expected {}, found {}{}{}", one.expected, outcome.found,
                                         outcome.why.empty() ? "" : ": ", outcome.why);
    if (!as_expected && !command.json) fmt::print("{}: {}: {}\n", one.place, one.name, told);
    if (command.json) {
      fmt::print(R"({{"case":{},"name":{},"as_expected":{},"expected":"{}","found":"{}","why":{}}})"
                 "\n",
                 pattern::quote(one.place), pattern::quote(one.name), as_expected, one.expected,
                 outcome.found, pattern::quote(outcome.why));
    }
    junit += fmt::format("    <testcase classname=\"filters\" name=\"{}\" file=\"{}\"",
                         escaped(one.name), escaped(one.place));
    junit += as_expected ? "/>\n"
                         : fmt::format("><failure message=\"{}\"/></testcase>\n", escaped(told));
  }
  if (!command.json) {
    fmt::print("{} of {} cases as expected\n", cases.size() - failures, cases.size());
  }
  if (!command.junit.empty() && !write_junit(command.junit, cases.size(), failures, junit))
    return 2;
  if (unusable) return 2;
  return failures == 0 ? 0 : 1;
}

}  // namespace gtsim
