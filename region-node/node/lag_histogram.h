// How long replicated changes took, from the commit at their origin to the commit here: counts in
// buckets that widen by a quarter of a power of two, so that any percentile is right within 19 %.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "region-node/base/time.h"

namespace gtsim {

class LagHistogram {
 public:
  void add(Duration lag) {
    const std::size_t bucket = bucket_of(lag);
    ++counts_[bucket];
    ++total_;
    sum_ += lag.count() > 0 ? lag : Duration{0};
  }
  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] Duration sum() const { return sum_; }
  // How many were at most `lag`, to the bucket.
  [[nodiscard]] std::uint64_t at_most(Duration lag) const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i <= bucket_of(lag); ++i) count += counts_[i];
    return count;
  }
  // The upper end of the bucket that holds the share, e.g. 0.99; zero when nothing was counted.
  [[nodiscard]] Duration percentile(double share) const {
    const auto wanted = static_cast<std::uint64_t>(static_cast<double>(total_) * share);
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      count += counts_[i];
      if (count > wanted || (count == total_ && total_ > 0)) return end_of(i);
    }
    return Duration{0};
  }
  void clear() { *this = LagHistogram{}; }

 private:
  // Four buckets to each power of two; up to 2^36 us, 19 hours.
  static std::size_t bucket_of(Duration lag) {
    const std::int64_t us = lag.count();
    if (us < 4) return us < 0 ? 0 : static_cast<std::size_t>(us);
    const auto width = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(us)));
    const auto quarter = static_cast<std::size_t>(us >> (width - 3)) & 3;
    const std::size_t bucket = (width - 2) * 4 + quarter;
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }
  static Duration end_of(std::size_t bucket) {
    if (bucket < 4) return Duration{static_cast<std::int64_t>(bucket) + 1};
    const std::size_t width = bucket / 4 + 2;
    const auto quarter = static_cast<std::int64_t>(bucket % 4);
    return Duration{(quarter + 5) << (width - 3)};
  }

  static constexpr std::size_t kBuckets = 140;
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  Duration sum_{0};
};

}  // namespace gtsim
