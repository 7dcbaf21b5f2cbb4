// The service's decimal number: up to 38 significant digits, magnitude from 1E-130 to
// 9.9999999999999999999999999999999999999E+125, zero, no infinities. Values are kept in canonical
// form (no leading or trailing zeros), so equal numbers are equal bytes however they were written.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "region-node/base/result.h"

namespace gtsim {

class Number {
 public:
  constexpr Number() = default;  // zero
  static Number from_integer(std::int64_t value);

  // Accepts what the service accepts: "42", "-0042.1200", "1E125", ".5e-3". ValidationException
  // with the service's text otherwise (not a number, too many digits, overflow, underflow).
  [[nodiscard]] static Result<Number> parse(std::string_view text);

  // Expanded and trimmed as the service stores it: "42.12"; 1E125 prints as 126 digits.
  [[nodiscard]] std::string to_string() const;
  void append_to(std::string& out) const;
  // Writes the same text to `out`, which has room for kMaxTextSize, and returns its end.
  char* write_to(char* out) const;

  // Exact decimal sum, a ValidationException when the result leaves the range or needs more than 38
  // digits (the service refuses rather than rounds).
  [[nodiscard]] Result<Number> plus(const Number& other) const;
  [[nodiscard]] Number negated() const;

  // 1 + ceil(i/2) + ceil(f/2) + (1 if negative), i and f = significant digits before and after the
  // decimal point once leading and trailing zeros are trimmed.
  [[nodiscard]] std::uint32_t size_bytes() const;

  // Encoding whose byte order (memcmp) is the order of the numbers; self-delimiting.
  //
  //   number   := 0x80                        zero
  //             | 0x81 exponent pair+         positive: exponent + 129 in one byte
  //             | 0x7F ~exponent ~pair+       negative: every byte after the sign complemented
  //   pair     := 2 * p + more                p = two decimal digits (the last one padded with 0),
  //                                           more = 1 on every pair but the last
  void encode(std::string& out) const;
  // Takes one number off the front of `in`; an error leaves `in` unspecified.
  [[nodiscard]] static Result<Number> decode(std::string_view& in);

  friend bool operator==(const Number&, const Number&) = default;
  friend std::strong_ordering operator<=>(const Number& a, const Number& b);

  static constexpr int kMaxDigits = 38;
  static constexpr int kMinExponent = -129;  // of 1E-130 = 0.1 * 10^-129
  static constexpr int kMaxExponent = 126;   // of 9.99E+125
  static constexpr std::size_t kMaxTextSize =
      3 - kMinExponent + kMaxDigits;  // "-0.", zeros, digits

 private:
  friend class NumberBuilder;

  // value = 0.d1d2d3... * 10^exponent_, digits_ packed most significant first, d1 and the last
  // digit non-zero; zero has digit_count_ 0.
  bool negative_ = false;
  std::uint8_t digit_count_ = 0;
  std::int16_t exponent_ = 0;
  std::array<std::uint8_t, kMaxDigits> digits_{};  // zero past digit_count_
};

// The size rule on its own, for readers that know only how many digits there are (canonical.h).
[[nodiscard]] constexpr std::uint32_t number_size_bytes(bool negative, int digit_count,
                                                        int exponent) {
  const int before = exponent <= 0 ? 0 : (exponent < digit_count ? exponent : digit_count);
  const int after = digit_count - before;
  return static_cast<std::uint32_t>(1 + (before + 1) / 2 + (after + 1) / 2 + (negative ? 1 : 0));
}

}  // namespace gtsim
