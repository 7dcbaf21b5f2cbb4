#include "coordinator/language/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "region-node/base/check.h"

namespace gtsim::language {
namespace {

// A key longer than 1024 characters is none for YAML unless it is announced.
constexpr std::size_t kLongestPlainKey = 500;

// ---- scalars -----------------------------------------------------------------------------------

enum class Place { kBlock, kFlow };  // flow: inside [...] or {...}

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

// Bytes that may not stand in a file, or that some readers of YAML take for line breaks or drop. In
// quotes they are escaped. `length`: of the character.
bool needs_escape(std::string_view text, std::size_t& length) {
  length = 1;
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < 0x20 || byte == 0x7F) return true;
  constexpr std::array<std::string_view, 4> kInvisible{"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9",
                                                       "\xEF\xBB\xBF"};
  for (const std::string_view other : kInvisible) {
    if (!text.starts_with(other)) continue;
    length = other.size();
    return true;
  }
  return false;
}

bool has_escapes(std::string_view text) {
  std::size_t length = 0;
  for (; !text.empty(); text.remove_prefix(length)) {
    if (needs_escape(text, length)) return true;
  }
  return false;
}

// Whether `text` can be a plain scalar that means itself. In flow also for the reader's joining of
// `lognormal(80ms` and `0.3)`, and for readers of YAML that know nothing of it.
bool can_be_plain(std::string_view text, Place place) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
    return false;
  if (text.front() == ' ' || text.back() == ' ' || has_escapes(text)) return false;
  if (is_one_of(text.front(), ",[]{}#&*!|>'\"%@`")) return false;
  const bool indicates = is_one_of(text.front(), "-?:");
  if (indicates && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.find(": ") != text.npos || text.ends_with(':') || text.find(" #") != text.npos) {
    return false;
  }
  if (text.starts_with("---") || text.starts_with("...")) return false;
  if (place == Place::kBlock) return true;
  if (text.find_first_of(",[]{}?") != text.npos) return false;
  const auto open = std::count(text.begin(), text.end(), '(');
  return open <= std::count(text.begin(), text.end(), ')');
}

std::string escaped(std::string_view text) {
  std::string out;
  std::size_t length = 0;
  for (; !text.empty(); text.remove_prefix(length)) {
    const char c = text.front();
    if (!needs_escape(text, length)) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    } else if (length > 1) {
      // The code point of the two or three bytes.
      unsigned point = static_cast<unsigned char>(c) & (length == 2 ? 0x1Fu : 0x0Fu);
      for (std::size_t i = 1; i < length; ++i) {
        point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
      }
      out += fmt::format("\\u{:04X}", point);
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string quoted(std::string_view text) {
  const bool has_quotes = text.find_first_of("\"\\") != text.npos;
  if (!has_quotes || has_escapes(text)) return '"' + escaped(text) + '"';
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + '\'';
}

std::string scalar_text(const Node& node, Place place) {
  if (node.kind == NodeKind::kNull) return "null";
  if (node.kind == NodeKind::kPlain && can_be_plain(node.text, place)) return node.text;
  CHECK(node.is_scalar());
  return quoted(node.text);
}

// With what stands before its value.
std::string key_text(const std::string& key, Place place) {
  const bool plain = can_be_plain(key, place) && key != "<<";
  const std::string text = plain ? key : quoted(key);
  if (text.size() > kLongestPlainKey) {
    CHECK(place == Place::kFlow);
    return "? " + text + " : ";
  }
  return text + ": ";
}

// ---- flow --------------------------------------------------------------------------------------

std::string flow_text(const Node& node, Place place) {
  if (node.kind != NodeKind::kList && node.kind != NodeKind::kMap) return scalar_text(node, place);
  const bool map = node.kind == NodeKind::kMap;
  std::string out = map ? "{" : "[";
  const char* separator = "";
  for (const Member& member : node.members) {
    out += separator + key_text(member.key, Place::kFlow) + flow_text(member.value, Place::kFlow);
    separator = ", ";
  }
  for (const Node& item : node.items) {
    out += separator + flow_text(item, Place::kFlow);
    separator = ", ";
  }
  return out + (map ? '}' : ']');
}

// Characters, not bytes.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

// ---- block -------------------------------------------------------------------------------------

bool is_map(const Node& node) {
  return node.kind == NodeKind::kMap;
}

bool has_long_key(const Node& map) {
  return std::any_of(map.members.begin(), map.members.end(), [](const Member& member) {
    return key_text(member.key, Place::kFlow).size() > kLongestPlainKey;
  });
}

// How deep the sections of a file are, `steps` and the like.
constexpr std::size_t kSection = 1;

class BlockWriter {
 public:
  explicit BlockWriter(std::size_t columns) : columns_(columns) {}

  [[nodiscard]] std::string take() { return std::move(out_); }

  // The members of a map, each on lines of their own. The first one stands where the text ends.
  void members(const Node& map, std::size_t indent, std::size_t depth) {
    for (std::size_t i = 0; i < map.members.size(); ++i) {
      if (i > 0) out_.append(indent, ' ');
      const Member& member = map.members[i];
      const std::string key = key_text(member.key, Place::kBlock);
      out_.append(key, 0, key.size() - 1);  // the blank is for what stands on the same line
      value(member.value, indent, indent + width_of(key), depth);
    }
  }

 private:
  // What stands behind `key:` or `-`. `column`: where it begins if it stays on this line.
  void value(const Node& node, std::size_t indent, std::size_t column, std::size_t depth) {
    const std::string flow = flow_text(node, Place::kBlock);
    if (stays_flow(node, depth, column + width_of(flow))) {
      out_ += ' ' + flow + '\n';
      return;
    }
    out_ += '\n';
    const std::size_t inner = indent + 2;
    if (is_map(node)) {
      out_.append(inner, ' ');
      members(node, inner, depth + 1);
      return;
    }
    for (const Node& item : node.items) {
      out_.append(inner, ' ');
      entry(item, inner, depth + 1);
    }
  }

  void entry(const Node& item, std::size_t indent, std::size_t depth) {
    out_ += '-';
    const std::string flow = flow_text(item, Place::kBlock);
    // Of a section `- conflicts: 1`, without braces.
    const bool alone = depth == kSection + 1 && item.members.size() == 1 && !has_long_key(item);
    if (is_map(item) && (alone || !stays_flow(item, depth, indent + 2 + width_of(flow)))) {
      out_ += ' ';
      members(item, indent + 2, depth + 1);
    } else {
      value(item, indent, indent + 2, depth);
    }
  }

  // Sections of the file are lists of entries, or maps of named things; below them what fits on a
  // line stays on it.
  [[nodiscard]] bool stays_flow(const Node& node, std::size_t depth, std::size_t end) const {
    if (node.items.empty() && node.members.empty()) return true;
    if (is_map(node) && has_long_key(node)) return true;
    const bool of_maps = std::any_of(node.items.begin(), node.items.end(), is_map);
    if (depth <= kSection + 1 && of_maps) return false;
    const bool of_things = std::any_of(node.members.begin(), node.members.end(),
                                       [](const Member& member) { return is_map(member.value); });
    if (depth == kSection && of_things) return false;
    return end <= columns_;
  }

  std::size_t columns_;
  std::string out_;
};

}  // namespace

std::string yaml_text(const Node& root, std::size_t columns) {
  CHECK(is_map(root));
  if (root.members.empty()) return "{}\n";
  BlockWriter writer(columns);
  writer.members(root, 0, 1);
  return writer.take();
}

}  // namespace gtsim::language
