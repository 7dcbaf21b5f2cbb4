// The half of EventScan that reads JSON text.
#include <fmt/format.h>

#include "coordinator/pattern/event_scan.h"
#include "coordinator/pattern/json_tree.h"

namespace gtsim::pattern {

bool EventScan::read(const EventPattern& pattern, std::string_view event) {
  start(pattern);
  lexer_.reset(event);
  if (const std::size_t bad = find_bad_utf8(event); bad != std::string_view::npos) {
    return lexer_.fail_at(bad, fmt::format("{} is not UTF-8", describe_character(event, bad)));
  }
  lexer_.skip_blanks();
  if (!json_value(root(), kWholeEvent, /*at_root=*/true, 1)) return false;
  if (!lexer_.at_end()) return lexer_.fail("the end of the text");
  finish();
  return true;
}

bool EventScan::json_value(PathRange range, std::uint32_t element, bool at_root, int depth) {
  if (depth > kMaxJsonDepth) {
    return lexer_.fail_at(lexer_.offset(),
                          fmt::format("nested deeper than {} levels", kMaxJsonDepth));
  }
  const char c = lexer_.peek();
  bool good = false;
  if (c == '{') {
    good = json_object(range, element, at_root, depth);
  } else if (c == '[') {
    const std::uint32_t array = range.empty() ? 0 : open_array(range, element);
    good = json_array(range, array, element, at_root, depth);
  } else {
    good = json_scalar(range, element);
  }
  if (good) lexer_.skip_blanks();
  return good;
}

bool EventScan::json_scalar(PathRange range, std::uint32_t element) {
  LeafValue found;
  const char c = lexer_.peek();
  if (c == '"') {
    found.kind = LeafKind::kString;
    if (!lexer_.string(found.text)) return false;
  } else if (c == '-' || (c >= '0' && c <= '9')) {
    found.kind = LeafKind::kNumber;
    if (!lexer_.number(found.text)) return false;
  } else {
    std::string_view word;
    if (!lexer_.literal(word)) return false;
    found.kind = word == "true"    ? LeafKind::kTrue
                 : word == "false" ? LeafKind::kFalse
                                   : LeafKind::kNull;
  }
  value(range, element, found);
  return true;
}

bool EventScan::json_object(PathRange range, std::uint32_t element, bool at_root, int depth) {
  (void)lexer_.take('{');
  lexer_.skip_blanks();
  if (lexer_.take('}')) return true;
  for (;;) {
    if (lexer_.peek() != '"') return lexer_.fail("a name in quotes");
    std::string_view name;
    if (!lexer_.string(name)) return false;
    const PathRange inner = range.empty() ? range : enter(range, name, at_root);
    lexer_.skip_blanks();
    if (!lexer_.take(':')) return lexer_.fail("`:` after the name");
    lexer_.skip_blanks();
    if (!json_value(inner, element, /*at_root=*/false, depth + 1)) return false;
    if (lexer_.take('}')) return true;
    if (!lexer_.take(',')) return lexer_.fail("`,` or `}`");
    lexer_.skip_blanks();
  }
}

// Arrays within an array are flattened: their objects are elements of the outer one.
bool EventScan::json_array(PathRange range, std::uint32_t array, std::uint32_t element,
                           bool at_root, int depth) {
  (void)lexer_.take('[');
  lexer_.skip_blanks();
  if (lexer_.take(']')) return true;
  for (;;) {
    const char c = lexer_.peek();
    bool good = false;
    if (c == '[' && depth < kMaxJsonDepth) {
      good = json_array(range, array, element, at_root, depth + 1);
      if (good) lexer_.skip_blanks();
    } else {
      const bool opens = c == '{' && !range.empty();
      good = json_value(range, opens ? open_element(array) : element, at_root, depth + 1);
    }
    if (!good) return false;
    if (lexer_.take(']')) return true;
    if (!lexer_.take(',')) return lexer_.fail("`,` or `]`");
    lexer_.skip_blanks();
  }
}

}  // namespace gtsim::pattern
