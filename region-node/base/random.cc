#include "region-node/base/random.h"

#include <cmath>

#include "region-node/base/hash.h"
#include "region-node/base/math.h"

namespace gtsim {

Random::Random(std::uint64_t seed) : seed_(seed) {
  std::uint64_t walk = seed;
  for (auto& word : state_) {
    walk += 0x9E3779B97F4A7C15ULL;
    word = mix(walk);
  }
}

Random Random::fork(std::string_view name) const {
  return Random{hash_bytes(name, mix(seed_))};
}

double Random::exponential() {
  return -natural_log(1.0 - unit());
}

double Random::normal() {
  for (;;) {
    const double x = 2 * unit() - 1;
    const double y = 2 * unit() - 1;
    const double s = x * x + y * y;
    // The square root is exactly rounded by IEEE 754, so it may be the library's.
    if (s > 0 && s < 1) return x * std::sqrt(-2 * natural_log(s) / s);
  }
}

}  // namespace gtsim
