// One region on disk: LevelDB with the format of database_format.h. What changes is collected into
// the batch under way; whoever owns the state machine takes the batch and writes it, perhaps on
// another thread, as one atomic step.
//
// Threads: write() may run on one other thread at a time; everything else belongs to the loop.
#pragma once

#include <leveldb/write_batch.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/control_plane/control_state.h"
#include "region-node/storage/database_format.h"
#include "region-node/table/key_space.h"
#include "region-node/table/store.h"
#include "region-node/table_storage.h"

namespace leveldb {
class Cache;
class DB;
class Env;
class FilterPolicy;
}  // namespace leveldb

namespace gtsim {

class CarefulEnvironment;
class MachineEnvironment;

// The disk gave back something else than what was written, or nothing. Thrown through the state
// machine, because nothing it could do would be right; whoever drives it stops serving.
class StorageDamage : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct DatabaseOptions {
  std::string path;
  std::string cluster;
  std::string region;
  std::vector<std::string> regions;     // by RegionId index
  std::vector<TableDefinition> tables;  // those of the configuration
  std::size_t write_buffer_bytes = 16u << 20;
  std::size_t cache_bytes = 64u << 20;  // images in memory, over all tables
  int table_files_open = 1000;          // at most so many at once
  leveldb::Env* environment = nullptr;  // nothing: the machine's own
  // For an environment that runs what LevelDB schedules only when it is told to: called where no
  // call into LevelDB is under way, so that none ever waits for it.
  std::function<void()> run_background;
  // By the order of `tables`, for regions of one process that share the numbers of keys; empty:
  // each table has its own. Outlive the database.
  std::vector<KeySpace*> keys;
};

// Commits that become durable together.
struct CommitBatch {
  // By pointer, because LevelDB's own batch can only be copied.
  std::unique_ptr<leveldb::WriteBatch> writes = std::make_unique<leveldb::WriteBatch>();
  std::uint64_t number = 0;
  std::uint64_t entries = 0;
  std::size_t bytes = 0;  // when it was taken
};

// From the first to the last key, both included.
struct KeyRange {
  std::string first;
  std::string last;
};

class LevelDbTable;

class RegionDatabase {
 public:
  // Opens the directory or makes it. kInput with a text for people: the directory holds something
  // else, another region, a newer format, other keys for a table, or is in use. kIo: the disk
  // refused, or what it holds is damaged.
  [[nodiscard]] static Result<std::unique_ptr<RegionDatabase>> open(DatabaseOptions options);
  ~RegionDatabase();
  RegionDatabase(const RegionDatabase&) = delete;
  RegionDatabase& operator=(const RegionDatabase&) = delete;

  // By TableId index: in the order in which the directory met them, first those that it has had.
  [[nodiscard]] const std::vector<format::StoredTable>& tables() const { return definitions_; }
  // --- Into the batch under way. One that nobody has a replica of.
  TableId add_table(const TableDefinition& definition);
  void define_anew(TableId table, const TableDefinition& definition);

  [[nodiscard]] KeySpace& keys(TableId table);
  [[nodiscard]] Store& store(TableId table);
  [[nodiscard]] TableStorage& table(TableId table);
  // What the table was when the directory was last written; nothing: it is new. Once.
  [[nodiscard]] std::optional<TableSnapshot> take_saved(TableId table);
  // The same of its control plane; of a directory that knew none, what follows from the table.
  [[nodiscard]] std::optional<TableControlState> take_saved_control(TableId table);
  [[nodiscard]] Instant latest_instant() const { return positions_.latest_instant; }

  // --- Into the batch under way
  void save_cursors(TableId table, const TableCursors& cursors);
  void save_structure(TableId table, const TableSnapshot& snapshot);
  void save_control(TableId table, const TableControlState& state);
  void save_instant(Instant now);
  void put(const std::string& key, const std::string& value);
  void remove(const std::string& key);
  // The same for an entry that is one of many of its kind (the letter and the table): trimmed()
  // tells where they were. `weight`: how many things the entry held.
  void trim(const std::string& key, std::uint64_t weight);

