#include "region-node/item/number.h"

#include <algorithm>
#include <cstring>

#include "region-node/base/check.h"
#include "region-node/item/number_builder.h"

namespace gtsim {
namespace {

// A sum spans at most the places from 10^126 (a carry out of the largest number) down to 10^-167
// (the 38th digit of the smallest exponent), most significant first.
constexpr int kMaxPlaces = 1 + Number::kMaxExponent - Number::kMinExponent + Number::kMaxDigits;
using Places = std::array<std::int8_t, kMaxPlaces>;

void carry(Places& places, std::size_t count) {
  for (std::size_t i = count - 1; i > 0; --i) {
    if (places[i] > 9) {
      places[i] = static_cast<std::int8_t>(places[i] - 10);
      ++places[i - 1];
    } else if (places[i] < 0) {
      places[i] = static_cast<std::int8_t>(places[i] + 10);
      --places[i - 1];
    }
  }
}

}  // namespace

Number Number::from_integer(std::int64_t value) {
  // The magnitude of INT64_MIN does not fit into the signed type.
  std::uint64_t magnitude = value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value)
                                      : static_cast<std::uint64_t>(value);
  std::array<std::uint8_t, 20> reversed{};
  std::size_t count = 0;
  for (; magnitude != 0; magnitude /= 10) {
    reversed[count++] = static_cast<std::uint8_t>(magnitude % 10);
  }
  NumberBuilder builder;
  for (std::size_t i = count; i > 0; --i) builder.push(reversed[i - 1]);
  const Result<Number> number = builder.finish(value < 0, static_cast<std::int64_t>(count));
  CHECK(number.has_value());
  return *number;
}

Result<Number> Number::plus(const Number& other) const {
  if (digit_count_ == 0) return other;
  if (other.digit_count_ == 0) return *this;

  // Subtract the smaller magnitude from the larger one, so that no borrow is left at the top.
  Number magnitude = *this;
  Number other_magnitude = other;
  magnitude.negative_ = other_magnitude.negative_ = false;
  const bool this_is_larger = magnitude >= other_magnitude;
  const Number& larger = this_is_larger ? *this : other;
  const Number& smaller = this_is_larger ? other : *this;

  // Place 0 takes the carry; the last place is the lowest digit of the two.
  const int top = std::max(exponent_, other.exponent_);
  const int bottom = std::min(exponent_ - digit_count_, other.exponent_ - other.digit_count_);
  const auto count = static_cast<std::size_t>(1 + top - bottom);
  Places places{};
  const auto add = [&](const Number& number, int factor) {
    auto place = static_cast<std::size_t>(1 + top - number.exponent_);
    for (std::size_t i = 0; i < number.digit_count_; ++i, ++place) {
      places[place] = static_cast<std::int8_t>(places[place] + factor * number.digits_[i]);
    }
  };
  add(larger, 1);
  add(smaller, larger.negative_ == smaller.negative_ ? 1 : -1);
  carry(places, count);

  NumberBuilder builder;
  std::int64_t exponent = top + 1;
  for (std::size_t i = 0; i < count; ++i) {
    builder.push(static_cast<std::uint8_t>(places[i]));
    if (builder.empty()) --exponent;
  }
  return builder.finish(larger.negative_, exponent);
}

Number Number::negated() const {
  Number result = *this;
  result.negative_ = digit_count_ != 0 && !negative_;
  return result;
}

std::uint32_t Number::size_bytes() const {
  return number_size_bytes(negative_, digit_count_, exponent_);
}

std::strong_ordering operator<=>(const Number& a, const Number& b) {
  const auto sign = [](const Number& n) {
    return n.digit_count_ == 0 ? 0 : (n.negative_ ? -1 : 1);
  };
  if (const auto order = sign(a) <=> sign(b); order != 0) return order;
  const Number& low = a.negative_ ? b : a;
  const Number& high = a.negative_ ? a : b;
  if (const auto order = low.exponent_ <=> high.exponent_; order != 0) return order;
  // Both are fractions 0.d1d2... padded with zeros, so digit order is value order.
  return std::memcmp(low.digits_.data(), high.digits_.data(), low.digits_.size()) <=> 0;
}

}  // namespace gtsim
