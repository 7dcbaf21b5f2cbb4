// More than two readers of one shard are throttled: together they get what two pollers need.
// Source: "Change data capture for DynamoDB Streams" (at most two processes per shard); how the
// service spreads what it refuses is not documented, so the reads of each second are counted.
#pragma once

#include <map>
#include <string>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"

namespace gtsim {

class ReadGate {
 public:
  static constexpr int kReadersMax = 2;
  static constexpr int kReadsPerSecond = 8;  // two pollers, four polls each

  void add_reader(RegionId region, TableId table) { ++readers_[{region, table}]; }
  void remove_reader(RegionId region, TableId table) { --readers_[{region, table}]; }

  // Whether a read of the shard may go ahead now.
  [[nodiscard]] bool admit(RegionId region, TableId table, const std::string& shard_id,
                           Instant now) {
    if (readers_[{region, table}] <= kReadersMax) return true;
    Second& second = shards_[shard_id];
    const std::int64_t number = now.us / 1'000'000;
    if (second.number != number) second = {number, 0};
    return second.reads++ < kReadsPerSecond;
  }

 private:
  struct Second {
    std::int64_t number = -1;
    int reads = 0;
  };
  std::map<std::pair<RegionId, TableId>, int> readers_;
  std::map<std::string, Second> shards_;
};

}  // namespace gtsim
