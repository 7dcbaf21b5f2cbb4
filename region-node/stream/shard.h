// Shards and their lineage. All changes of one item stay in one lineage; a consumer that finishes a
// parent before its children sees them in order. Source: "Change data capture for DynamoDB
// Streams".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "region-node/base/ring_queue.h"
#include "region-node/base/time.h"
#include "region-node/stream/record.h"

namespace gtsim {

struct Shard {
  std::string id;  // "shardId-" + 20 digits of epoch milliseconds + "-" + 8 hex digits
  std::optional<std::string> parent_id;  // may name a shard that has been trimmed
  // The part of the partition-hash space it holds, both ends included.
  std::uint64_t hash_first = 0;
  std::uint64_t hash_last = UINT64_MAX;
  std::uint64_t first_number = 0;           // records of this shard have at least this number
  std::optional<std::uint64_t> end_number;  // nothing: open. One past the last possible record
  std::uint64_t trimmed_end = 0;            // records below this number were trimmed
  Instant opened_at;
  Instant closed_at = kNever;
  // Ascending by number; trimmed from the front. Empty when the stream does not keep its records.
  RingQueue<StreamRecord> records;

  [[nodiscard]] bool open() const { return !end_number.has_value(); }
  [[nodiscard]] bool holds(std::uint64_t partition_hash) const {
    return hash_first <= partition_hash && partition_hash <= hash_last;
  }
};

}  // namespace gtsim
