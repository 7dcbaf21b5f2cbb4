// Counts durations in buckets that are at most 0.8 % wide, so that percentiles over any number of
// samples cost a bounded amount of memory: 1 KiB for each power of two up to the largest sample,
// counted in microseconds, and nothing before the first.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "region-node/base/time.h"

namespace gtsim {

class LagHistogram {
 public:
  void add(Duration duration) {
    const auto value = static_cast<std::uint64_t>(duration.count() < 0 ? 0 : duration.count());
    const std::size_t index = bucket(value);
    if (index >= counts_.size()) counts_.resize(index + 1);
    ++counts_[index];
    ++total_;
    if (value > largest_) largest_ = value;
  }
  void add_all(const LagHistogram& other) {
    if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
    for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
    if (other.largest_ > largest_) largest_ = other.largest_;
  }
  void clear() { *this = LagHistogram{}; }

  [[nodiscard]] std::uint64_t count() const { return total_; }
  [[nodiscard]] Duration largest() const { return Duration{static_cast<std::int64_t>(largest_)}; }

  // The smallest duration that at least `share` of the samples do not exceed (rounded up to its
  // bucket's end); 0 without samples.
  [[nodiscard]] Duration percentile(double share) const {
    if (total_ == 0) return Duration{0};
    if (share >= 1) return largest();
    auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    if (rank >= total_) rank = total_ - 1;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      if (rank < counts_[i]) {
        const std::uint64_t end = bucket_end(i);
        return Duration{static_cast<std::int64_t>(end < largest_ ? end : largest_)};
      }
      rank -= counts_[i];
    }
    return largest();
  }

 private:
  static constexpr int kSubBits = 7;  // 128 buckets for each power of two
  static std::size_t bucket(std::uint64_t value) {
    if (value < (1u << kSubBits)) return value;
    const int shift = std::bit_width(value) - kSubBits - 1;
    return (static_cast<std::size_t>(shift) << kSubBits) + (value >> shift);
  }
  static std::uint64_t bucket_end(std::size_t index) {
    if (index < (1u << (kSubBits + 1))) return index;
    const auto shift = (index >> kSubBits) - 1;
    const std::uint64_t top = (index & ((1u << kSubBits) - 1)) + (1u << kSubBits);
    return ((top + 1) << shift) - 1;
  }
  std::vector<std::uint64_t> counts_;
  std::uint64_t total_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace gtsim
