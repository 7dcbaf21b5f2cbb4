// The part of the parser that reads {"anything-but": ...}.
#include <fmt/format.h>

#include "coordinator/pattern/pattern_parser.h"
#include "coordinator/pattern/pattern_text.h"

namespace gtsim::pattern {
namespace {

constexpr std::string_view kExpected = "a string, a number, a list of those or an operator";

}  // namespace

bool Parser::anything_but(const JsonNode& node, Condition& out) {
  out.anything_but = true;
  if (node.kind == JsonKind::kObject) return anything_but_operation(node, out);
  const bool is_list = node.kind == JsonKind::kArray;
  if (is_list && node.elements.empty()) {
    return fail(node.offset, "anything-but: expected at least one value, found an empty array",
                "Empty arrays are not allowed");
  }
  const std::vector<JsonNode> single = is_list ? std::vector<JsonNode>{} : std::vector{node};
  for (const JsonNode& value : is_list ? node.elements : single) {
    if (value.kind != JsonKind::kString && value.kind != JsonKind::kNumber) {
      return fail(value.offset,
                  fmt::format("anything-but: expected {}, found {}",
                              is_list ? "a string or a number in the list" : kExpected,
                              describe_node(value)));
    }
    Test& test = out.tests.emplace_back();
    test.kind = value.kind == JsonKind::kString ? LeafKind::kString : LeafKind::kNumber;
    test.text = value.text;
  }
  return true;
}

bool Parser::anything_but_operation(const JsonNode& node, Condition& out) {
  if (node.members.size() != 1) {
    return fail(node.offset,
                fmt::format("anything-but: expected one operator, found {}", compact(node)),
                node.members.empty() ? "Empty objects are not allowed"
                                     : "Only one key allowed in match expression");
  }
  const JsonMember& member = node.members.front();
  const std::string& name = member.name;
  const bool is_affix = name == "prefix" || name == "suffix";
  if (!is_affix && name != "equals-ignore-case" && name != "wildcard") {
    return fail(member.offset,
                fmt::format("anything-but: expected one of equals-ignore-case, prefix, suffix, "
                            "wildcard, found {}",
                            quote(name)),
                fmt::format("Unsupported anything-but pattern: {}", name));
  }
  warn(member.offset,
       fmt::format("\"anything-but\" with \"{}\" is documented for event buses only; "
                   "whether an event source mapping of Lambda takes it is not",
                   name));
  const bool is_list = member.value.kind == JsonKind::kArray;
  if (is_list && member.value.elements.empty()) {
    return fail(
        member.value.offset,
        fmt::format("anything-but {}: expected at least one string, found an empty array", name),
        "Empty arrays are not allowed");
  }
  const std::vector<JsonNode> single =
      is_list ? std::vector<JsonNode>{} : std::vector{member.value};
  for (const JsonNode& value : is_list ? member.value.elements : single) {
    Test& test = out.tests.emplace_back();
    const JsonMember one{name, member.offset, value};
    bool good = false;
    if (name == "prefix") {
      good = affix(one, Operator::kPrefix, Operator::kPrefixIgnoreCase, test);
    } else if (name == "suffix") {
      good = affix(one, Operator::kSuffix, Operator::kSuffixIgnoreCase, test);
    } else if (name == "wildcard") {
      good = wildcard(value, test);
    } else {
      good = text_operand(value, name, Operator::kEqualsIgnoreCase, test);
    }
    if (!good) return false;
    if (is_affix && test.text.empty()) {
      return fail(value.offset,
                  fmt::format("anything-but {}: expected a string that is not empty; every string "
                              "begins and ends with the empty one",
                              name));
    }
  }
  return true;
}

}  // namespace gtsim::pattern
