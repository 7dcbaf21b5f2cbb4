// A cursor over canonical bytes that are known to be good. It allocates nothing and trusts the
// order and the types; the bounds are checked all the same, because a wrong byte here is our bug
// and must not become a wild read.
#pragma once

#include <cstdint>
#include <string_view>

#include "region-node/base/check.h"
#include "region-node/item/number_encoding.h"

namespace gtsim {

// The type letters of canonical.h.
namespace tag {
inline constexpr char kS = 'S';
inline constexpr char kN = 'N';
inline constexpr char kB = 'B';
inline constexpr char kTrue = 'T';
inline constexpr char kFalse = 'F';
inline constexpr char kNull = '0';
inline constexpr char kSS = 's';
inline constexpr char kNS = 'n';
inline constexpr char kBS = 'b';
inline constexpr char kL = 'L';
inline constexpr char kM = 'M';
}  // namespace tag

class CanonicalCursor {
 public:
  explicit CanonicalCursor(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] const char* position() const { return at_; }
  [[nodiscard]] std::string_view rest() const {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }

  [[nodiscard]] char byte() {
    CHECK(at_ != end_);
    return *at_++;
  }

  [[nodiscard]] std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto next = static_cast<std::uint8_t>(byte());
      value |= std::uint64_t{next & 0x7FU} << shift;
      if (next < 0x80) return value;
    }
    CHECK_DETAIL(false, "varint longer than 64 bits");
    return 0;
  }

  [[nodiscard]] std::string_view text() {
    const std::uint64_t length = varint();
    CHECK(length <= static_cast<std::uint64_t>(end_ - at_));
    const std::string_view view{at_, static_cast<std::size_t>(length)};
    at_ += length;
    return view;
  }

  // One encoded number, still encoded.
  [[nodiscard]] std::string_view number() {
    const char* const from = at_;
    const auto sign = static_cast<std::uint8_t>(byte());
    if (sign != kNumberZero) {
      const std::uint8_t mask = number_mask(sign);
      (void)byte();
      while (((static_cast<std::uint8_t>(byte()) ^ mask) & 1) != 0) {
      }
    }
    return {from, static_cast<std::size_t>(at_ - from)};
  }

  void skip_value() {
    // `pending` values are left to skip; a list adds its own.
    for (std::uint64_t pending = 1; pending != 0; --pending) {
      switch (const char type = byte()) {
        case tag::kS:
        case tag::kB:
          (void)text();
          break;
        case tag::kN:
          (void)number();
          break;
        case tag::kTrue:
        case tag::kFalse:
        case tag::kNull:
          break;
        case tag::kSS:
        case tag::kBS:
          for (std::uint64_t left = varint(); left != 0; --left) (void)text();
          break;
        case tag::kNS:
          for (std::uint64_t left = varint(); left != 0; --left) (void)number();
          break;
        case tag::kL:
          pending += varint();
          break;
        default:
          CHECK(type == tag::kM);
          skip_map();
      }
    }
  }

 private:
  // Names stand between the values of a map, so a map cannot join the flat count.
  void skip_map() {
    for (std::uint64_t left = varint(); left != 0; --left) {
      (void)text();
      skip_value();
    }
  }

  const char* at_;
  const char* end_;
};

}  // namespace gtsim
