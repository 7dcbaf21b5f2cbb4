// Collects decimal digits, most significant first, into a Number in canonical form. Every way to
// make a number from outside or by arithmetic ends here, so the limits are checked in one place.
#pragma once

#include <cstdint>

#include "region-node/item/number.h"

namespace gtsim {

class NumberBuilder {
 public:
  // Leading zeros are skipped; zeros at the end are held back until another digit follows.
  void push(std::uint8_t digit);

  [[nodiscard]] bool empty() const { return significant_ == 0; }

  // `exponent` belongs to the first significant digit: value = 0.d1d2... * 10^exponent.
  [[nodiscard]] Result<Number> finish(bool negative, std::int64_t exponent) const;

 private:
  std::array<std::uint8_t, Number::kMaxDigits> digits_{};
  std::uint64_t significant_ = 0;  // digits up to the last one that is not zero
  std::uint64_t held_zeros_ = 0;
};

}  // namespace gtsim
