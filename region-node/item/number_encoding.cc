#include "region-node/item/number_encoding.h"

namespace gtsim {
namespace {

Error bad_number(const char* what) {
  return Error{Errc::kInput, std::string("encoded number: ") + what};
}

}  // namespace

void Number::encode(std::string& out) const {
  if (digit_count_ == 0) {
    out += static_cast<char>(kNumberZero);
    return;
  }
  const std::uint8_t sign = negative_ ? kNumberNegative : kNumberPositive;
  const std::uint8_t mask = number_mask(sign);
  std::array<char, 2 + kMaxNumberPairs> bytes;
  std::size_t count = 0;
  bytes[count++] = static_cast<char>(sign);
  bytes[count++] = static_cast<char>((exponent_ + kNumberExponentBias) ^ mask);
  for (std::size_t i = 0; i < digit_count_; i += 2) {
    // The digit past an odd count is zero, because digits_ is padded with zeros.
    const int pair = digits_[i] * 10 + digits_[i + 1];
    const int more = i + 2 < digit_count_ ? 1 : 0;
    bytes[count++] = static_cast<char>((2 * pair + more) ^ mask);
  }
  out.append(bytes.data(), count);
}

Result<Number> Number::decode(std::string_view& in) {
  const auto take = [&](std::uint8_t& byte) {
    if (in.empty()) return false;
    byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    return true;
  };
  std::uint8_t sign = 0;
  if (!take(sign)) return bad_number("missing");
  if (sign == kNumberZero) return Number{};
  if (sign != kNumberPositive && sign != kNumberNegative) return bad_number("bad sign byte");
  const std::uint8_t mask = number_mask(sign);
  std::uint8_t exponent = 0;
  if (!take(exponent)) return bad_number("cut short");

  Number number;
  number.negative_ = sign == kNumberNegative;
  number.exponent_ = static_cast<std::int16_t>((exponent ^ mask) - kNumberExponentBias);
  for (bool more = true; more;) {
    std::uint8_t byte = 0;
    if (number.digit_count_ == kMaxDigits) return bad_number("more than 38 digits");
    if (!take(byte)) return bad_number("cut short");
    byte ^= mask;
    const int pair = byte >> 1;
    more = (byte & 1) != 0;
    if (pair > 99) return bad_number("a digit pair above 99");
    number.digits_[number.digit_count_++] = static_cast<std::uint8_t>(pair / 10);
    number.digits_[number.digit_count_++] = static_cast<std::uint8_t>(pair % 10);
    if (!more && pair == 0) return bad_number("zeros at the end");
  }
  if (number.digits_[0] == 0) return bad_number("a zero in front");
  if (number.digits_[number.digit_count_ - 1U] == 0) --number.digit_count_;
  return number;
}

}  // namespace gtsim
