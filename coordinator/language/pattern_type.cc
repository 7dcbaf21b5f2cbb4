#include "coordinator/language/pattern_type.h"

#include <boost/json.hpp>

#include "coordinator/language/values.h"
#include "coordinator/pattern/event_pattern.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim::language {
namespace {

// FilterCriteria takes 5 filters, 10 on request.
constexpr std::size_t kMostPatterns = 10;

bool append_json(ReadContext& context, const Node& node, std::string& out);

// A word without quotes is what JSON would take it for, else a text.
void append_plain(std::string_view text, std::string& out) {
  if (text == "true" || text == "false" || text == "null") {
    out += text;
    return;
  }
  const bool may_be_number =
      !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  boost::json::error_code code;
  if (may_be_number) {
    const boost::json::value value = boost::json::parse(text, code);
    if (!code && value.is_number()) {
      out += text;
      return;
    }
  }
  append_json_string(out, text);
}

bool append_map(ReadContext& context, const Node& node, std::string& out) {
  bool good = true;
  out += '{';
  for (std::size_t i = 0; i < node.members.size(); ++i) {
    const Member& member = node.members[i];
    if (i > 0) out += ',';
    append_json_string(out, member.key);
    out += ':';
    const ReadContext::Scope scope(context, member.key);
    good = append_json(context, member.value, out) && good;
  }
  out += '}';
  return good;
}

bool append_list(ReadContext& context, const Node& node, std::string& out) {
  bool good = true;
  out += '[';
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    if (i > 0) out += ',';
    const ReadContext::Scope scope(context, i);
    good = append_json(context, node.items[i], out) && good;
  }
  out += ']';
  return good;
}

bool append_json(ReadContext& context, const Node& node, std::string& out) {
  switch (node.kind) {
    case NodeKind::kEmpty:
      return context.error(node, "expected a value; found nothing");
    case NodeKind::kNull:
      out += "null";
      return true;
    case NodeKind::kPlain:
      append_plain(node.text, out);
      return true;
    case NodeKind::kQuoted:
      append_json_string(out, node.text);
      return true;
    case NodeKind::kList:
      return append_list(context, node, out);
    case NodeKind::kMap:
      return append_map(context, node, out);
  }
  return false;
}

bool check_pattern(ReadContext& context, const Node& node, const std::string& text) {
  const auto pattern = EventPattern::parse(text);
  if (pattern) return true;
  const PatternNote& note = pattern.error();
  // A place in the JSON that was made of YAML would lead nowhere; the field's path does not.
  const std::string where = node.kind == NodeKind::kMap ? note.path : note.to_string();
  return context.error(
      node, fmt::format("{}{} (the service says: {})",
                        node.kind == NodeKind::kMap && !where.empty() ? where + ": " : "",
                        node.kind == NodeKind::kMap ? note.message : where, kPatternRefusal));
}

// ---- the way back

Node node_of(const boost::json::value& value) {
  Node node;
  switch (value.kind()) {
    case boost::json::kind::object:
      node.kind = NodeKind::kMap;
      for (const auto& [key, member] : value.get_object()) add_member(node, key, node_of(member));
      return node;
    case boost::json::kind::array:
      node.kind = NodeKind::kList;
      for (const auto& element : value.get_array()) node.items.push_back(node_of(element));
      return node;
    case boost::json::kind::string:
      return text_node(std::string(value.get_string()));
    case boost::json::kind::null:
      node.kind = NodeKind::kNull;
      return node;
    default:
      return plain_node(boost::json::serialize(value));
  }
}

// As YAML where exactly this text comes of it, or else as the text.
Node pattern_node(const std::string& pattern) {
  boost::json::error_code code;
  const boost::json::value value = boost::json::parse(pattern, code);
  if (!code && value.is_object()) {
    Node node = node_of(value);
    ReadContext unused{""};
    std::string again;
    if (append_map(unused, node, again) && again == pattern) return node;
  }
  Node text = plain_node(pattern);
  text.kind = NodeKind::kQuoted;
  return text;
}

Type<std::string> pattern_type() {
  auto definition = std::make_shared<Definition>();
  definition->name = "event pattern";
  definition->doc =
      "A filter as Lambda takes it, in YAML or as JSON text. See [filters](filters.md). Attribute "
      "values name their type: `{dynamodb: {NewImage: {home: {S: [eu-west-1]}}}}`. A number "
      "attribute is a text: `{N: [\"42\"]}`.";
  definition->forms = {"{eventName: [INSERT, MODIFY]}",
                       "'{\"dynamodb\": {\"NewImage\": {\"home\": {\"S\": [\"eu-west-1\"]}}}}'"};
  definition->schema =
      boost::json::object{{"anyOf", boost::json::array{boost::json::object{{"type", "object"}},
                                                       boost::json::object{{"type", "string"}}}}};
  const TypeText text = refer_to(definition, "an event pattern");
  return {text,
          [text](ReadContext& context, const Node& node, std::string& out) {
            if (node.kind == NodeKind::kQuoted) {
              out = node.text;
            } else if (node.kind != NodeKind::kMap) {
              return mismatch(context, node, text);
            } else if (!append_map(context, node, out)) {
              return false;
            }
            return check_pattern(context, node, out);
          },
          [](const PrintContext&, const std::string& pattern) -> std::optional<Node> {
            return pattern_node(pattern);
          }};
}

}  // namespace

Type<std::vector<std::string>> patterns_type() {
  const Type<std::string> one = pattern_type();
  const auto alone = mapped<std::vector<std::string>>(
      one, [](std::string&& pattern) { return std::vector<std::string>{std::move(pattern)}; },
      OnlyOne{});
  return by_shape<std::vector<std::string>>(
      {.scalar = alone,
       .list =
           list_of(one, "a list of up to 10 event patterns", {.fewest = 1, .most = kMostPatterns}),
       .map = alone});
}

}  // namespace gtsim::language
