// Write capacity of one table in one region: a token bucket of one second's worth. Application
// writes and replicated writes draw on it together, so either may be throttled. Source: "How
// DynamoDB global tables work", capacity; one unit per KB or part of it.
#pragma once

#include <cstdint>
#include <optional>

#include "region-node/base/time.h"

namespace gtsim {

[[nodiscard]] constexpr std::int64_t write_units(std::uint32_t item_size_bytes) {
  return item_size_bytes <= 1024 ? 1 : (static_cast<std::int64_t>(item_size_bytes) + 1023) / 1024;
}

class WriteCapacity {
 public:
  void set(std::optional<std::int64_t> units_per_second, Instant now) {
    units_per_second_ = units_per_second;
    refilled_at_ = now;
    if (units_per_second_) micro_units_ = *units_per_second_ * kMicro;
  }
  [[nodiscard]] bool limited() const { return units_per_second_.has_value(); }

  // Takes `units` when they are there. A write larger than a whole second's worth passes when the
  // bucket is full, or it never would.
  [[nodiscard]] bool take(std::int64_t units, Instant now) {
    if (!units_per_second_) return true;
    refill(now);
    const std::int64_t price = price_of(units);
    if (micro_units_ < price) return false;
    micro_units_ -= price;
    return true;
  }
  // How long until `units` are there.
  [[nodiscard]] Duration wait_for(std::int64_t units, Instant now) {
    if (!units_per_second_) return Duration{0};
    refill(now);
    const std::int64_t missing = price_of(units) - micro_units_;
    if (missing <= 0) return Duration{0};
    return Duration{*units_per_second_ == 0 ? 1'000'000 : missing / *units_per_second_ + 1};
  }

 private:
  static constexpr std::int64_t kMicro = 1'000'000;
  [[nodiscard]] std::int64_t price_of(std::int64_t units) const {
    const std::int64_t all = *units_per_second_ * kMicro;
    return units * kMicro < all || all == 0 ? units * kMicro : all;
  }
  void refill(Instant now) {
    const std::int64_t full = *units_per_second_ * kMicro;
    const std::int64_t elapsed_us = (now - refilled_at_).count();
    // Past one second the bucket is full; the product stays far from overflow.
    micro_units_ = elapsed_us >= kMicro ? full : micro_units_ + elapsed_us * *units_per_second_;
    if (micro_units_ > full) micro_units_ = full;
    refilled_at_ = now;
  }

  std::optional<std::int64_t> units_per_second_;
  std::int64_t micro_units_ = 0;
  Instant refilled_at_;
};

}  // namespace gtsim
