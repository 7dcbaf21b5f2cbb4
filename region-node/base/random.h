// Repeatable randomness. Everything random in a run comes from one seed through named substreams,
// so that adding a fault does not reshuffle the workload. No `std` distribution: their results are
// not specified.
#pragma once

#include <cstdint>
#include <string_view>

#include "region-node/base/time.h"

namespace gtsim {

// xoshiro256**, seeded through splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  // An independent generator; the same parent seed and name always give the same one, whatever was
  // drawn before.
  [[nodiscard]] Random fork(std::string_view name) const;

  [[nodiscard]] std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  // Uniform in [0, bound). REQUIRES: bound > 0. The bias is below bound / 2^64.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  // Uniform in [0, 1), 53 bits.
  [[nodiscard]] double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  [[nodiscard]] bool chance(double probability) { return unit() < probability; }
  // Mean 1.
  [[nodiscard]] double exponential();
  // Mean 0, standard deviation 1 (polar method).
  [[nodiscard]] double normal();

 private:
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t rotate(std::uint64_t x, int k) {
    return (x << k) | (x >> (64 - k));
  }
  std::uint64_t seed_;
  std::uint64_t state_[4];
};

}  // namespace gtsim
