// Where a stream keeps its records when memory is not the place: the store of a daemon. Shards are
// numbered in the order of opening, for good (ShardInfo::ordinal). What is appended and trimmed
// belongs to the commit under way; reads see what has been written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "region-node/stream/record.h"

namespace gtsim {

class RecordStorage {
 public:
  virtual ~RecordStorage() = default;
  virtual void append_record(std::size_t shard, const StreamRecord& record) = 0;
  // Appends records of the shard from `number` on to `out`, ascending, at most `limit`, and no more
  // after their images have passed `bytes`.
  virtual void read_records(std::size_t shard, std::uint64_t number, std::size_t limit,
                            std::size_t bytes, std::vector<StreamRecord>& out) const = 0;
  // Forgets records of the shard from the front that were appended before `horizon`, at most
  // `limit`.
  struct Trimmed {
    std::uint64_t end = 0;       // one past the last one forgotten; 0: none
    Instant oldest_at = kNever;  // of what is left
  };
  virtual Trimmed trim_records(std::size_t shard, std::uint64_t from_number, Instant horizon,
                               std::size_t limit) = 0;
};

}  // namespace gtsim
