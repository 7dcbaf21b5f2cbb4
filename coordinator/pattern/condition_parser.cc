// The half of the parser that reads the alternatives of a leaf.
#include <fmt/format.h>

#include <charconv>

#include "coordinator/pattern/case_fold.h"
#include "coordinator/pattern/pattern_parser.h"
#include "coordinator/pattern/pattern_text.h"

namespace gtsim::pattern {
namespace {

constexpr std::string_view kEventBusOnly =
    "is documented for event buses only; whether an event source mapping of Lambda takes it is not";

// The documented range and precision of EventBridge's numbers.
constexpr double kLargestDocumented = 5e9;
constexpr std::size_t kMostDocumentedDigits = 15;

bool is_text(const JsonNode& node) {
  return node.kind == JsonKind::kString;
}

bool parse_double(std::string_view text, double& out) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  return code == std::errc{} && end == text.data() + text.size();
}

// An integer without exponent, or a fraction without trailing zeros: what most writers of JSON
// print.
bool is_plain_number(std::string_view text) {
  if (text == "-0" || text.find_first_of("eE") != std::string_view::npos) return false;
  return text.find('.') == std::string_view::npos || !text.ends_with('0');
}

std::size_t significant_digits(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text.substr(0, text.find_first_of("eE"))) {
    if (c < '0' || c > '9') continue;
    if (count == 0 && c == '0') continue;
    ++count;
  }
  return count;
}

}  // namespace

std::string Parser::unknown_operator(const JsonMember& member) const {
  constexpr std::pair<std::string_view, std::string_view> kOtherWords[] = {
      {"starts-with", "prefix"},     {"startswith", "prefix"}, {"begins-with", "prefix"},
      {"ends-with", "suffix"},       {"endswith", "suffix"},   {"not", "anything-but"},
      {"not-equals", "anything-but"}};
  const std::string& name = member.name;
  if (steps_.back().name == "$or") {
    return fmt::format(
        "expected at least two objects of fields in `$or`, and nothing else, found "
        "{} here",
        quote(name));
  }
  const std::string folded = fold_case(name);
  std::string hint;
  for (const auto& [word, meant] : kOtherWords) {
    if (folded == word) hint = meant;
  }
  if (is_operator_word(folded)) hint = folded;
  if (!hint.empty())
    return fmt::format("expected an operator, found {}; did you mean {}?", quote(name),
                       quote(hint));
  std::string message = fmt::format(
      "expected an operator (anything-but, cidr, equals-ignore-case, exists, numeric, prefix, "
      "suffix, wildcard), found {}",
      quote(name));
  const bool is_field =
      member.value.kind == JsonKind::kArray || member.value.kind == JsonKind::kObject;
  if (is_field) message += "; fields stand in an object, without a list around it";
  return message;
}

bool Parser::condition(const JsonNode& node, Condition& out) {
  Test test;
  switch (node.kind) {
    case JsonKind::kNull:
      test.kind = LeafKind::kNull;
      break;
    case JsonKind::kFalse:
      test.kind = LeafKind::kFalse;
      break;
    case JsonKind::kTrue:
      test.kind = LeafKind::kTrue;
      break;
    case JsonKind::kNumber:
      test.kind = LeafKind::kNumber;
      test.text = node.text;
      if (!is_plain_number(node.text)) {
        warn(node.offset,
             fmt::format("{0} is compared with the text of the event's number, so that 300.0 does "
                         "not match 300; write {{\"numeric\": [\"=\", {0}]}} to compare the value",
                         node.text));
      }
      break;
    case JsonKind::kString:
      test.text = node.text;
      break;
    case JsonKind::kArray:
      return fail(node.offset,
                  "expected a string, number, true, false, null or an object with an operator, "
                  "found an array",
                  "Match value must be String, number, true, false, or null");
    case JsonKind::kObject:
      if (node.members.empty()) {
        return fail(node.offset,
                    "expected an operator such as {\"prefix\": \"a\"}, found an empty "
                    "object",
                    "Empty objects are not allowed");
      }
      if (node.members.size() > 1) {
        return fail(node.members[1].offset,
                    fmt::format("expected one operator in each object, found {} after {}",
                                quote(node.members[1].name), quote(node.members[0].name)),
                    "Only one key allowed in match expression");
      }
      return operation(node.members.front(), out);
  }
  out.tests.push_back(std::move(test));
  return true;
}

