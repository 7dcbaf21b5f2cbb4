#include "coordinator/pattern/json_tree.h"

#include <fmt/format.h>

#include <stdexcept>

namespace gtsim::pattern {
namespace {

class TreeReader {
 public:
  explicit TreeReader(JsonLexer& lexer) : lexer_(lexer) {}

  [[nodiscard]] bool value(JsonNode& out, int depth) {
    if (depth > kMaxJsonDepth) {
      return lexer_.fail_at(lexer_.offset(),
                            fmt::format("nested deeper than {} levels", kMaxJsonDepth));
    }
    out.offset = lexer_.offset();
    if (!content(out, depth)) return false;
    out.end = lexer_.offset();
    lexer_.skip_blanks();
    return true;
  }

 private:
  [[nodiscard]] bool content(JsonNode& out, int depth) {
    std::string_view text;
    const char c = lexer_.peek();
    if (c == '{') return object(out, depth);
    if (c == '[') return array(out, depth);
    if (c == '"') {
      out.kind = JsonKind::kString;
      if (!lexer_.string(text)) return false;
      out.text = text;
      return true;
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      out.kind = JsonKind::kNumber;
      if (!lexer_.number(text)) return false;
      out.text = text;
      return true;
    }
    if (!lexer_.literal(text)) return false;
    out.kind = text == "true"    ? JsonKind::kTrue
               : text == "false" ? JsonKind::kFalse
                                 : JsonKind::kNull;
    return true;
  }

  [[nodiscard]] bool object(JsonNode& out, int depth) {
    out.kind = JsonKind::kObject;
    (void)lexer_.take('{');
    lexer_.skip_blanks();
    if (lexer_.take('}')) return true;
    for (;;) {
      JsonMember member;
      member.offset = lexer_.offset();
      if (lexer_.peek() != '"') return lexer_.fail("a name in quotes");
      std::string_view name;
      if (!lexer_.string(name)) return false;
      member.name = name;
      lexer_.skip_blanks();
      if (!lexer_.take(':')) return lexer_.fail("`:` after the name");
      lexer_.skip_blanks();
      if (!value(member.value, depth + 1)) return false;
      out.members.push_back(std::move(member));
      if (lexer_.take('}')) return true;
      if (!lexer_.take(',')) return lexer_.fail("`,` or `}`");
      lexer_.skip_blanks();
    }
  }

  [[nodiscard]] bool array(JsonNode& out, int depth) {
    out.kind = JsonKind::kArray;
    (void)lexer_.take('[');
    lexer_.skip_blanks();
    if (lexer_.take(']')) return true;
    for (;;) {
      if (!value(out.elements.emplace_back(), depth + 1)) return false;
      if (lexer_.take(']')) return true;
      if (!lexer_.take(',')) return lexer_.fail("`,` or `]`");
      lexer_.skip_blanks();
    }
  }

  JsonLexer& lexer_;
};

}  // namespace

void throw_exception_from_error(const JsonFault& fault, const boost::source_location&) {
  throw std::runtime_error(fault.message);
}

const JsonNode* JsonNode::find(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->name == name) return &member->value;
  }
  return nullptr;
}

JsonResult parse_json(std::string_view text) {
  std::size_t end = 0;
  JsonResult parsed = parse_json_prefix(text, end);
  if (parsed && end != text.size()) {
    return JsonFault{
        end, fmt::format("expected the end of the text, found {}", describe_character(text, end))};
  }
  return parsed;
}

JsonResult parse_json_prefix(std::string_view text, std::size_t& end) {
  JsonLexer lexer;
  lexer.reset(text);
  lexer.skip_blanks();
  JsonNode root;
  const bool good = TreeReader(lexer).value(root, 1);
  // Only what was read, because more values may follow.
  const std::string_view read = text.substr(0, good ? lexer.offset() : lexer.fault().offset);
  if (const std::size_t bad = find_bad_utf8(read); bad != std::string_view::npos) {
    return JsonFault{bad, fmt::format("{} is not UTF-8", describe_character(text, bad))};
  }
  if (!good) return lexer.fault();
  end = lexer.offset();
  return root;
}

std::string_view describe(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null";
    case JsonKind::kFalse:
      return "false";
    case JsonKind::kTrue:
      return "true";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kString:
      return "a string";
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      return "an object";
  }
  return "something else";
}

}  // namespace gtsim::pattern
