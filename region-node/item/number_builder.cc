#include "region-node/item/number_builder.h"

namespace gtsim {

void NumberBuilder::push(std::uint8_t digit) {
  if (digit == 0) {
    if (significant_ != 0) ++held_zeros_;
    return;
  }
  significant_ += held_zeros_;
  held_zeros_ = 0;
  if (significant_ < digits_.size()) digits_[significant_] = digit;
  ++significant_;
}

Result<Number> NumberBuilder::finish(bool negative, std::int64_t exponent) const {
  if (significant_ == 0) return Number{};
  if (exponent > Number::kMaxExponent) {
    return validation_error(
        "Number overflow. Attempting to store a number with magnitude larger than supported range");
  }
  if (exponent < Number::kMinExponent) {
    return validation_error(
        "Number underflow. Attempting to store a number with magnitude smaller than supported "
        "range");
  }
  if (significant_ > digits_.size()) {
    return validation_error("Attempting to store more than 38 significant digits in a Number");
  }
  Number number;
  number.negative_ = negative;
  number.digit_count_ = static_cast<std::uint8_t>(significant_);
  number.exponent_ = static_cast<std::int16_t>(exponent);
  number.digits_ = digits_;
  return number;
}

}  // namespace gtsim
