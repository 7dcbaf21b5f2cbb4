// Numbers as text.
//
//   number   := sign? (digit+ ("." digit*)? | "." digit+) exponent?
//   exponent := ("e" | "E") sign? digit+
//   sign     := "+" | "-"
#include <algorithm>

#include "region-node/item/number.h"
#include "region-node/item/number_builder.h"

namespace gtsim {
namespace {

// Far outside the range of numbers, and far from overflowing 64 bits when a position in a text is
// added to it.
constexpr std::int64_t kExponentBound = 1'000'000'000'000'000;

Error not_a_number(std::string_view text) {
  std::string detail = "The parameter cannot be converted to a numeric value";
  if (!text.empty()) {
    detail += ": ";
    detail += text;
  }
  return validation_error(std::move(detail));
}

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

bool take_one_of(std::string_view& text, char a, char b) {
  if (text.empty() || (text.front() != a && text.front() != b)) return false;
  text.remove_prefix(1);
  return true;
}

// True for a minus; a plus is taken as well.
bool take_sign(std::string_view& text) {
  const bool negative = text.starts_with('-');
  (void)take_one_of(text, '+', '-');
  return negative;
}

std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

std::int64_t bounded_integer(std::string_view digits) {
  std::int64_t value = 0;
  for (const char digit : digits) value = std::min(value * 10 + (digit - '0'), kExponentBound);
  return value;
}

}  // namespace

Result<Number> Number::parse(std::string_view text) {
  std::string_view rest = text;
  const bool negative = take_sign(rest);
  const std::string_view before = take_digits(rest);
  std::string_view after;
  if (take_one_of(rest, '.', '.')) after = take_digits(rest);
  if (before.empty() && after.empty()) return not_a_number(text);

  std::int64_t exponent = 0;
  if (take_one_of(rest, 'e', 'E')) {
    const bool negative_exponent = take_sign(rest);
    const std::string_view digits = take_digits(rest);
    if (digits.empty()) return not_a_number(text);
    exponent = negative_exponent ? -bounded_integer(digits) : bounded_integer(digits);
  }
  if (!rest.empty()) return not_a_number(text);

  // Each zero in front of the first significant digit moves that digit one place down.
  NumberBuilder builder;
  exponent += static_cast<std::int64_t>(before.size());
  for (const std::string_view part : {before, after}) {
    for (const char digit : part) {
      builder.push(static_cast<std::uint8_t>(digit - '0'));
      if (builder.empty()) --exponent;
    }
  }
  return builder.finish(negative, exponent);
}

char* Number::write_to(char* out) const {
  const auto zeros = [&](int count) { out = std::fill_n(out, count, '0'); };
  const auto digits = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      *out++ = static_cast<char>('0' + digits_[static_cast<std::size_t>(i)]);
  };
  if (digit_count_ == 0) {
    *out++ = '0';
    return out;
  }
  if (negative_) *out++ = '-';
  if (exponent_ <= 0) {
    *out++ = '0';
    *out++ = '.';
    zeros(-exponent_);
    digits(0, digit_count_);
  } else if (exponent_ >= digit_count_) {
    digits(0, digit_count_);
    zeros(exponent_ - digit_count_);
  } else {
    digits(0, exponent_);
    *out++ = '.';
    digits(exponent_, digit_count_);
  }
  return out;
}

void Number::append_to(std::string& out) const {
  std::array<char, kMaxTextSize> text;
  out.append(text.data(), write_to(text.data()));
}

std::string Number::to_string() const {
  std::string out;
  append_to(out);
  return out;
}

}  // namespace gtsim
