// The only file that knows yaml-cpp. Its events become our own tree; the handler refuses what the
// language leaves out, and by throwing stops yaml-cpp before hostile input can make it recurse
// deeply or build something large. No exception leaves this file.
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>

#include "coordinator/language/source_text.h"
#include "coordinator/language/yaml_node.h"

namespace gtsim::language {
namespace {

// Columns count characters, as editors do, while yaml-cpp counts bytes. Counting is bounded so that
// a hostile file cannot make it slow; beyond the bound a column counts bytes.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') starts_.push_back(i + 1);
    }
  }

  [[nodiscard]] SourcePosition position(const YAML::Mark& mark) const {
    const std::size_t line = mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line);
    const std::size_t column = mark.column < 0 ? 0 : static_cast<std::size_t>(mark.column);
    return {static_cast<int>(line) + 1, static_cast<int>(characters(line, column)) + 1};
  }

  // The rest of the text from the mark on.
  [[nodiscard]] std::string_view at(const YAML::Mark& mark) const {
    if (mark.pos < 0 || static_cast<std::size_t>(mark.pos) > text_.size()) return {};
    return text_.substr(static_cast<std::size_t>(mark.pos));
  }

 private:
  [[nodiscard]] std::size_t characters(std::size_t line, std::size_t bytes) const {
    constexpr std::size_t kLongestCounted = 4096;
    if (line >= starts_.size() || bytes > kLongestCounted) return bytes;
    const std::string_view before = text_.substr(starts_[line], bytes);
    return static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
      return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
  }

  std::string_view text_;
  std::vector<std::size_t> starts_;
};

// yaml-cpp takes the end of the file for the end of a quoted scalar when a line break comes before
// it.
bool is_closed(std::string_view scalar) {
  if (scalar.empty() || (scalar.front() != '"' && scalar.front() != '\'')) return true;
  const char quote = scalar.front();
  for (std::size_t i = 1; i < scalar.size(); ++i) {
    if (quote == '"' && scalar[i] == '\\') {
      ++i;
    } else if (scalar[i] == quote) {
      const bool doubled = quote == '\'' && i + 1 < scalar.size() && scalar[i + 1] == quote;
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

// The word for null that `text` starts with; yaml-cpp reports values that were left out in the same
// way, and then something else stands there.
std::string_view null_word(std::string_view text) {
  for (const std::string_view word : {"null", "Null", "NULL", "~"}) {
    if (!text.starts_with(word)) continue;
    const std::string_view rest = text.substr(word.size());
    if (rest.empty() || std::string_view(" \t\r\n,:]}").find(rest.front()) != rest.npos)
      return word;
  }
  return {};
}

// How many parentheses are open at the end of a plain word.
int open_parentheses(std::string_view text) {
  return static_cast<int>(std::count(text.begin(), text.end(), '(')) -
         static_cast<int>(std::count(text.begin(), text.end(), ')'));
}

// What YAML read as `latency: uniform(0ms` and a key `5ms)` without value becomes one value again;
// the same for the elements of a list. Words whose parentheses stay open are left as they are.
void join_calls(Node& node) {
  const auto join = [](auto& parts, auto text_of, auto continues) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < parts.size(); ++i, ++kept) {
      if (kept != i) parts[kept] = std::move(parts[i]);
      std::string* head = text_of(parts[kept]);
      if (head == nullptr || open_parentheses(*head) <= 0) continue;
      std::string joined = *head;
      int open = open_parentheses(joined);
      const std::size_t end = std::min(parts.size(), i + 1 + kMaxCallArguments);
      for (std::size_t next = i + 1; next < end && continues(parts[next]); ++next) {
        joined += ", " + *continues(parts[next]);
        open += open_parentheses(*continues(parts[next]));
        if (open > 0) continue;
        *head = std::move(joined);
        i = next;
        break;
      }
    }
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(kept), parts.end());
  };
  const auto plain_text = [](Node& value) {
    return value.kind == NodeKind::kPlain ? &value.text : nullptr;
  };
  join(node.items, plain_text, plain_text);
  join(
      node.members, [&](Member& member) { return plain_text(member.value); },
      [](Member& member) {
        return !member.key_quoted && member.value.kind == NodeKind::kEmpty ? &member.key : nullptr;
      });
}

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const LineIndex& lines) : lines_(lines) {}

  [[nodiscard]] Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      refuse(mark, "a second document; a scenario file holds exactly one");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_properties(mark, "?", anchor);
    const std::string_view word = null_word(lines_.at(mark));
    if (expects_key()) {
      // {NULL: true} is a typed value; as a key the word means itself.
      if (word.empty()) refuse(mark, "a key is missing here; expected `name: value`");
      take_key(mark, std::string(word), false);
      return;
    }
    Node node;
    node.kind = word.empty() ? NodeKind::kEmpty : NodeKind::kNull;
    node.position = lines_.position(mark);
    if (word.empty() && !open_.empty() && open_.back().key) {
      node.position = open_.back().key->key_position;
    }
    add(mark, std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_alias(mark); }
  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_alias(mark); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_properties(mark, tag, anchor);
    const bool quoted = tag == "!";
    if (quoted && !is_closed(lines_.at(mark))) refuse(mark, "a quote that is not closed");
    if (expects_key()) {
      if (value == "<<" && !quoted) {
        refuse(mark, "merge keys (`<<`) are not part of scenario files; write the fields out");
      }
      take_key(mark, value, quoted);
      return;
    }
    Node node;
    node.kind = quoted ? NodeKind::kQuoted : NodeKind::kPlain;
    node.position = lines_.position(mark);
    node.text = value;
    add(mark, std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, NodeKind::kList, style);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(mark, tag, anchor, NodeKind::kMap, style);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    bool flow = false;          // written with brackets
    std::optional<Member> key;  // read, its value not yet
  };

  [[noreturn]] void refuse(const YAML::Mark& mark, std::string message) const {
    throw TreeError{lines_.position(mark), std::move(message)};
  }
  [[noreturn]] void refuse_alias(const YAML::Mark& mark) const {
    refuse(mark, "anchors and aliases (`&`, `*`) are not part of scenario files");
  }

  void refuse_properties(const YAML::Mark& mark, const std::string& tag,
                         YAML::anchor_t anchor) const {
    if (anchor != 0) refuse_alias(mark);
    // yaml-cpp says "!" of every quoted scalar, so an explicit `!` shows only in the text.
    if ((tag != "?" && tag != "!" && !tag.empty()) || lines_.at(mark).starts_with('!')) {
      refuse(mark, "tags (`!`) are not part of scenario files");
    }
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == NodeKind::kMap && !open_.back().key;
  }

  void take_key(const YAML::Mark& mark, std::string key, bool quoted) {
    count(mark);
    open_.back().key = Member{std::move(key), lines_.position(mark), quoted, Node{}};
  }

  void count(const YAML::Mark& mark) {
    if (++nodes_ > kMaxNodes) refuse(mark, fmt::format("more than {} values", kMaxNodes));
  }

  void add(const YAML::Mark& mark, Node node) {
    count(mark);
    attach(std::move(node));
  }

  void attach(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == NodeKind::kList) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    parent.key->value = std::move(node);
    parent.node.members.push_back(std::move(*parent.key));
    parent.key.reset();
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, NodeKind kind,
            YAML::EmitterStyle::value style) {
    refuse_properties(mark, tag, anchor);
    count(mark);
    if (expects_key()) refuse(mark, "a key must be a plain word, not a list or a map");
    if (open_.size() >= kMaxNesting) {
      refuse(mark, fmt::format("nested more than {} levels deep", kMaxNesting));
    }
    Open opened;
    opened.node.kind = kind;
    opened.flow = style == YAML::EmitterStyle::Flow;
    opened.node.position = lines_.position(mark);
    open_.push_back(std::move(opened));
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    if (closed.flow) join_calls(closed.node);
    refuse_duplicates(closed.node);
    attach(std::move(closed.node));
  }

  static void refuse_duplicates(const Node& map) {
    std::map<std::string_view, int> lines_of_keys;
    for (const Member& member : map.members) {
      const auto [first, added] = lines_of_keys.emplace(member.key, member.key_position.line);
      if (added) continue;
      throw TreeError{member.key_position,
                      fmt::format("{} appears twice in this map; first on line {}",
                                  quote_for_message(member.key), first->second)};
    }
  }

  const LineIndex& lines_;
  Node root_;
  std::vector<Open> open_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// What yaml-cpp says, and how a person who writes scenarios would say it.
