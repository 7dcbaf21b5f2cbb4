#include "region-node/item/json_sink.h"

#include <algorithm>
#include <cstdint>

namespace gtsim {
namespace {

constexpr std::uint64_t repeat(std::uint8_t byte) {
  return std::uint64_t{0x0101010101010101} * byte;
}

// Quotes, backslashes and the control characters below blank must be escaped, nothing else.
bool is_plain(char character) {
  return static_cast<std::uint8_t>(character) >= 0x20 && character != '"' && character != '\\';
}

// The same for eight characters at once, with borrows spreading upwards only from a character that
// is itself not plain: "none found" is exact.
bool all_plain(std::uint64_t eight) {
  const std::uint64_t control = eight - repeat(0x20);
  const std::uint64_t quote = (eight ^ repeat('"')) - repeat(1);
  const std::uint64_t backslash = (eight ^ repeat('\\')) - repeat(1);
  return ((control | quote | backslash) & ~eight & repeat(0x80)) == 0;
}

std::size_t plain_prefix(std::string_view text) {
  std::size_t count = 0;
  while (text.size() - count >= sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + count, sizeof(eight));
    if (!all_plain(eight)) break;
    count += sizeof(eight);
  }
  while (count < text.size() && is_plain(text[count])) ++count;
  return count;
}

}  // namespace

void JsonSink::grow(std::size_t keep, std::size_t by) {
  out_.resize(out_.size() + by);
  at_ = out_.data() + keep;
  end_ = out_.data() + out_.size();
}

void JsonSink::raw(std::string_view text) {
  make_room(text.size());
  at_ = std::copy_n(text.data(), text.size(), at_);
}

void JsonSink::string(std::string_view text) {
  character('"');
  while (true) {
    const std::size_t plain = plain_prefix(text);
    raw(text.substr(0, plain));
    if (plain == text.size()) break;
    escape(text[plain]);
    text.remove_prefix(plain + 1);
  }
  character('"');
}

void JsonSink::escape(char character) {
  switch (character) {
    case '"':
      literal("\\\"");
      return;
    case '\\':
      literal("\\\\");
      return;
    case '\b':
      literal("\\b");
      return;
    case '\f':
      literal("\\f");
      return;
    case '\n':
      literal("\\n");
      return;
    case '\r':
      literal("\\r");
      return;
    case '\t':
      literal("\\t");
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  literal("\\u00");
  this->character(kHex[static_cast<std::uint8_t>(character) >> 4]);
  this->character(kHex[static_cast<std::uint8_t>(character) & 15]);
}

}  // namespace gtsim