bool Parser::operation(const JsonMember& member, Condition& out) {
  const std::string& name = member.name;
  if (name == "anything-but") return anything_but(member.value, out);
  Test& test = out.tests.emplace_back();
  if (name == "prefix") return affix(member, Operator::kPrefix, Operator::kPrefixIgnoreCase, test);
  if (name == "suffix") return affix(member, Operator::kSuffix, Operator::kSuffixIgnoreCase, test);
  if (name == "equals-ignore-case") {
    return text_operand(member.value, name, Operator::kEqualsIgnoreCase, test);
  }
  if (name == "exactly") {
    warn(member.offset, "\"exactly\" is not documented; a plain string says the same");
    return text_operand(member.value, name, Operator::kEquals, test);
  }
  if (name == "numeric") return numeric(member.value, test);
  if (name == "exists") return exists(member.value, test);
  if (name == "wildcard" || name == "cidr") {
    warn(member.offset, fmt::format("\"{}\" {}", name, kEventBusOnly));
    return name == "wildcard" ? wildcard(member.value, test) : cidr(member.value, test);
  }
  return fail(member.offset, unknown_operator(member),
              fmt::format("Unrecognized match type {}", name));
}

bool Parser::text_operand(const JsonNode& node, std::string_view name, Operator op, Test& out) {
  if (!is_text(node)) {
    return fail(node.offset,
                fmt::format("{}: expected a string, found {}", name, describe_node(node)),
                name == "prefix" ? "prefix match pattern must be a string" : "");
  }
  out.op = op;
  const bool folds = op == Operator::kEqualsIgnoreCase || op == Operator::kPrefixIgnoreCase ||
                     op == Operator::kSuffixIgnoreCase;
  out.text = folds ? fold_case(node.text) : node.text;
  return true;
}

bool Parser::affix(const JsonMember& member, Operator plain, Operator folded, Test& out) {
  const JsonNode& node = member.value;
  if (node.kind != JsonKind::kObject) return text_operand(node, member.name, plain, out);
  if (node.members.size() != 1 || node.members.front().name != "equals-ignore-case") {
    return fail(node.offset,
                fmt::format("{0}: expected a string or {{\"equals-ignore-case\": a string}}, found "
                            "{1}",
                            member.name, compact(node)),
                member.name == "prefix" ? "prefix match pattern must be a string" : "");
  }
  warn(node.members.front().offset,
       fmt::format("\"{}\" with \"equals-ignore-case\" {}", member.name, kEventBusOnly));
  return text_operand(node.members.front().value, "equals-ignore-case", folded, out);
}

bool Parser::exists(const JsonNode& node, Test& out) {
  if (node.kind != JsonKind::kTrue && node.kind != JsonKind::kFalse) {
    return fail(node.offset,
                fmt::format("exists: expected true or false, found {}", describe_node(node)),
                "exists match pattern must be either true or false.");
  }
  out.op = node.kind == JsonKind::kTrue ? Operator::kExists : Operator::kAbsent;
  return true;
}

bool Parser::numeric(const JsonNode& node, Test& out) {
  if (node.kind != JsonKind::kArray) {
    return fail(
        node.offset,
        fmt::format("numeric: expected an array such as [\">\", 0], found {}", describe_node(node)),
        "Value of numeric must be an array.");
  }
  if (node.elements.empty()) {
    return fail(node.offset, "numeric: expected an array such as [\">\", 0], found an empty one",
                "Empty arrays are not allowed");
  }
  out.op = Operator::kNumeric;
  const bool equality = node.elements.front().text == "=";
  for (std::size_t i = 0; i < node.elements.size(); i += 2) {
    if (i >= 4 || (i >= 2 && equality)) {
      return fail(
          node.elements[i].offset,
          fmt::format("numeric: expected at most {}, found more",
                      equality ? "one number after \"=\"" : "one lower and one upper bound"),
          "Too many terms in numeric range expression");
    }
    if (!numeric_bound(node, i, out.range)) return false;
  }
  const NumericRange& range = out.range;
  if (range.lower && range.upper && !equality) {
    if (*range.lower >= *range.upper) {
      return fail(node.elements[3].offset,
                  "numeric: expected a lower bound below the upper bound; no number is in between");
    }
    if (node.elements.front().text.starts_with('<')) {
      warn(node.elements.front().offset,
           "the documentation shows the lower bound first; write it so to be safe");
    }
  }
  return true;
}

