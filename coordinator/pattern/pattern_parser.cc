#include "coordinator/pattern/pattern_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "coordinator/pattern/pattern_text.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim::pattern {
namespace {

constexpr std::array<std::string_view, 9> kOperatorWords = {
    "anything-but", "cidr",    "equals-ignore-case", "exactly", "exists", "numeric", "prefix",
    "suffix",       "wildcard"};

// Offset of the character with that number; npos when the text is not as long.
std::size_t offset_of_character(std::string_view text, std::size_t number) {
  std::size_t seen = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) continue;
    if (seen++ == number) return at;
  }
  return std::string_view::npos;
}

// At least two objects whose members are fields: else it is a leaf, or a field that happens to be
// called "$or".
bool is_alternatives(const JsonNode& node) {
  if (node.kind != JsonKind::kArray || node.elements.size() < 2) return false;
  return std::all_of(node.elements.begin(), node.elements.end(), [](const JsonNode& element) {
    return element.kind == JsonKind::kObject &&
           std::none_of(element.members.begin(), element.members.end(),
                        [](const JsonMember& member) { return is_operator_word(member.name); });
  });
}

}  // namespace

bool is_operator_word(std::string_view word) {
  return std::find(kOperatorWords.begin(), kOperatorWords.end(), word) != kOperatorWords.end();
}

std::string join_steps(const std::vector<PathStep>& steps) {
  std::string path;
  for (const PathStep& step : steps) {
    if (&step != &steps.front()) path += '.';
    path += step.name;
  }
  return path;
}

bool Parser::parse(std::string_view text) {
  out_.text_ = text;
  if (const std::size_t bad = find_bad_utf8(text); bad != std::string_view::npos) {
    return fail(bad, fmt::format("{} is not UTF-8", describe_character(text, bad)));
  }
  if (const std::size_t beyond = offset_of_character(text, kMaxPatternCharacters);
      beyond != std::string_view::npos) {
    return fail(beyond,
                fmt::format("the pattern is longer than {} characters", kMaxPatternCharacters));
  }
  const JsonResult json = parse_json(text);
  if (!json) return fail(json.error().offset, json.error().message);
  if (json->kind != JsonKind::kObject) {
    return fail(json->offset, fmt::format("expected an object, found {}", describe_node(*json)),
                "Filter is not an object");
  }
  Children children;
  if (!fields(*json, children)) return false;
  out_.root_ = add_node({NodeKind::kAll, 0, std::move(children), {}});
  return true;
}

std::uint32_t Parser::add_node(FormulaNode node) {
  out_.nodes_.push_back(std::move(node));
  return static_cast<std::uint32_t>(out_.nodes_.size() - 1);
}

bool Parser::fields(const JsonNode& object, Children& children) {
  if (object.members.empty()) {
    return fail(object.offset, "expected at least one field, found an empty object",
                "Empty objects are not allowed");
  }
  warn_of_repeated_names(object);
  for (const JsonMember& member : object.members) {
    if (object.find(member.name) != &member.value) continue;  // a later one replaces it
    if (!field(member, children)) return false;
  }
  return true;
}

void Parser::warn_of_repeated_names(const JsonNode& object) {
  for (const JsonMember& member : object.members) {
    if (object.find(member.name) == &member.value) continue;
    warn(member.offset,
         fmt::format("{} is given twice in one object: only the last one counts, this one is "
                     "ignored",
                     quote(member.name)));
  }
}

bool Parser::field(const JsonMember& member, Children& children) {
  const bool is_or = member.name == "$or";
  if (is_or && is_alternatives(member.value)) return alternatives(member.value, children);
  if (is_or) {
    warn(member.offset,
         "`$or` is taken as the name of a field, because it is not a list of at least two objects "
         "of fields");
  }
  steps_.push_back({member.name, member.offset});
  bool good = false;
  if (member.value.kind == JsonKind::kObject) {
    good = fields(member.value, children);
  } else if (member.value.kind == JsonKind::kArray) {
    good = leaf(member, children);
  } else {
    good = fail(member.value.offset,
                fmt::format("expected an array of alternatives, such as [{0}], or an object of "
                            "fields, found {0}",
                            describe_node(member.value)),
                fmt::format("{} must be an object or an array", quote(member.name)));
  }
  steps_.pop_back();
  return good;
}

bool Parser::alternatives(const JsonNode& array, Children& children) {
  Children branches;
  for (const JsonNode& element : array.elements) {
    Children inner;
    if (!fields(element, inner)) return false;
    branches.push_back(add_node({NodeKind::kAll, 0, std::move(inner), {}}));
  }
  children.push_back(add_node({NodeKind::kAny, 0, std::move(branches), {}}));
  return true;
}

bool Parser::leaf(const JsonMember& member, Children& children) {
  if (member.value.elements.empty()) {
    return fail(member.value.offset, "expected at least one alternative, found an empty array",
                "Empty arrays are not allowed");
  }
  PatternLeaf found;
  found.steps = steps_;
  found.path = join_steps(steps_);
  for (const JsonNode& element : member.value.elements) {
    Condition& added = found.conditions.emplace_back();
    added.offset = element.offset;
    if (!condition(element, added)) return false;
    added.text = compact(element);
    found.accepts_absent = found.accepts_absent || added.accepts_absent();
  }
  // Two spellings of one path ("a.b" and "a": {"b"}) are one field, so the later replaces the
  // earlier as a repeated name would.
  for (const std::uint32_t child : children) {
    const FormulaNode& node = out_.nodes_[child];
    if (node.kind != NodeKind::kLeaf || out_.leaves_[node.leaf].path != found.path) continue;
    warn(out_.leaves_[node.leaf].steps.back().offset,
         fmt::format("the field {} is given twice, with dots in a name and without: only the last "
                     "one counts, this one is ignored",
                     found.path));
    out_.leaves_[node.leaf] = std::move(found);
    return true;
  }
  out_.leaves_.push_back(std::move(found));
  const auto index = static_cast<std::uint32_t>(out_.leaves_.size() - 1);
  children.push_back(add_node({NodeKind::kLeaf, index, {}, {}}));
  return true;
}

bool Parser::fail(std::size_t offset, std::string message, std::string engine_text) {
  error_ = out_.note(offset, current_path(), std::move(message));
  error_.engine_text = std::move(engine_text);
  return false;
}

void Parser::warn(std::size_t offset, std::string message) {
  out_.warnings_.push_back(out_.note(offset, current_path(), std::move(message)));
}

std::string Parser::current_path() const {
  return join_steps(steps_);
}

}  // namespace gtsim::pattern
