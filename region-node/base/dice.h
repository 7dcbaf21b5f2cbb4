// Chance by identity: what is decided is a function of the seed and of what it is about (which
// write, which message, which attempt, which question), never of how much was decided before.
// Taking something away leaves the dice of all else alone.
#pragma once

#include <cstdint>
#include <string_view>

#include "region-node/base/hash.h"
#include "region-node/base/random.h"

namespace gtsim {

class Dice {
 public:
  explicit constexpr Dice(std::uint64_t seed) : state_(mix(seed + kStep)) {}

  // The dice of one thing among many: `number` or `name` says which.
  [[nodiscard]] constexpr Dice of(std::uint64_t number) const {
    return Dice{state_ ^ (number * kStep + 1)};
  }
  [[nodiscard]] Dice of(std::string_view name) const { return Dice{hash_bytes(name, state_)}; }

  // One throw, always the same. Questions about one thing need dice of their own: of(kLoss),
  // of(kDelay).
  [[nodiscard]] constexpr std::uint64_t word() const { return state_; }
  // Uniform in [0, 1), 53 bits.
  [[nodiscard]] constexpr double unit() const {
    return static_cast<double>(state_ >> 11) * 0x1.0p-53;
  }
  [[nodiscard]] constexpr bool chance(double probability) const { return unit() < probability; }
  // As many throws about the one thing as its question needs.
  [[nodiscard]] Random sequence() const { return Random{state_}; }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15ULL;
  std::uint64_t state_;
};

}  // namespace gtsim
