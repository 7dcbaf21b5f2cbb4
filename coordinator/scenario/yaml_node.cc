#include "coordinator/scenario/yaml_node.h"

#include <fmt/format.h>

namespace gtsim::language {

const Member* Node::find(std::string_view key) const {
  for (const Member& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
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
