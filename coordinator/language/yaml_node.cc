#include "coordinator/language/yaml_node.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gtsim::language {

Node::Node() = default;
Node::Node(const Node& other) = default;
Node::Node(Node&& other) noexcept = default;
Node& Node::operator=(const Node& other) = default;
Node& Node::operator=(Node&& other) noexcept = default;
Node::~Node() = default;

const Member* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

namespace {

// 2026-01-01 and what begins with it: a date for readers of YAML 1.1.
bool begins_with_date(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00";
  if (text.size() < kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '-' ? text[i] != '-' : !digit) return false;
  }
  return true;
}

// Too careful rather than too bold, as no quotes are wrong: whatever starts as a number starts.
bool may_be_other_value(std::string_view text) {
  constexpr std::array<std::string_view, 10> kWords{"",     "~",    "null", "Null",  "NULL",
                                                    "true", "True", "TRUE", "false", "False"};
  if (std::find(kWords.begin(), kWords.end(), text) != kWords.end() || text == "FALSE") return true;
  if (begins_with_date(text)) return true;
  std::string_view rest = text;
  if (rest.front() == '-' || rest.front() == '+') rest.remove_prefix(1);
  if (rest == ".inf" || rest == ".Inf" || rest == ".INF") return true;
  if (rest == ".nan" || rest == ".NaN" || rest == ".NAN") return true;
  if (rest.starts_with("0x") || rest.starts_with("0o")) return true;
  return !rest.empty() && rest.find_first_not_of("0123456789.eE+-_") == std::string_view::npos &&
         rest.find_first_of("0123456789") != std::string_view::npos;
}

}  // namespace

Node plain_node(std::string text) {
  Node node;
  node.kind = NodeKind::kPlain;
  node.text = std::move(text);
  return node;
}

Node text_node(std::string text) {
  Node node = plain_node(std::move(text));
  if (may_be_other_value(node.text)) node.kind = NodeKind::kQuoted;
  return node;
}

Node list_node(std::vector<Node> items) {
  Node node;
  node.kind = NodeKind::kList;
  node.items = std::move(items);
  return node;
}

void add_member(Node& map, std::string key, Node value) {
  map.kind = NodeKind::kMap;
  map.members.push_back({std::move(key), {}, false, std::move(value)});
}

bool same_content(const Node& a, const Node& b) {
  return a.kind == b.kind && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_content) &&
         std::equal(a.members.begin(), a.members.end(), b.members.begin(), b.members.end(),
                    [](const Member& x, const Member& y) {
                      return x.key == y.key && same_content(x.value, y.value);
                    });
}

std::string quote_for_message(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  std::string out = "`";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool continues = (byte & 0xC0) == 0x80;
    if (out.size() > kLongest && !continues) {
      out += "...";
      break;
    }
    if (byte == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += text[i];
    }
  }
  return out + '`';
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case NodeKind::kEmpty:
      return "nothing";
    case NodeKind::kNull:
      return "null";
    case NodeKind::kPlain:
      return quote_for_message(node.text);
    case NodeKind::kQuoted:
      return "the quoted text " + quote_for_message(node.text);
    case NodeKind::kList:

      return node.items.empty() ? "an empty list" : fmt::format("a list of {}", node.items.size());
    case NodeKind::kMap:
      return node.members.empty() ? "an empty map" : "a map";
  }
  return "";
}

}  // namespace gtsim::language
