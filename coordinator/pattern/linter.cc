#include "coordinator/pattern/linter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "coordinator/pattern/attribute_type.h"
#include "coordinator/pattern/case_fold.h"
#include "coordinator/pattern/pattern_text.h"

namespace gtsim {

const char* to_text(LintSeverity severity) {
  switch (severity) {
    case LintSeverity::kInfo:
      return "info";
    case LintSeverity::kWarning:
      return "warning";
    case LintSeverity::kError:
      return "error";
  }
  return "";
}

std::vector<LintFinding> lint(const EventPattern& pattern, RecordProfile profile) {
  return pattern::Linter(pattern, profile).run();
}

namespace pattern {
namespace {

constexpr std::array<std::string_view, 9> kMembers = {
    "eventID",  "eventName",    "eventVersion",   "eventSource", "awsRegion",
    "dynamodb", "userIdentity", "eventSourceARN", "origin"};
constexpr std::array<std::string_view, 7> kChangeMembers = {"ApproximateCreationDateTime",
                                                            "Keys",
                                                            "NewImage",
                                                            "OldImage",
                                                            "SequenceNumber",
                                                            "SizeBytes",
                                                            "StreamViewType"};
constexpr std::array<std::string_view, 2> kIdentityMembers = {"type", "principalId"};
constexpr std::array<std::string_view, 3> kEvents = {"INSERT", "MODIFY", "REMOVE"};
constexpr std::array<std::string_view, 4> kViews = {"KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE",
                                                    "NEW_AND_OLD_IMAGES"};
constexpr std::string_view kStampPrefix = "aws:rep:";

std::string join(std::span<const std::string_view> names) {
  std::string out;
  for (const std::string_view name : names) out += (out.empty() ? "" : ", ") + std::string(name);
  return out;
}

// The name that differs only in case.
std::string_view same_but_case(std::string_view name, std::span<const std::string_view> known) {
  const std::string folded = fold_case(name);
  const auto found = std::find_if(known.begin(), known.end(),
                                  [&](std::string_view one) { return equals_folded(one, folded); });
  return found == known.end() ? std::string_view{} : *found;
}

bool is_image(std::string_view name) {
  return name == "Keys" || name == "NewImage" || name == "OldImage";
}

}  // namespace

std::vector<PathStep> record_steps(const PatternLeaf& leaf) {
  std::vector<PathStep> out;
  for (const PathStep& step : leaf.steps) {
    std::string rest = step.name;
    // Down to the attribute a dot can only be structure; names of attributes may have dots.
    while (out.size() < 2 && (out.empty() || out.front().name == "dynamodb")) {
      const std::size_t dot = rest.find('.');
      if (dot == std::string::npos) break;
      out.push_back({rest.substr(0, dot), step.offset});
      rest.erase(0, dot + 1);
    }
    out.push_back({rest, step.offset});
  }
  return out;
}

std::vector<LintFinding> Linter::run() {
  for (const PatternNote& note : pattern_.warnings()) {
    const bool twice = note.message.find("given twice") != std::string::npos;
    findings_.push_back({twice ? LintSeverity::kWarning : LintSeverity::kInfo,
                         twice ? "given-twice" : "pattern-language", note,
                         twice ? "put both parts into one object" : ""});
  }
  for (const PatternLeaf& leaf : pattern_.leaves()) look_at(leaf);
  look_at_combinations();
  std::stable_sort(
      findings_.begin(), findings_.end(),
      [](const LintFinding& a, const LintFinding& b) { return a.note.offset < b.note.offset; });
  return std::move(findings_);
}

void Linter::add(LintSeverity severity, std::string rule, std::size_t offset,
                 const std::string& path, std::string message, std::string mend) {
  findings_.push_back({severity, std::move(rule), pattern_.note(offset, path, std::move(message)),
                       std::move(mend)});
}

void Linter::never_there(const PatternLeaf& leaf, std::string rule, std::size_t offset,
                         const std::string& why, std::string mend) {
  const char* const follows =
      leaf.accepts_absent ? "so \"exists\": false always holds here" : "so this never matches";
  add(LintSeverity::kError, std::move(rule), offset, leaf.path, fmt::format("{}, {}", why, follows),
      std::move(mend));
}

void Linter::unknown_member(const PatternLeaf& leaf, const PathStep& step, std::string_view what,
                            std::span<const std::string_view> known) {
  const std::string_view meant = same_but_case(step.name, known);
  never_there(leaf, "unknown-member", step.offset,
              fmt::format("{} has no member {}", what, quote(step.name)),
              meant.empty() ? fmt::format("the members are {}", join(known))
                            : fmt::format("write {}", quote(meant)));
}

void Linter::scalar_with_members(const PatternLeaf& leaf, const PathStep& step,
                                 std::string_view what) {
  never_there(leaf, "no-such-place", step.offset,
              fmt::format("{} is a single value and has no member {}", what, quote(step.name)), "");
}

// Only what is inside has values.
void Linter::object_tested(const PatternLeaf& leaf, std::string_view what, std::string mend) {
  const PathStep& step = leaf.steps.back();
  const bool asks_existence =
      std::all_of(leaf.conditions.begin(), leaf.conditions.end(), [](const Condition& condition) {
        const Operator op = condition.tests.front().op;
        return !condition.anything_but && (op == Operator::kExists || op == Operator::kAbsent);
      });
  never_there(
      leaf, asks_existence ? "exists-on-object" : "missing-type", step.offset,
      fmt::format("{} is an object, and a pattern tests only the values inside of one", what),
      std::move(mend));
}

void Linter::look_at(const PatternLeaf& leaf) {
  const std::vector<PathStep> all = record_steps(leaf);
  const Steps steps = Steps(all).subspan(1);
  const std::string& top = all.front().name;
  if (std::find(kMembers.begin(), kMembers.end(), top) == kMembers.end()) {
    unknown_member(leaf, all.front(), "a DynamoDB record",
                   std::span<const std::string_view>(kMembers).first(kMembers.size() - 1));
    return;
  }
  if (top == "dynamodb") return look_at_change(leaf, steps);
  if (top == "userIdentity") return look_at_identity(leaf, steps);
  if (top == "origin") return look_at_origin(leaf, steps);
  if (!steps.empty()) return scalar_with_members(leaf, steps.front(), top);
  look_at_values(leaf, Holds::kText, top);
  if (top == "eventName") look_at_known_texts(leaf, kEvents);
  if (top == "eventSource")
    look_at_known_texts(leaf, std::array<std::string_view, 1>{"aws:dynamodb"});
  if (top == "eventVersion") {
    add(LintSeverity::kInfo, "event-version", all.front().offset, leaf.path,
        "the documentation says \"1.0\", the service sends \"1.1\", and it may change", "");
  }
}

void Linter::look_at_change(const PatternLeaf& leaf, Steps steps) {
  if (steps.empty()) {
    return object_tested(leaf, "dynamodb", "test a member of it, such as \"Keys\" or \"NewImage\"");
  }
  const PathStep& step = steps.front();
  if (std::find(kChangeMembers.begin(), kChangeMembers.end(), step.name) == kChangeMembers.end()) {
    return unknown_member(leaf, step, "dynamodb", kChangeMembers);
  }
  if (is_image(step.name)) {
    if (steps.size() > 1) return look_at_attribute(leaf, steps.subspan(1));
    return object_tested(leaf, step.name,
                         fmt::format("test a key attribute instead, such as {{\"{}\": {{\"PK\": "
                                     "{{\"S\": [{{\"exists\": true}}]}}}}}}, or eventName",
                                     step.name));
  }
  if (steps.size() > 1) return scalar_with_members(leaf, steps[1], step.name);
  const bool is_number = step.name == "ApproximateCreationDateTime" || step.name == "SizeBytes";
  look_at_values(leaf, is_number ? Holds::kNumber : Holds::kText, step.name);
  if (step.name == "StreamViewType") look_at_known_texts(leaf, kViews);
}

void Linter::look_at_attribute(const PatternLeaf& leaf, Steps steps) {
  const PathStep& name = steps.front();
  if (name.name.starts_with(kStampPrefix) && profile_ != RecordProfile::k2017) {
    never_there(leaf, "legacy-stamp", name.offset,
                fmt::format("tables of global tables version 2019.11.21 have no attribute {}",
                            quote(name.name)),
                "let the application write its region into an attribute of its own and test that");
    return;
  }
  if (steps.size() > 1) return look_at_type(leaf, steps.subspan(1));
  object_tested(
      leaf, quote(name.name),
      fmt::format(
          "name the type: {{{}: {{\"S\": {}}}}}", quote(name.name),
          leaf.conditions.front().text.empty() ? "..." : "[" + leaf.conditions.front().text + "]"));
}

// `steps` begin where a type must stand.
void Linter::look_at_type(const PatternLeaf& leaf, Steps steps) {
  const PathStep& type = steps.front();
  if (!is_type_letter(type.name)) {
    const std::string_view meant = same_but_case(type.name, kTypeLetters);
    never_there(leaf, "wrong-type", type.offset,
                fmt::format("expected the type of an attribute ({}), found {}", join(kTypeLetters),
                            quote(type.name)),
                meant.empty()
                    ? fmt::format("inside of a map, write \"M\" before {}", quote(type.name))
                    : fmt::format("write {}", quote(meant)));
    return;
  }
  const bool is_list = type.name == "L";
  if (is_list || type.name == "M") {
    if (steps.size() == 1) {
      return object_tested(leaf, fmt::format("what \"{}\" holds", type.name),
                           is_list ? "name the type of the elements: {\"L\": {\"S\": [...]}}"
                                   : "name a member and its type");
    }
    if (is_list) return look_at_type(leaf, steps.subspan(1));
    return look_at_attribute(leaf, steps.subspan(1));
  }
  if (steps.size() > 1) return scalar_with_members(leaf, steps[1], quote(type.name));
  look_at_values(leaf,
                 type.name == "BOOL"   ? Holds::kBoolean
                 : type.name == "NULL" ? Holds::kTrueOnly
                                       : Holds::kText,
                 type.name);
}

void Linter::look_at_identity(const PatternLeaf& leaf, Steps steps) {
  if (steps.empty()) {
    return object_tested(leaf, "userIdentity",
                         "test a member: {\"userIdentity\": {\"type\": [{\"exists\": true}]}}");
  }
  const PathStep& step = steps.front();
  if (std::find(kIdentityMembers.begin(), kIdentityMembers.end(), step.name) ==
      kIdentityMembers.end()) {
    return unknown_member(leaf, step, "userIdentity (in small letters, unlike in GetRecords)",
                          kIdentityMembers);
  }
  if (steps.size() > 1) return scalar_with_members(leaf, steps[1], step.name);
  look_at_values(leaf, Holds::kText, step.name);
  const std::array<std::string_view, 1> type = {"Service"};
  const std::array<std::string_view, 2> principals = {principal_of(RecordIdentity::kTimeToLive),
                                                      principal_of(RecordIdentity::kReplication)};
  const std::size_t count = profile_ == RecordProfile::kMarked ? 2 : 1;
  look_at_known_texts(leaf, step.name == "type"
                                ? std::span<const std::string_view>(type)
                                : std::span<const std::string_view>(principals).first(count));
  const bool wants_none = leaf.accepts_absent;
  add(LintSeverity::kInfo, "ttl-in-one-region", step.offset, leaf.path,
      wants_none ? "userIdentity marks a delete by TTL only in the region where TTL ran; the same "
                   "delete passes this test in every other region"
                 : "userIdentity marks a delete by TTL only in the region where TTL ran, so this "
                   "holds in one region for each item",
      "");
}

void Linter::look_at_origin(const PatternLeaf& leaf, Steps steps) {
  add(LintSeverity::kWarning, "gtsim-origin", leaf.steps.front().offset, leaf.path,
      "\"origin\" is a member that gtsim adds; records of the service do not have it",
      "use it to study a run, not in a filter that you deploy");
  const std::set<std::string> known = {"origin.kind", "origin.region", "origin.version.region",
                                       "origin.version.timestamp"};
  if (known.count(leaf.path) != 0) {
    look_at_values(leaf, Holds::kText, "origin");
    if (leaf.path == "origin.kind") {
      look_at_known_texts(leaf, std::array<std::string_view, 2>{"APPLICATION", "REPLICATION"});
    }
    return;
  }
  never_there(leaf, "unknown-member",
              steps.empty() ? leaf.steps.front().offset : steps.back().offset,
              "there is no value at this place of \"origin\"",
              "it has kind, region, version.region and version.timestamp");
}

}  // namespace pattern
}  // namespace gtsim
