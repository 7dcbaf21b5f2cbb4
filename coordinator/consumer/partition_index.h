// Numbers the partition key values of a table's keys, from 0: records of one are delivered in
// order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "region-node/table/key_space.h"

namespace gtsim {

class PartitionIndex {
 public:
  explicit PartitionIndex(const KeySpace& keys) : keys_(keys) {}

  [[nodiscard]] std::size_t of(KeyId key) {
    if (key.index() >= of_key_.size()) of_key_.resize(key.index() * 2 + 64);
    std::uint32_t& known = of_key_[key.index()];
    if (known == 0) {
      const auto next = static_cast<std::uint32_t>(numbers_.size() + 1);
      known = numbers_.try_emplace(keys_.partition_hash(key), next).first->second;
    }
    return known - 1;
  }

 private:
  const KeySpace& keys_;
  std::vector<std::uint32_t> of_key_{};  // number + 1, by KeyId; 0: not yet
  std::map<std::uint64_t, std::uint32_t> numbers_{};
};

}  // namespace gtsim
