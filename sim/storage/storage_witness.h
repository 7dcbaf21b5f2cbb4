// Remembers what a table puts on its region's disk, and compares whatever the disk gives back:
// items with their versions and whether their writers were told, entries of the log, records of
// streams with the kind of write they tell, and after a crash where the table stood and what the
// control plane knew. Shares nothing with the format on the disk.
//
// Stands between a table's replica and the disk and hands everything on. Memory: as much as the
// table itself.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "region-node/base/ring_queue.h"
#include "region-node/control_plane/control_state.h"
#include "region-node/table/store.h"
#include "region-node/table_storage.h"
#include "sim/storage/undo_store.h"

namespace gtsim {

class StorageWitness final : public Store, public TableStorage {
 public:
  // What was given back and what had been put, in words.
  using Report = std::function<void(KeyId key, const std::string& text)>;
  explicit StorageWitness(Report report) : report_(std::move(report)) {}

  // The disk was opened; before anything else.
  void attach(Store& store, TableStorage& storage);

  // --- What becomes durable together
  // All that was put since the last time is one group, after which the table stands there.
  void on_collected(TableSnapshot snapshot, TableControlState control);
  // The group that was collected last is durable.
  void on_written();
  // What was not durable is gone; so is the group that was collected last, unless it `survived`.
  void on_crash(bool survived);
  // The disk was opened after a crash and says that the table stands there.
  void compare_restored(const TableSnapshot& found) const;
  void compare_restored(const TableControlState& found) const;

  // --- Store
  [[nodiscard]] const StoredItem& get(KeyId key) const override;
  void put(KeyId key, StoredItem item) override;
  [[nodiscard]] std::uint32_t key_count() const override { return store_->key_count(); }
  void shrink() override { store_->shrink(); }
  void clear() override;

  // --- TableStorage
  void append_log(std::uint64_t position, const Change& change) override;
  void trim_log(std::uint64_t end) override;
  void read_log(std::uint64_t position, std::size_t limit, std::vector<Change>& out) const override;
  [[nodiscard]] RecordStorage& records(std::size_t stream) override;

 private:
  // `group`: in which it was put.
  struct KeptChange {
    Change change;
    std::uint64_t group = 0;
  };
  struct KeptRecord {
    StreamRecord record;
    std::uint64_t group = 0;
  };
  class Records final : public RecordStorage {
   public:
    Records(StorageWitness& witness, std::size_t stream) : witness_(witness), stream_(stream) {}
    void append_record(std::size_t shard, const StreamRecord& record) override;
    void read_records(std::size_t shard, std::uint64_t number, std::size_t limit, std::size_t bytes,
                      std::vector<StreamRecord>& out) const override;
    Trimmed trim_records(std::size_t shard, std::uint64_t from_number, Instant horizon,
                         std::size_t limit) override;

   private:
    [[nodiscard]] RecordStorage& disk() const { return witness_.storage_->records(stream_); }
    StorageWitness& witness_;
    std::size_t stream_;
  };

  Report report_;
  Store* store_ = nullptr;
  TableStorage* storage_ = nullptr;

  std::uint64_t filling_ = 1;  // the group that takes what is put now
  std::uint64_t durable_ = 0;  // groups up to this one
  std::uint64_t collected_ = 0;
  TableSnapshot collected_at_;
  TableSnapshot durable_at_;
  TableControlState collected_control_;
  TableControlState durable_control_;

  UndoStore items_;
  std::size_t collected_puts_ = 0;
  RingQueue<KeptChange> log_;
  std::uint64_t log_first_ = 0;
  // By number of the stream and of the shard.
  std::map<std::pair<std::size_t, std::size_t>, RingQueue<KeptRecord>> shards_;
  std::vector<std::unique_ptr<Records>> records_;  // by number of the stream
};

}  // namespace gtsim
