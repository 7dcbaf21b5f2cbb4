// Stable 64-bit hashing (XXH3, whose values are fixed by its specification) and the running digest
// that proves two runs equal. Neither depends on the machine, the compiler or addresses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gtsim {

[[nodiscard]] std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t seed = 0);

// The finaliser of splitmix64: spreads every input bit over the whole word.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
  return value ^ (value >> 31);
}

// Order-dependent digest of a sequence of words: one multiply and one rotate each.
class Digest {
 public:
  constexpr void add(std::uint64_t word) {
    state_ ^= word;
    state_ *= 0x9E3779B97F4A7C15ULL;
    state_ = (state_ << 29) | (state_ >> 35);
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return mix(state_); }

 private:
  std::uint64_t state_ = 0x2545F4914F6CDD1DULL;
};

[[nodiscard]] std::string to_hex(std::uint64_t value);  // 16 lower-case digits

}  // namespace gtsim
