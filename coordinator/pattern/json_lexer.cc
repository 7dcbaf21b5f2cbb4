#include "coordinator/pattern/json_lexer.h"

#include <fmt/format.h>

#include <cstdint>
#include <cstring>

#include "region-node/base/check.h"
#include "region-node/item/utf8.h"

namespace gtsim::pattern {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

// At least how many characters at the front are neither a quote, a backslash nor a control
// character; eight at a time.
std::size_t plain_run(std::string_view text) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighBits = kOnes * 0x80;
  // Marks the bytes below `bound`, and perhaps some behind a marked one.
  const auto below = [](std::uint64_t eight, std::uint64_t bound) {
    return (eight - kOnes * bound) & ~eight & kHighBits;
  };
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    const std::uint64_t marks =
        below(eight, 0x20) | below(eight ^ (kOnes * '"'), 1) | below(eight ^ (kOnes * '\\'), 1);
    if (marks != 0) break;
  }
  return at;
}

std::size_t character_size(std::string_view text, std::size_t offset) {
  std::size_t size = 1;
  while (offset + size < text.size() && size < 4 &&
         (static_cast<unsigned char>(text[offset + size]) & 0xC0) == 0x80) {
    ++size;
  }
  return size;
}

}  // namespace

std::size_t find_bad_utf8(std::string_view text) {
  if (is_valid_utf8(text)) return std::string_view::npos;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t size = character_size(text, at);
    if (!is_valid_utf8(text.substr(at, size))) return at;
    at += size;
  }
  return std::string_view::npos;
}

std::string describe_character(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return "the end of the text";
  const auto byte = static_cast<unsigned char>(text[offset]);
  if (byte < 0x20 || byte == 0x7F) return fmt::format("the control character \\x{:02x}", byte);
  const std::string_view character = text.substr(offset, character_size(text, offset));
  if (!is_valid_utf8(character)) return fmt::format("the byte \\x{:02x}", byte);
  return fmt::format("`{}`", character);
}

void append_code_point(std::string& out, std::uint32_t point) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80 | (point >> shift & 0x3F));
  };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

void JsonLexer::reset(std::string_view text) {
  text_ = text;
  at_ = 0;
}

void JsonLexer::skip_blanks() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') return;
    ++at_;
  }
}

bool JsonLexer::fail(std::string_view expected) {
  return fail_at(at_,
                 fmt::format("expected {}, found {}", expected, describe_character(text_, at_)));
}

bool JsonLexer::fail_at(std::size_t offset, std::string message) {
  fault_ = {offset, std::move(message)};
  return false;
}

bool JsonLexer::string(std::string_view& out) {
  CHECK(peek() == '"');
  const std::size_t from = ++at_;
  at_ += plain_run(text_.substr(at_));
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '"') {
      out = text_.substr(from, at_ - from);
      ++at_;
      return true;
    }
    if (c == '\\') return escaped_string(from, out);
    if (is_control(c)) break;
  }
  return fail("the rest of a string");
}

bool JsonLexer::escaped_string(std::size_t from, std::string_view& out) {
  unescaped_.assign(text_.substr(from, at_ - from));
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (is_control(c)) break;
    ++at_;
    if (c == '"') {
      out = unescaped_;
      return true;
    }
    if (c != '\\') {
      unescaped_ += c;
    } else if (!escape()) {
      return false;
    }
  }
  return fail("the rest of a string");
}

bool JsonLexer::escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  if (const std::size_t known = at_end() ? kLetters.npos : kLetters.find(peek());
      known != kLetters.npos) {
    unescaped_ += kMeanings[known];
    ++at_;
    return true;
  }
  const std::size_t from = at_ - 1;
  if (!take('u')) return fail("one of \" \\ / b f n r t u after the backslash");
  std::uint32_t point = 0;
  if (!code_unit(point)) return false;
  if (point >= 0xDC00 && point <= 0xDFFF) {
    return fail_at(from, "the second half of a surrogate pair stands alone");
  }
  if (point >= 0xD800 && point <= 0xDBFF) {
    std::uint32_t low = 0;
    if (!text_.substr(at_).starts_with("\\u")) {
      return fail_at(from, "the first half of a surrogate pair stands alone");
    }
    at_ += 2;
    if (!code_unit(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) {
      return fail_at(from, "the first half of a surrogate pair stands alone");
    }
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  }
  append_code_point(unescaped_, point);
  return true;
}

bool JsonLexer::code_unit(std::uint32_t& out) {
  out = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = peek();
    std::uint32_t value = 0;
    if (is_digit(c)) {
      value = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      value = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      value = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return fail("four hexadecimal digits after \\u");
    }
    out = out << 4 | value;
    ++at_;
  }
  return true;
}

bool JsonLexer::digits(std::string_view expected) {
  if (!is_digit(peek())) return fail(expected);
  while (is_digit(peek())) ++at_;
  return true;
}

bool JsonLexer::number(std::string_view& out) {
  const std::size_t from = at_;
  (void)take('-');
  const bool zero = peek() == '0';
  if (!digits("a digit")) return false;
  const std::size_t first = text_[from] == '-' ? from + 1 : from;
  if (zero && at_ - first > 1) return fail_at(first, "a number must not begin with zeros");
  if (take('.') && !digits("a digit after the decimal point")) return false;
  if (take('e') || take('E')) {
    if (!take('+')) (void)take('-');
    if (!digits("a digit in the exponent")) return false;
  }
  out = text_.substr(from, at_ - from);
  return true;
}

bool JsonLexer::literal(std::string_view& out) {
  for (const std::string_view word : {"true", "false", "null"}) {
    if (!text_.substr(at_).starts_with(word)) continue;
    out = word;
    at_ += word.size();
    return true;
  }
  return fail("a JSON value");
}

}  // namespace gtsim::pattern
