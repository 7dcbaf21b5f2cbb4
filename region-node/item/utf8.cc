#include "region-node/item/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gtsim {
namespace {

constexpr std::uint64_t kHighBits = 0x8080808080808080U;

// The bytes that may follow a lead byte: how many, and the range of the first of them. That range
// is what shuts out overlong forms (E0, F0), surrogates (ED) and code points past U+10FFFF (F4).
struct LeadByte {
  std::size_t following = 0;  // 0: not a lead byte of more than one byte
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
};

LeadByte classify(std::uint8_t byte) {
  if (byte >= 0xC2 && byte <= 0xDF) return {1};
  if (byte == 0xE0) return {2, 0xA0};
  if (byte == 0xED) return {2, 0x80, 0x9F};
  if (byte >= 0xE1 && byte <= 0xEF) return {2};
  if (byte == 0xF0) return {3, 0x90};
  if (byte >= 0xF1 && byte <= 0xF3) return {3};
  if (byte == 0xF4) return {3, 0x80, 0x8F};
  return {};
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  const auto byte_at = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  std::size_t at = 0;
  while (at < text.size()) {
    if (text.size() - at >= sizeof(std::uint64_t)) {
      std::uint64_t eight = 0;
      std::memcpy(&eight, text.data() + at, sizeof(eight));
      if ((eight & kHighBits) == 0) {
        at += sizeof(eight);
        continue;
      }
    }
    if (byte_at(at) < 0x80) {
      ++at;
      continue;
    }
    const LeadByte lead = classify(byte_at(at));
    if (lead.following == 0 || text.size() - at <= lead.following) return false;
    if (byte_at(at + 1) < lead.low || byte_at(at + 1) > lead.high) return false;
    for (std::size_t i = 2; i <= lead.following; ++i) {
      if ((byte_at(at + i) & 0xC0) != 0x80) return false;
    }
    at += lead.following + 1;
  }
  return true;
}

}  // namespace gtsim
