// One table in the database: its items with a cache of images, its log, its streams' records.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "region-node/base/ring_queue.h"
#include "region-node/table/key_space.h"
#include "region-node/table/store.h"
#include "region-node/table_storage.h"

namespace gtsim {

class RegionDatabase;

// Items by key. Each key that was ever written has a small entry in memory; its image and version
// are read when they are asked for and given back when the cache is full. What has been put but not
// written stays.
class LevelDbStore final : public Store {
 public:
  LevelDbStore(RegionDatabase& database, TableId table, KeySpace& keys);
  // `count` keys are on disk already.
  void restore(std::uint32_t count) { slots_.resize(count); }

  [[nodiscard]] const StoredItem& get(KeyId key) const override;
  void put(KeyId key, StoredItem item) override;
  [[nodiscard]] std::uint32_t key_count() const override {
    return static_cast<std::uint32_t>(slots_.size());
  }
  void shrink() override;
  void clear() override;

 private:
  struct Slot {
    StoredItem item;
    std::uint64_t batch = 0;  // that carries the latest put
    bool loaded = false;
    bool queued = false;  // its place in queue_
    bool used = false;    // since it was queued or passed over
  };
  void load(KeyId key, Slot& slot) const;
  void hold(KeyId key, Slot& slot) const;

  RegionDatabase& database_;
  TableId table_;
  KeySpace& keys_;
  mutable std::vector<Slot> slots_;  // by KeyId
  mutable RingQueue<KeyId> queue_;   // loaded ones, in the order in which they may have to go
  StoredItem never_written_;
  std::string scratch_;
};

class LevelDbRecords final : public RecordStorage {
 public:
  LevelDbRecords(RegionDatabase& database, TableId table, std::size_t stream)
      : database_(database), table_(table), stream_(stream) {}

  void append_record(std::size_t shard, const StreamRecord& record) override;
  void read_records(std::size_t shard, std::uint64_t number, std::size_t limit, std::size_t bytes,
                    std::vector<StreamRecord>& out) const override;
  Trimmed trim_records(std::size_t shard, std::uint64_t from_number, Instant horizon,
                       std::size_t limit) override;

 private:
  RegionDatabase& database_;
  TableId table_;
  std::size_t stream_;
  std::string scratch_;
};

class LevelDbTable final : public TableStorage {
  KeySpace own_keys_;  // first, because `keys` may mean it

 public:
  // `shared_keys`: nothing: the table has its own.
  LevelDbTable(RegionDatabase& database, TableId table, KeySpace* shared_keys)
      : keys(shared_keys != nullptr ? *shared_keys : own_keys_),
        store(database, table, keys),
        database_(database),
        table_(table) {}

  // On disk the log ends there.
  void restore_log(std::uint64_t end);
  // Puts what was appended since the last call into the batch under way. REQUIRES: before each
  // batch is taken.
  void flush_log();
  [[nodiscard]] bool has_unflushed_log() const { return !chunk_.empty(); }
  void append_log(std::uint64_t position, const Change& change) override;
  void trim_log(std::uint64_t end) override;
  void read_log(std::uint64_t position, std::size_t limit, std::vector<Change>& out) const override;
  [[nodiscard]] RecordStorage& records(std::size_t stream) override;

  KeySpace& keys;
  LevelDbStore store;

 private:
  void trim_old_log(std::uint64_t end);

  RegionDatabase& database_;
  TableId table_;
  std::vector<std::unique_ptr<LevelDbRecords>> records_;

  // The log is written in chunks, one for the changes of a batch: an entry for each change costs
  // LevelDB twice as much as its bytes do, when it is written and when it is removed.
  std::string chunk_;  // not flushed yet; encoded changes
  std::uint64_t chunk_first_ = 0;
  std::uint64_t chunk_changes_ = 0;
  RingQueue<std::uint64_t> chunk_starts_;  // of those that were flushed in this life
  std::uint64_t flushed_end_ = 0;
  // What was there when the directory was opened ends here; its chunks are looked up.
  std::uint64_t old_end_ = 0;
  std::uint64_t old_first_ = 0;  // no chunk starts before
};

}  // namespace gtsim
