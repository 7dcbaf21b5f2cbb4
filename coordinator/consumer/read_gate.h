// At most two readers of a shard are served at a time; further ones are throttled. Source: "Change
// data capture for DynamoDB Streams" (no more than two processes per shard). How the service shares
// what it refuses is not documented: here all readers of a stream take turns, two in each second.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"

namespace gtsim {

class ReadGate {
 public:
  static constexpr std::size_t kReadersMax = 2;

  void add_reader(RegionId region, TableId table, const void* reader) {
    readers_[{region, table}].push_back(reader);
  }
  void remove_reader(RegionId region, TableId table, const void* reader) {
    std::erase(readers_[{region, table}], reader);
  }

  // Whether a read by this reader may go ahead now.
  [[nodiscard]] bool admit(RegionId region, TableId table, const void* reader, Instant now) {
    const auto& all = readers_[{region, table}];
    if (all.size() <= kReadersMax) return true;
    const auto place =
        static_cast<std::size_t>(std::find(all.begin(), all.end(), reader) - all.begin());
    const auto first = static_cast<std::size_t>(now.us / 1'000'000) * kReadersMax % all.size();
    return (place + all.size() - first) % all.size() < kReadersMax;
  }

 private:
  std::map<std::pair<RegionId, TableId>, std::vector<const void*>> readers_;
};

}  // namespace gtsim