  // The journal of a run. Entries [journal_first, journal_end) are there.
  [[nodiscard]] std::uint64_t journal_first() const { return positions_.journal_first; }
  [[nodiscard]] std::uint64_t journal_end() const { return positions_.journal_end; }
  void append_journal(const std::string& entry);
  void trim_journal(std::uint64_t end);
  [[nodiscard]] std::vector<std::string> read_journal(std::uint64_t from, std::size_t limit) const;

  // --- Batches
  [[nodiscard]] std::size_t pending_bytes() const { return batch_.writes->ApproximateSize(); }
  [[nodiscard]] bool has_pending() const;
  [[nodiscard]] CommitBatch take_batch();
  // Gives a batch that was written back for its memory's sake.
  void recycle(CommitBatch batch);
  // One atomic step; with `sync` it survives a power cut once this returns. After a failure nothing
  // is written any more: what the disk has of the batch is known only when it is opened again.
  [[nodiscard]] Result<void> write(CommitBatch& batch, bool sync);
  // The batch with this number and all before it can be read.
  void set_written(std::uint64_t batch_number);

  // --- Space. Things trimmed since the last take_trimmed(), and where they were.
  [[nodiscard]] std::uint64_t trimmed() const { return trimmed_; }
  [[nodiscard]] std::vector<KeyRange> take_trimmed();
  // Rewrites what lies there without what was removed. On any thread; may take long.
  void compact(const KeyRange& range);

  // --- For the parts of this folder
  [[nodiscard]] leveldb::DB& database() const { return *database_; }
  [[nodiscard]] const format::RegionNumbers& regions() const { return *regions_; }
  [[nodiscard]] std::uint64_t batch_number() const { return batch_.number; }
  [[nodiscard]] std::uint64_t written_batch() const { return written_batch_; }
  // Bytes of images that the stores hold in memory, together.
  [[nodiscard]] std::size_t& cached_bytes() { return cached_bytes_; }
  [[nodiscard]] std::size_t cache_limit_bytes() const { return options_.cache_bytes; }
  [[nodiscard]] std::optional<std::string> get(const std::string& key) const;

 private:
  explicit RegionDatabase(DatabaseOptions options);
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> check_identity();
  void mark_format();
  [[nodiscard]] Result<void> merge_tables();
  [[nodiscard]] Result<void> load_tables();
  [[nodiscard]] Result<void> load_control(TableId table, const TableSnapshot& snapshot);
  void run_background() const {
    if (options_.run_background) options_.run_background();
  }

  DatabaseOptions options_;
  std::unique_ptr<MachineEnvironment> machine_;  // nothing: options_ has an environment
  std::unique_ptr<CarefulEnvironment> environment_;
  std::unique_ptr<leveldb::Cache> blocks_;
  std::unique_ptr<const leveldb::FilterPolicy> filter_;
  std::unique_ptr<leveldb::DB> database_;
  std::unique_ptr<format::RegionNumbers> regions_;
  std::vector<format::StoredTable> definitions_;                 // by TableId index
  std::vector<std::unique_ptr<LevelDbTable>> tables_;            // the same
  std::vector<std::optional<TableSnapshot>> saved_;              // the same; what load() found
  std::vector<std::optional<TableControlState>> saved_control_;  // the same
  format::Positions positions_;
  std::vector<std::string> cursors_;              // by TableId index; encoded; empty: none yet
  std::vector<TableId> moved_cursors_;            // since they were put into a batch
  std::uint64_t found_format_ = format::kNumber;  // what the directory had when it was opened
  bool definitions_moved_ = false;                // since they were put into a batch
  bool positions_moved_ = false;                  // since they were put into a batch
  CommitBatch batch_;
  std::unique_ptr<leveldb::WriteBatch> spare_;
  std::uint64_t written_batch_ = 0;
  bool write_failed_ = false;  // belongs to write()
  std::size_t cached_bytes_ = 0;
  std::uint64_t trimmed_ = 0;
  std::map<std::string, KeyRange> trimmed_ranges_;  // by kind and table
  std::string scratch_;
};

}  // namespace gtsim
