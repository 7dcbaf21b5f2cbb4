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

// How far a stream is: its records below `end`, and the first `changes` of the openings and
// closings of its shards. What readers may see is a position that no crash takes back.
struct StreamPosition {
  std::uint64_t end = 0;
  std::uint64_t changes = 0;
  friend bool operator==(const StreamPosition&, const StreamPosition&) = default;
};

// All of a shard but its records.
struct ShardInfo {
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
  // Its place in the order of opening, from 0: the number by which a RecordStorage knows it, which
  // stays when older shards leave the stream.
  std::uint64_t ordinal = 0;

  [[nodiscard]] bool open() const { return !end_number.has_value(); }
  [[nodiscard]] bool holds(std::uint64_t partition_hash) const {
    return hash_first <= partition_hash && partition_hash <= hash_last;
  }
};

struct Shard : ShardInfo {
  // Ascending by number; trimmed from the front. Empty when the stream does not keep its records.
  RingQueue<StreamRecord> records;
  // Which of the stream's changes its opening and its closing were (StreamPosition::changes); 0:
  // they came from the disk.
  std::uint64_t opening = 0;
  std::uint64_t closing = 0;

  [[nodiscard]] bool opened_by(const StreamPosition& position) const {
    return opening <= position.changes;
  }
  // A shard has not ended for a reader whose position is before its end.
  [[nodiscard]] bool closed_by(const StreamPosition& position) const {
    return end_number && closing <= position.changes && *end_number <= position.end;
  }
};

}  // namespace gtsim
