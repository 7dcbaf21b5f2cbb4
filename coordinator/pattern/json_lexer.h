// The words of strict JSON (RFC 8259), one after the other, with their places. What reads patterns
// (json_tree.h) and what scans events (json_scanner.h) share it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gtsim::pattern {

// Where JSON ends to be JSON.
struct JsonFault {
  std::size_t offset = 0;  // in bytes
  std::string message;     // "expected a value, found `]`"
};

// Every function that returns a bool returns false after a fault; fault() says which. Nothing may
// be read after one.
class JsonLexer {
 public:
  JsonLexer() = default;
  // Starts over with another text, which must be UTF-8 (find_bad_utf8) and outlive the reading.
  void reset(std::string_view text);

  [[nodiscard]] std::size_t offset() const { return at_; }
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  // The next character; '\0' at the end.
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks();
  // Takes the character if it is the next one.
  [[nodiscard]] bool take(char expected) {
    if (peek() != expected || at_end()) return false;
    ++at_;
    return true;
  }

  // REQUIRES: peek() == '"'. `out` is without quotes and escapes, valid until the next call.
  [[nodiscard]] bool string(std::string_view& out);
  // REQUIRES: peek() is a digit or a minus. `out` is the number as it is written.
  [[nodiscard]] bool number(std::string_view& out);
  // REQUIRES: peek() is a small letter. Accepts true, false and null.
  [[nodiscard]] bool literal(std::string_view& out);

  // Records "expected <expected>, found <what stands here>" and returns false.
  [[nodiscard]] bool fail(std::string_view expected);
  [[nodiscard]] bool fail_at(std::size_t offset, std::string message);
  [[nodiscard]] const JsonFault& fault() const { return fault_; }

 private:
  [[nodiscard]] bool escaped_string(std::size_t from, std::string_view& out);
  [[nodiscard]] bool escape();
  [[nodiscard]] bool code_unit(std::uint32_t& out);
  [[nodiscard]] bool digits(std::string_view expected);

  std::string_view text_;
  std::size_t at_ = 0;
  std::string unescaped_;
  JsonFault fault_;
};

// The offset of the first byte that is not UTF-8; npos when there is none.
[[nodiscard]] std::size_t find_bad_utf8(std::string_view text);

// What stands at `offset`, for messages: "`]`", "the control character \x07", "the end of the
// text".
[[nodiscard]] std::string describe_character(std::string_view text, std::size_t offset);

// Appends the code point as UTF-8. REQUIRES: a Unicode scalar value.
void append_code_point(std::string& out, std::uint32_t point);

}  // namespace gtsim::pattern
