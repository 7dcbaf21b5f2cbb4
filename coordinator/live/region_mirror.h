// What the coordinator knows of one region: its tables and streams, driven by what the region's
// journal tells, exactly as the region itself drove them. Runner, checker and consumers read it as
// they read a simulated region.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "coordinator/live/wire.h"
#include "region-node/base/ring_queue.h"
#include "region-node/table/memory_store.h"

namespace gtsim {

class RegionMirror {
 public:
  RegionMirror(std::size_t tables, std::vector<bool> keep_records);

  // Errors (kInput): what the node tells does not follow from what it has told before.
  // `partition_hash`: of the record's key.
  [[nodiscard]] Result<void> apply(const EmittedRecord& emitted, std::uint64_t partition_hash);
  void apply(const QuietApply& apply);
  [[nodiscard]] Result<void> apply(const StreamFact& fact);
  // The replica has gone; what becomes of its stream is told by itself.
  void drop(TableId table);

  [[nodiscard]] const StoredItem& item(TableId table, KeyId key) const {
    return tables_[table.index()].items.get(key);
  }
  [[nodiscard]] std::uint32_t key_count(TableId table) const {
    return tables_[table.index()].items.key_count();
  }
  [[nodiscard]] Stream* stream(TableId table) const {
    const auto& streams = tables_[table.index()].streams;
    return streams.empty() ? nullptr : streams.back().get();
  }
  // Where the log of this region's own changes ends after what has been told.
  [[nodiscard]] std::uint64_t log_end(TableId table) const {
    return tables_[table.index()].log_end;
  }
  void set_log_end(TableId table, std::uint64_t end) { tables_[table.index()].log_end = end; }
  // How many records of the current stream have been told.
  [[nodiscard]] std::uint64_t records_told(TableId table) const {
    const Table& held = tables_[table.index()];
    return held.digests_first + held.digests.size();
  }
  // What the record with this number said; nothing: its retention is over. REQUIRES: number <
  // records_told().
  [[nodiscard]] std::optional<std::uint64_t> record_digest(TableId table,
                                                           std::uint64_t number) const {
    const Table& held = tables_[table.index()];
    if (number < held.digests_first) return std::nullopt;
    return held.digests[number - held.digests_first].digest;
  }
  [[nodiscard]] static std::uint64_t digest_of(const StreamRecord& record,
                                               std::uint64_t partition_hash);

 private:
  struct Table {
    MemoryStore items;
    std::vector<std::unique_ptr<Stream>> streams;  // the newest last
    // Of the records within the retention, by number from digests_first on.
    struct ToldRecord {
      std::uint64_t digest = 0;
      Instant appended_at;
    };
    RingQueue<ToldRecord> digests;
    std::uint64_t digests_first = 0;
    Instant trim_at{0};
    std::uint64_t log_end = 0;
    bool keep_records = true;
  };
  static void trim(Table& table, Stream& current, Instant now);

  std::vector<Table> tables_;  // by TableId index
};

}  // namespace gtsim
