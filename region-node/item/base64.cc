#include "region-node/item/base64.h"

#include <array>
#include <cstdint>

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotInAlphabet = 64;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotInAlphabet);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

// Decodes the `count` significant characters of one group (2, 3 or 4). Bits left over after the
// last whole byte must be zero, so that each byte string has exactly one text.
bool decode_group(std::string_view characters, std::string& out) {
  std::uint32_t bits = 0;
  for (const char character : characters) {
    const std::uint8_t value = kValues[static_cast<std::uint8_t>(character)];
    if (value == kNotInAlphabet) return false;
    bits = bits << 6 | value;
  }
  const std::size_t missing = 4 - characters.size();
  bits <<= 6 * missing;
  if ((bits & ((1U << 8 * missing) - 1)) != 0) return false;
  for (std::size_t i = 0; i < 3 - missing; ++i) {
    out += static_cast<char>(bits >> (16 - 8 * i) & 0xFF);
  }
  return true;
}

}  // namespace

char* write_base64(char* out, std::string_view bytes) {
  const auto byte_at = [&](std::size_t at) -> std::uint32_t {
    return at < bytes.size() ? static_cast<std::uint8_t>(bytes[at]) : 0;
  };
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::uint32_t bits = byte_at(at) << 16 | byte_at(at + 1) << 8 | byte_at(at + 2);
    *out++ = kAlphabet[bits >> 18 & 63];
    *out++ = kAlphabet[bits >> 12 & 63];
    *out++ = at + 1 < bytes.size() ? kAlphabet[bits >> 6 & 63] : '=';
    *out++ = at + 2 < bytes.size() ? kAlphabet[bits & 63] : '=';
  }
  return out;
}

std::string base64_encode(std::string_view bytes) {
  std::string out(base64_size(bytes.size()), '\0');
  write_base64(out.data(), bytes);
  return out;
}

bool base64_decode(std::string_view text, std::string& out) {
  out.clear();
  if (text.size() % 4 != 0) return false;
  out.reserve(text.size() / 4 * 3);
  while (!text.empty()) {
    std::string_view group = text.substr(0, 4);
    text.remove_prefix(4);
    if (text.empty()) {
      if (group.ends_with("==")) {
        group.remove_suffix(2);
      } else if (group.ends_with('=')) {
        group.remove_suffix(1);
      }
    }
    if (!decode_group(group, out)) return false;
  }
  return true;
}

}  // namespace gtsim
