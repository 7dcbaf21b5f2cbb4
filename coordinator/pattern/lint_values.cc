// The half of the linter that looks at alternatives: can this ever hold for what stands there?
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/pattern/linter.h"
#include "coordinator/pattern/pattern_text.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/number.h"

namespace gtsim::pattern {
namespace {

bool can_hold(const Test& test, Holds holds) {
  switch (test.op) {
    case Operator::kExists:
    case Operator::kAbsent:
      return true;
    case Operator::kNumeric:
      return holds == Holds::kNumber;
    case Operator::kEquals:
      switch (test.kind) {
        case LeafKind::kNull:
          return false;
        case LeafKind::kTrue:
          return holds == Holds::kBoolean || holds == Holds::kTrueOnly;
        case LeafKind::kFalse:
          return holds == Holds::kBoolean;
        case LeafKind::kNumber:
          return holds == Holds::kNumber;
        case LeafKind::kString:
          return holds == Holds::kText;
      }
      return false;
    default:
      return holds == Holds::kText;
  }
}

bool is_number_type(std::string_view type) {
  return type == "N" || type == "NS";
}

std::string_view describe(Holds holds) {
  switch (holds) {
    case Holds::kText:
      return "a string";
    case Holds::kNumber:
      return "a number";
    case Holds::kBoolean:
      return "true or false";
    case Holds::kTrueOnly:
      return "true";
  }
  return "";
}

bool is_equality(const Condition& condition) {
  return condition.tests.front().op == Operator::kEquals;
}

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

void Linter::dead_alternative(const PatternLeaf& leaf, const Condition& condition, std::string rule,
                              std::string message, std::string mend) {
  const bool alone = leaf.conditions.size() == 1;
  const bool negated = condition.anything_but;
  message += negated ? ", so this excludes nothing"
             : alone ? ", so this never matches"
                     : ", so this alternative never matches";
  add(alone && !negated ? LintSeverity::kError : LintSeverity::kWarning, std::move(rule),
      condition.offset, leaf.path, std::move(message), std::move(mend));
}

void Linter::look_at_values(const PatternLeaf& leaf, Holds holds, std::string_view type) {
  for (const Condition& condition : leaf.conditions) {
    const bool some = std::any_of(condition.tests.begin(), condition.tests.end(),
                                  [&](const Test& test) { return can_hold(test, holds); });
    if (!some) {
      const Test& test = condition.tests.front();
      if (test.op == Operator::kNumeric && is_number_type(type)) {
        dead_alternative(leaf, condition, "numeric-on-attribute",
                         "numbers of attributes are strings in a record, which \"numeric\" does "
                         "not compare",
                         "compare the text, such as [\"42\"], or filter in the function");
      } else if (test.kind == LeafKind::kNumber && is_number_type(type)) {
        const auto number = Number::parse(test.text);
        dead_alternative(leaf, condition, "number-not-in-quotes",
                         "numbers of attributes are strings in a record",
                         fmt::format("write \"{}\"", number ? number->to_string() : test.text));
      } else {
        dead_alternative(leaf, condition, "wrong-kind",
                         fmt::format("the value of {} is {}", quote(type), describe(holds)), "");
      }
      continue;
    }
    if (is_number_type(type)) look_at_number_text(leaf, condition);
    if (holds == Holds::kNumber && is_equality(condition)) {
      add(LintSeverity::kWarning, "number-as-text", condition.offset, leaf.path,
          "a bare number is compared with the text of the event's number, which may be written in "
          "another form, such as 1.46480431E9",
          fmt::format("write {{\"numeric\": [\"=\", {}]}}", condition.tests.front().text));
    }
    std::string bytes;
    const bool is_binary = type == "B" || type == "BS";
    if (is_binary && is_equality(condition) &&
        !base64_decode(condition.tests.front().text, bytes)) {
      dead_alternative(leaf, condition, "not-base64", "binary values are base64 text in a record",
                       "write the base64 text, with padding");
    }
  }
}

// Numbers have one text: "42.12", whatever the application wrote.
void Linter::look_at_number_text(const PatternLeaf& leaf, const Condition& condition) {
  for (const Test& test : condition.tests) {
    if (test.op != Operator::kEquals || test.kind != LeafKind::kString) continue;
    const auto number = Number::parse(test.text);
    if (!number) {
      dead_alternative(leaf, condition, "not-a-number",
                       fmt::format("{} is not a number", quoted(test.text)), "");
    } else if (const std::string canonical = number->to_string(); canonical != test.text) {
      dead_alternative(
          leaf, condition, "number-form",
          fmt::format("DynamoDB stores the number {} as \"{}\"", quoted(test.text), canonical),
          fmt::format("write \"{}\"", canonical));
    }
  }
}

void Linter::look_at_known_texts(const PatternLeaf& leaf, std::span<const std::string_view> known) {
  for (const Condition& condition : leaf.conditions) {
    for (const Test& test : condition.tests) {
      if (!can_hold(test, Holds::kText) || test.op == Operator::kExists ||
          test.op == Operator::kAbsent) {
        continue;
      }
      const bool some = std::any_of(known.begin(), known.end(), [&](std::string_view text) {
        return test.holds({LeafKind::kString, text});
      });
      if (some) continue;
      std::string names;
      for (const std::string_view text : known) {
        names += (names.empty() ? "" : ", ") + quoted(text);
      }
      const bool deleted = test.text == "DELETE" || test.text == "DELETED";
      const bool updated = test.text == "UPDATE" || test.text == "UPDATED";
      dead_alternative(leaf, condition, "no-such-value",
                       fmt::format("no record has {} here; it is {}{}", pattern::describe(test),
                                   known.size() > 1 ? "one of " : "", names),
                       deleted   ? "write \"REMOVE\""
                       : updated ? "write \"MODIFY\""
                                 : "");
    }
  }
}

}  // namespace gtsim::pattern
