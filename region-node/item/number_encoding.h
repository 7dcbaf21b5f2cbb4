// The parts of the number encoding (number.h) that readers of raw canonical bytes share.
#pragma once

#include <cstdint>

#include "region-node/item/number.h"

namespace gtsim {

inline constexpr std::uint8_t kNumberZero = 0x80;
inline constexpr std::uint8_t kNumberPositive = 0x81;
inline constexpr std::uint8_t kNumberNegative = 0x7F;
inline constexpr int kNumberExponentBias = -Number::kMinExponent;
inline constexpr int kMaxNumberPairs = Number::kMaxDigits / 2;

static_assert(Number::kMaxExponent + kNumberExponentBias == 255, "an exponent fills one byte");

// Undoes the complement of a negative number's bytes; 0 for the others.
[[nodiscard]] constexpr std::uint8_t number_mask(std::uint8_t sign) {
  return sign == kNumberNegative ? 0xFF : 0x00;
}

}  // namespace gtsim