struct Wording {
  const char* theirs;
  const char* ours;
};
const std::array<Wording, 8> kWordings{
    {{YAML::ErrorMsg::END_OF_SEQ_FLOW, "a `[` list is not closed, or a comma is missing in it"},
     {YAML::ErrorMsg::END_OF_MAP_FLOW, "a `{` map is not closed, or a comma is missing in it"},
     {YAML::ErrorMsg::END_OF_SEQ, "this does not fit the list it stands in; check the indentation"},
     {YAML::ErrorMsg::END_OF_MAP, "this does not fit the map it stands in; check the indentation"},
     {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote that is not closed"},
     {YAML::ErrorMsg::MAP_VALUE, "a `:` that ends no key; quote the text or check the indentation"},
     {YAML::ErrorMsg::UNKNOWN_ANCHOR,
      "anchors and aliases (`&`, `*`) are not part of scenario files"},
     {YAML::ErrorMsg::CHAR_IN_BLOCK,
      "a value that starts with `>` must stand in quotes, as in \"> 3\""}}};

// The library's messages quote the file byte by byte: half a character, or a control character.
std::string printable(std::string_view message) {
  std::string out;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

std::string explain(const YAML::Exception& error, std::string_view rest) {
  const bool starts_value = error.msg == YAML::ErrorMsg::UNKNOWN_TOKEN && !rest.empty();
  if (starts_value && rest.front() == '>') return kWordings.back().ours;
  if (starts_value && std::string_view("%@`|").find(rest.front()) != std::string_view::npos) {
    return fmt::format("a value that starts with `{}` must stand in quotes", rest.front());
  }
  for (const Wording& wording : kWordings) {
    if (error.msg.starts_with(wording.theirs)) return wording.ours;
  }
  return "not YAML: " + printable(error.msg);
}

// `%YAML 1.2` and the like, before the document.
std::optional<TreeError> find_directive(std::string_view text) {
  int line = 1;
  while (!text.empty()) {
    if (text.front() == '%') {
      return TreeError{{line, 1}, "directives (`%`) are not part of scenario files"};
    }
    const std::size_t content = text.find_first_not_of(" \r");
    const bool blank = content == std::string_view::npos || text[content] == '\n';
    if (!blank && text[content] != '#') return std::nullopt;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(end + 1);
    ++line;
  }
  return std::nullopt;
}

}  // namespace

std::variant<Node, TreeError> parse_yaml(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (auto directive = find_directive(text)) return *std::move(directive);
  const LineIndex lines(text);
  TreeBuilder builder(lines);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (TreeError& error) {
    return std::move(error);
  } catch (const YAML::Exception& error) {
    return TreeError{lines.position(error.mark), explain(error, lines.at(error.mark))};
  } catch (const std::exception& error) {
    return TreeError{{1, 1}, fmt::format("not YAML: {}", printable(error.what()))};
  }
  return builder.take_root();
}

}  // namespace gtsim::language
