// Draws key numbers from the distributions of the scenario language.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/random.h"

namespace gtsim {

class KeySampler {
 public:
  explicit KeySampler(const KeyDistribution& distribution);
  // In [0, keys).
  [[nodiscard]] std::uint32_t draw(Random& random) const;
  [[nodiscard]] std::uint32_t keys() const { return keys_; }

 private:
  // Walker's alias method: one table look-up whatever the number of keys.
  struct Slot {
    std::uint32_t threshold;  // of 2^32
    std::uint32_t alias;
  };
  std::uint32_t keys_;
  std::uint32_t hot_keys_ = 0;
  double hot_share_ = 0;
  std::vector<Slot> slots_;  // zipf only
};

}  // namespace gtsim
