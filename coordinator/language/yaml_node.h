// A scenario file as a tree, before anything is known of what it means. Every node knows where it
// stands, so that every later refusal can point at it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/scenario/scenario.h"

namespace gtsim::language {

inline constexpr std::size_t kMaxNesting = 40;
inline constexpr std::size_t kMaxNodes = 200'000;
inline constexpr std::size_t kMaxCallArguments = 200;  // as in empirical(10ms, 20ms, ...)

enum class NodeKind {
  kEmpty,   // nothing was written, as after `regions:`
  kNull,    // null or ~
  kPlain,   // a word without quotes: may be a number, true, false, a name, ...
  kQuoted,  // always a text
  kList,
  kMap,
};

struct Member;

struct Node {
  // Out of line, as every field of the language has code that makes nodes.
  Node();
  Node(const Node& other);
  Node(Node&& other) noexcept;
  Node& operator=(const Node& other);
  Node& operator=(Node&& other) noexcept;
  ~Node();

  NodeKind kind = NodeKind::kEmpty;
  SourcePosition position;
  std::string text;             // kPlain, kQuoted
  std::vector<Node> items;      // kList
  std::vector<Member> members;  // kMap, in the order of the file, no key twice

  [[nodiscard]] bool is_scalar() const {
    return kind == NodeKind::kPlain || kind == NodeKind::kQuoted;
  }
  [[nodiscard]] const Member* find(std::string_view key) const;
};

struct Member {
  std::string key;
  SourcePosition key_position;
  bool key_quoted = false;
  Node value;
};

// Nodes that stand in no file, for printing (yaml_text.h).
[[nodiscard]] Node plain_node(std::string text);  // a scalar whose quotes do not matter
// A text that must not be taken for a number, a date, true, false or null: quoted when it could be.
[[nodiscard]] Node text_node(std::string text);
[[nodiscard]] Node list_node(std::vector<Node> items);
void add_member(Node& map, std::string key, Node value);
// Whether both say the same, wherever they stand.
[[nodiscard]] bool same_content(const Node& a, const Node& b);

// What a message says was found: "a list", "`80`", "nothing". Long texts are cut, unprintable
// characters escaped.
[[nodiscard]] std::string describe(const Node& node);
[[nodiscard]] std::string quote_for_message(std::string_view text);

struct TreeError {
  SourcePosition position;
  std::string message;
};

// Strict: one document; no anchors, aliases, tags, merge keys, directives or duplicate keys; keys
// are words; bounded nesting and node count. One thing is more lenient than YAML: inside {...} and
// [...] a comma between parentheses does not end a word, so that {latency: lognormal(80ms, 0.3)}
// needs no quotes. REQUIRES: check_text accepted `text` (source_text.h).
[[nodiscard]] std::variant<Node, TreeError> parse_yaml(std::string_view text);

}  // namespace gtsim::language