bool Parser::numeric_bound(const JsonNode& list, std::size_t index, NumericRange& range) {
  const JsonNode& op = list.elements[index];
  const std::string& sign = op.text;
  const bool equality = sign == "=";
  const bool lower = equality || sign == ">" || sign == ">=";
  const bool upper = equality || sign == "<" || sign == "<=";
  if (!is_text(op) || (!lower && !upper)) {
    return fail(op.offset, fmt::format("numeric: expected one of \"=\", \"<\", \"<=\", \">\", "
                                       "\">=\", found {}",
                                       describe_node(op)));
  }
  if (equality && index != 0) {
    return fail(op.offset, "numeric: expected another bound, found \"=\", which must stand alone");
  }
  if ((lower && range.lower) || (upper && range.upper)) {
    return fail(op.offset, fmt::format("numeric: expected {0} bound, found {1}, a second {2} bound",
                                       lower ? "an upper" : "a lower", quote(sign),
                                       lower ? "lower" : "upper"));
  }
  if (index + 1 == list.elements.size()) {
    return fail(list.end - 1, fmt::format("numeric: expected a number after {}, found the end of "
                                          "the list",
                                          quote(sign)));
  }
  const JsonNode& bound = list.elements[index + 1];
  double value = 0;
  if (bound.kind != JsonKind::kNumber || !parse_double(bound.text, value)) {
    return fail(
        bound.offset,
        fmt::format("numeric: expected a number after {}, found {}{}", quote(sign),
                    describe_node(bound),
                    bound.kind == JsonKind::kNumber ? ", which is past the range of numbers" : ""));
  }
  if (value > kLargestDocumented || value < -kLargestDocumented ||
      significant_digits(bound.text) > kMostDocumentedDigits) {
    warn(bound.offset, fmt::format("{} is outside of what is documented for numbers: -5.0e9 to "
                                   "5.0e9 with 15 digits",
                                   bound.text));
  }
  const bool included = sign.ends_with('=');
  if (lower) {
    range.lower = value;
    range.lower_included = included;
  }
  if (upper) {
    range.upper = value;
    range.upper_included = included;
  }
  return true;
}

bool Parser::wildcard(const JsonNode& node, Test& out) {
  if (!text_operand(node, "wildcard", Operator::kWildcard, out)) return false;
  std::string piece;
  bool after_star = false;
  for (std::size_t i = 0; i < out.text.size(); ++i) {
    const char c = out.text[i];
    if (c == '*') {
      if (after_star) {
        return fail(node.offset, fmt::format("wildcard: expected no two `*` in a row, found them "
                                             "in {}",
                                             quote(out.text)));
      }
      out.pieces.push_back(std::move(piece));
      piece.clear();
    } else if (c == '\\') {
      const char next = i + 1 < out.text.size() ? out.text[i + 1] : '\0';
      if (next != '*' && next != '\\') {
        return fail(node.offset, fmt::format("wildcard: expected `*` or `\\` after a backslash in "
                                             "the text {} (in JSON, each backslash is written "
                                             "twice)",
                                             out.text));
      }
      piece += next;
      ++i;
    } else {
      piece += c;
    }
    after_star = c == '*';
  }
  out.pieces.push_back(std::move(piece));
  return true;
}

bool Parser::cidr(const JsonNode& node, Test& out) {
  if (!text_operand(node, "cidr", Operator::kCidr, out)) return false;
  const auto block = parse_cidr(out.text);
  if (!block) {
    return fail(node.offset, fmt::format("cidr: expected a block of IP addresses such as "
                                         "\"10.0.0.0/24\" or \"2001:db8::/32\", found {}",
                                         quote(out.text)));
  }
  out.block = *block;
  return true;
}

}  // namespace gtsim::pattern
