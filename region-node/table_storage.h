// What a table's replica needs of a store besides its items: its log, its streams, and to be given
// back after a restart what it was.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/replication/lane.h"
#include "region-node/replication/log_storage.h"
#include "region-node/stream/record_storage.h"
#include "region-node/stream/stream.h"
#include "region-node/table_fact.h"

namespace gtsim {

class TableStorage : public LogStorage {
 public:
  // The records of the table's streams, in the order of their start; lives as long as this.
  [[nodiscard]] virtual RecordStorage& records(std::size_t stream) = 0;
};

// Where a table's replica is; changes with every write.
struct TableCursors {
  struct Member {
    RegionId region;
    std::uint64_t acknowledged = 0;
    std::uint32_t membership = 0;  // see Sender
  };
  std::uint64_t log_first = 0;
  std::uint64_t log_end = 0;
  std::uint64_t stream_end = 0;       // of the newest stream
  std::vector<ReceivedLog> received;  // by RegionId index
  std::vector<Member> members;
};

// A table's replica without its items, log entries and records.
struct TableSnapshot : TableCursors {
  struct Backfill {
    RegionId to;
    KeyId next;
    std::int64_t items_per_second = 0;
  };
  ReplicaStatus status = ReplicaStatus::kActive;
  std::vector<Backfill> backfills;
  std::vector<StreamSnapshot> streams;  // the newest last
};

}  // namespace gtsim
