#include "coordinator/pattern/pattern_text.h"

#include <fmt/format.h>

#include "coordinator/pattern/leaf_condition.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim::pattern {
namespace {

constexpr std::size_t kLongestQuote = 80;

// Cut between characters.
std::string_view head(std::string_view text) {
  if (text.size() <= kLongestQuote) return text;
  std::size_t size = kLongestQuote;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

std::string number_text(double value) {
  return fmt::format("{}", value);
}

}  // namespace

std::string describe(const Test& test) {
  std::string quoted = quote(test.text);
  switch (test.op) {
    case Operator::kEquals:
      switch (test.kind) {
        case LeafKind::kNull:
          return "null";
        case LeafKind::kFalse:
          return "false";
        case LeafKind::kTrue:
          return "true";
        case LeafKind::kNumber:
          return test.text;
        case LeafKind::kString:
          return quoted;
      }
      break;
    case Operator::kEqualsIgnoreCase:
      return quoted + " in any case";
    case Operator::kPrefix:
      return "a string that begins with " + quoted;
    case Operator::kSuffix:
      return "a string that ends with " + quoted;
    case Operator::kPrefixIgnoreCase:
      return fmt::format("a string that begins with {} in any case", quoted);
    case Operator::kSuffixIgnoreCase:
      return fmt::format("a string that ends with {} in any case", quoted);
    case Operator::kNumeric: {
      const NumericRange& range = test.range;
      if (range.lower && range.upper && *range.lower == *range.upper) {
        return "the number " + number_text(*range.lower);
      }
      std::string text = "a number";
      if (range.lower) {
        text += (range.lower_included ? " >= " : " > ") + number_text(*range.lower);
      }
      if (range.upper) {
        if (range.lower) text += " and";
        text += (range.upper_included ? " <= " : " < ") + number_text(*range.upper);
      }
      return text;
    }
    case Operator::kWildcard:
      return "a string like " + quoted;
    case Operator::kCidr:
      return "an IP address in " + test.text;
    case Operator::kExists:
      return "any value";
    case Operator::kAbsent:
      return "no value";
  }
  return "";
}

namespace {

template <class Range>
std::string join_or(const Range& range) {
  std::string out;
  std::size_t index = 0;
  for (const auto& element : range) {
    if (index++ != 0) out += index == range.size() ? " or " : ", ";
    out += describe(element);
  }
  return out;
}

}  // namespace

std::string quote(std::string_view text) {
  const std::string_view shown = head(text);
  std::string out;
  append_json_string(out, shown);
  if (shown.size() < text.size()) out.insert(out.size() - 1, "...");
  return out;
}

std::string describe_node(const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::kString:
      return quote(node.text);
    case JsonKind::kNumber:
      return std::string(head(node.text));
    default:
      return std::string(describe(node.kind));
  }
}

std::string compact(const JsonNode& node) {
  std::string out;
  switch (node.kind) {
    case JsonKind::kString:
      append_json_string(out, node.text);
      break;
    case JsonKind::kNumber:
      out = node.text;
      break;
    case JsonKind::kArray:
      for (const JsonNode& element : node.elements) {
        out += (out.empty() ? "[" : ",") + compact(element);
      }
      out += out.empty() ? "[]" : "]";
      break;
    case JsonKind::kObject:
      for (const JsonMember& member : node.members) {
        out += out.empty() ? "{" : ",";
        append_json_string(out, member.name);
        out += ":" + compact(member.value);
      }
      out += out.empty() ? "{}" : "}";
      break;
    default:
      out = describe(node.kind);
  }
  return out;
}

std::string describe(const LeafValue& value) {
  switch (value.kind) {
    case LeafKind::kNull:
      return "null";
    case LeafKind::kFalse:
      return "false";
    case LeafKind::kTrue:
      return "true";
    case LeafKind::kNumber:
      return std::string(head(value.text));
    case LeafKind::kString:
      return quote(value.text);
  }
  return "";
}

std::string describe(const Condition& condition) {
  const std::string tests = join_or(condition.tests);
  return condition.anything_but ? "any value but " + tests : tests;
}

std::string describe(const std::vector<Condition>& conditions) {
  return join_or(conditions);
}

}  // namespace gtsim::pattern
