#include "region-node/storage/region_database.h"

#include <fmt/format.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/filter_policy.h>

#include <algorithm>
#include <utility>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/storage/byte_codec.h"
#include "region-node/storage/careful_environment.h"
#include "region-node/storage/control_format.h"
#include "region-node/storage/level_db_table.h"
#include "region-node/storage/machine_environment.h"

namespace gtsim {
namespace {

constexpr const char* kFormatKey = "F";
constexpr const char* kNamesKey = "N";
constexpr const char* kTablesKey = "T";
constexpr const char* kPositionsKey = "P";
constexpr std::size_t kMostSpareBytes = 1u << 20;

Error unusable(std::string detail) {
  return Error{Errc::kInput, std::move(detail)};
}
Error refused(std::string detail) {
  return Error{Errc::kIo, std::move(detail)};
}

char letter_of(AttributeType type) {
  return type == AttributeType::kS ? 'S' : type == AttributeType::kN ? 'N' : 'B';
}

std::string describe(const KeySchema& key) {
  std::string text = key.hash.name;
  text += fmt::format(" ({})", letter_of(key.hash.type));
  if (key.range) text += fmt::format(" and {} ({})", key.range->name, letter_of(key.range->type));
  return text;
}

// An existing directory that LevelDB would fill although it holds something else.
bool holds_something_else(leveldb::Env& environment, const std::string& path) {
  std::vector<std::string> children;
  if (!environment.GetChildren(path, &children).ok()) return false;
  bool other = false;
  for (const std::string& name : children) {
    if (name == "CURRENT") return false;
    // What an opening that failed or crashed early leaves.
    const bool of_leveldb = name == "LOCK" || name == "LOG" || name == "LOG.old" ||
                            name.starts_with("MANIFEST-") || name.ends_with(".dbtmp") ||
                            name.ends_with(".log");
    if (name != "." && name != ".." && !of_leveldb) other = true;
  }
  return other;
}

}  // namespace

RegionDatabase::RegionDatabase(DatabaseOptions options) : options_(std::move(options)) {
  batch_.number = 1;
}

RegionDatabase::~RegionDatabase() {
  run_background();
}

Result<std::unique_ptr<RegionDatabase>> RegionDatabase::open(DatabaseOptions options) {
  std::unique_ptr<MachineEnvironment> machine;
  if (options.environment == nullptr) machine = std::make_unique<MachineEnvironment>();
  leveldb::Env& environment = machine ? *machine : *options.environment;
  const std::string path = options.path;
  if (holds_something_else(environment, path)) {
    return unusable(
        fmt::format("{} is not empty and holds no region: give an empty or a new directory", path));
  }
  std::unique_ptr<RegionDatabase> made{new RegionDatabase{std::move(options)}};
  made->machine_ = std::move(machine);
  made->environment_ = std::make_unique<CarefulEnvironment>(&environment);
  if (auto sound = made->environment_->check_logs(path); !sound) return sound.error();
  made->blocks_.reset(leveldb::NewLRUCache(16u << 20));
  made->filter_.reset(leveldb::NewBloomFilterPolicy(10));
  leveldb::Options level;
  level.create_if_missing = true;
  level.paranoid_checks = true;  // damage is refused, not skipped
  level.write_buffer_size = made->options_.write_buffer_bytes;
  level.max_open_files = made->options_.table_files_open;
  level.block_cache = made->blocks_.get();
  level.filter_policy = made->filter_.get();
  level.compression = leveldb::kNoCompression;
  level.env = made->environment_.get();
  leveldb::DB* opened = nullptr;
  const leveldb::Status status = leveldb::DB::Open(level, path, &opened);
  made->database_.reset(opened);
  if (!status.ok()) {
    const std::string text = status.ToString();
    if (text.find("lock") != std::string::npos && text.find("LOCK") != std::string::npos) {
      return unusable(fmt::format("{} is in use by another process ({})", path, text));
    }
    if (status.IsCorruption()) {
      return refused(fmt::format("{} is damaged and is not served: {}", path, text));
    }
    return refused(fmt::format("{} cannot be opened: {}", path, text));
  }
  made->run_background();
  try {
    if (auto loaded = made->load(); !loaded) return loaded.error();
  } catch (const StorageDamage& damage) {
    return refused(fmt::format("{} is not served: {}", path, damage.what()));
  }
  return made;
}

Result<void> RegionDatabase::load() {
  if (auto checked = check_identity(); !checked) return checked.error();
  if (const auto bytes = get(kPositionsKey);
      bytes && !format::parse_positions(*bytes, positions_, cursors_)) {
    return refused(options_.path + " is damaged: its positions do not decode");
  }
  if (auto merged = merge_tables(); !merged) return merged.error();
  cursors_.resize(std::max(cursors_.size(), definitions_.size()));
  if (auto loaded = load_tables(); !loaded) return loaded.error();
  // New names of regions and tables, and the mark of a new directory, go in before anything else.
  // What was found may have been in the machine's memory only, and LevelDB does not sync the name
  // of its new state: a write that does comes before anything is told of it.
  save_instant(positions_.latest_instant);
  CommitBatch first = take_batch();
  if (auto written = write(first, /*sync=*/true); !written) return written.error();
  set_written(first.number);
  return {};
}

Result<void> RegionDatabase::check_identity() {
  const std::string& path = options_.path;
  const auto mark = get(kFormatKey);
  if (!mark) {
    leveldb::ReadOptions read;
    const std::unique_ptr<leveldb::Iterator> iterator{database_->NewIterator(read)};
    iterator->SeekToFirst();
    if (iterator->Valid()) {
      return unusable(fmt::format("{} holds a LevelDB database that is not a region's", path));
    }
    mark_format();
  } else {
    ByteReader reader{*mark};
    const std::uint64_t number = reader.varint();
    if (number < format::kOldestNumber) {
      return unusable(fmt::format(
          "{} has format {}, written by a program from before the first release; this one knows "
          "format {}",
          path, number, format::kNumber));
    }
    if (number > format::kNumber) {
      return unusable(
          fmt::format("{} has format {}, written by a newer program; this one knows format {}",
                      path, number, format::kNumber));
    }
    const std::string cluster{reader.text()};
    const std::string region{reader.text()};
    if (!reader.complete()) return refused(path + " is damaged: its format mark does not decode");
    found_format_ = number;
    if (region != options_.region) {
      return unusable(
          fmt::format("{} belongs to region {}, not to {}", path, region, options_.region));
    }
    if (cluster != options_.cluster) {
      return unusable(
          fmt::format("{} belongs to cluster `{}`, not to `{}`", path, cluster, options_.cluster));
    }
  }

  // With the tables' structures, which load_tables() encodes anew, in one batch.
  if (found_format_ < format::kNumber) mark_format();

  std::vector<std::string> known;
  if (const auto bytes = get(kNamesKey); bytes && !format::parse_names(*bytes, known)) {
    return refused(path + " is damaged: its names of regions do not decode");
  }
  for (const std::string& name : known) {
    if (std::find(options_.regions.begin(), options_.regions.end(), name) ==
        options_.regions.end()) {
      return unusable(
          fmt::format("{} has versions written by region {}, which the configuration does not name",
                      path, name));
    }
  }
  regions_ = std::make_unique<format::RegionNumbers>(options_.regions, known);
  if (regions_->known() != known) {
    std::string value;
    format::append_names(value, regions_->known());
    put(kNamesKey, value);
  }
  return {};
}

void RegionDatabase::mark_format() {
  std::string value;
  ByteWriter writer{value};
  writer.varint(format::kNumber);
  writer.text(options_.cluster);
  writer.text(options_.region);
  put(kFormatKey, value);
}

// What the directory has keeps its place; what the configuration names besides comes after it.
Result<void> RegionDatabase::merge_tables() {
  const std::string& path = options_.path;
  const auto bytes = get(kTablesKey);
  if (bytes && !format::parse_tables(*bytes, found_format_, definitions_)) {
    return refused(path + " is damaged: its tables do not decode");
  }
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < definitions_.size(); ++i) places.emplace(definitions_[i].name, i);
  const std::size_t known = definitions_.size();
  definitions_moved_ = found_format_ < format::kNumber;
  // Names are looked for among what was there: the vector moves when it grows.
  std::vector<TableDefinition> added;
  std::vector<bool> named(known);
  for (const TableDefinition& wanted : options_.tables) {
    const auto found = places.find(wanted.name);
    if (found == places.end()) {
      added.push_back(wanted);
      continue;
    }
    format::StoredTable& held = definitions_[found->second];
    named[found->second] = true;
    if (!held.by_configuration) continue;
    if (held.key != wanted.key) {
      return unusable(fmt::format("{} holds table `{}` with the key {}, not {}", path, held.name,
                                  describe(held.key), describe(wanted.key)));
    }
    if (static_cast<const TableDefinition&>(held) == wanted) continue;
    definitions_moved_ = true;
    static_cast<TableDefinition&>(held) = wanted;
  }
  for (std::size_t i = 0; i < known && found_format_ < 6; ++i) {
    if (named[i]) continue;
    return unusable(fmt::format("{} holds table `{}`, which the configuration does not name", path,
                                definitions_[i].name));
  }
  for (TableDefinition& each : added) {
    static_cast<TableDefinition&>(definitions_.emplace_back()) = std::move(each);
    definitions_moved_ = true;
  }
  return {};
}

TableId RegionDatabase::add_table(const TableDefinition& definition) {
  const TableId id{static_cast<std::uint16_t>(definitions_.size())};
  format::StoredTable& added = definitions_.emplace_back();
  static_cast<TableDefinition&>(added) = definition;
  added.by_configuration = false;
  tables_.push_back(std::make_unique<LevelDbTable>(*this, id, nullptr));
  tables_.back()->store.restore(0);
  saved_.emplace_back();
  saved_control_.emplace_back();
  cursors_.resize(std::max(cursors_.size(), definitions_.size()));
  definitions_moved_ = true;
  return id;
}

void RegionDatabase::define_anew(TableId table, const TableDefinition& definition) {
  format::StoredTable& held = definitions_[table.index()];
  static_cast<TableDefinition&>(held) = definition;
  held.by_configuration = false;
  definitions_moved_ = true;
}

Result<void> RegionDatabase::load_tables() {
  const std::string& path = options_.path;
  leveldb::ReadOptions read;
  read.verify_checksums = true;
  read.fill_cache = false;
  const std::unique_ptr<leveldb::Iterator> iterator{database_->NewIterator(read)};
  for (std::size_t i = 0; i < definitions_.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    auto& held = *tables_.emplace_back(std::make_unique<LevelDbTable>(
        *this, table, options_.keys.empty() ? nullptr : options_.keys[i]));
    const std::string prefix = format::table_prefix('k', table);
    // The last one tells how many there are.
    iterator->Seek(format::table_prefix('k', TableId{static_cast<std::uint16_t>(i + 1)}));
    if (iterator->Valid()) {
      iterator->Prev();
    } else {
      iterator->SeekToLast();
    }
    if (iterator->Valid() && iterator->key().starts_with(prefix) && iterator->key().size() == 7) {
      held.keys.reserve(std::size_t{1} + format::last_32(iterator->key().ToString().substr(3)));
    }
    std::uint32_t count = 0;
    for (iterator->Seek(prefix); iterator->Valid(); iterator->Next(), ++count) {
      const std::string_view key{iterator->key().data(), iterator->key().size()};
      if (!key.starts_with(prefix)) break;
      ByteReader reader{{iterator->value().data(), iterator->value().size()}};
      const std::uint64_t partition_hash = reader.word();
      const KeyId interned = held.keys.intern(reader.rest(), partition_hash);
      if (reader.failed() || format::last_32(key.substr(3)) != count || interned.value() != count) {
        return refused(fmt::format("{} is damaged: the keys of table `{}` are not in order", path,
                                   definitions_[i].name));
      }
    }
    if (!iterator->status().ok()) {
      return refused(fmt::format("{} is damaged: {}", path, iterator->status().ToString()));
    }
    held.store.restore(count);

    std::optional<TableSnapshot>& snapshot = saved_.emplace_back();
    saved_control_.emplace_back();
    const auto structure = get(format::table_prefix('s', table));
    std::string& cursors = cursors_[i];
    if (i >= format::kTablesInPositions) {
      if (auto stored = get(format::table_prefix('p', table))) cursors = std::move(*stored);
    }
    if (!structure) continue;
    snapshot.emplace();
    if (!format::parse_structure(*structure, *regions_, found_format_, *snapshot) ||
        (!cursors.empty() &&
         !format::parse_cursors(cursors, *regions_, found_format_, *snapshot))) {
      return refused(fmt::format("{} is damaged: the state of table `{}` does not decode", path,
                                 definitions_[i].name));
    }
    held.restore_log(snapshot->log_end);
    if (found_format_ < format::kNumber) {
      save_structure(table, *snapshot);
      if (!cursors.empty()) save_cursors(table, *snapshot);
    }
    if (auto loaded = load_control(table, *snapshot); !loaded) return loaded.error();
  }
  return {};
}

Result<void> RegionDatabase::load_control(TableId table, const TableSnapshot& snapshot) {
  TableControlState& state = saved_control_[table.index()].emplace();
  if (const auto bytes = get(format::table_prefix('c', table))) {
    if (format::parse_control(*bytes, *regions_, found_format_, state)) {
      if (found_format_ < format::kNumber) save_control(table, state);
      return {};
    }
    return refused(fmt::format("{} is damaged: the control plane of table `{}` does not decode",
                               options_.path, definitions_[table.index()].name));
  }
  for (const TableCursors::Member& member : snapshot.members) {
    state.members.push_back({member.region, ReplicaStatus::kActive});
  }
  return {};
}

KeySpace& RegionDatabase::keys(TableId table) {
  return tables_[table.index()]->keys;
}
Store& RegionDatabase::store(TableId table) {
  return tables_[table.index()]->store;
}
TableStorage& RegionDatabase::table(TableId table) {
  return *tables_[table.index()];
}
std::optional<TableSnapshot> RegionDatabase::take_saved(TableId table) {
  return std::exchange(saved_[table.index()], std::nullopt);
}

std::optional<TableControlState> RegionDatabase::take_saved_control(TableId table) {
  return std::exchange(saved_control_[table.index()], std::nullopt);
}

void RegionDatabase::put(const std::string& key, const std::string& value) {
  batch_.writes->Put(key, value);
  ++batch_.entries;
}
void RegionDatabase::remove(const std::string& key) {
  batch_.writes->Delete(key);
  ++batch_.entries;
}

void RegionDatabase::save_cursors(TableId table, const TableCursors& cursors) {
  if (broken(Mutant::kCursorsNotStored)) return;
  scratch_.clear();
  format::append_cursors(scratch_, cursors, *regions_);
  std::string& saved = cursors_[table.index()];
  if (scratch_ == saved) return;
  saved = scratch_;
  if (table.index() < format::kTablesInPositions) {
    positions_moved_ = true;
    return;
  }
  const bool is_noted =
      std::find(moved_cursors_.begin(), moved_cursors_.end(), table) != moved_cursors_.end();
  if (!is_noted) moved_cursors_.push_back(table);
}
void RegionDatabase::save_structure(TableId table, const TableSnapshot& snapshot) {
  scratch_.clear();
  format::append_structure(scratch_, snapshot, *regions_);
  put(format::table_prefix('s', table), scratch_);
}
void RegionDatabase::save_control(TableId table, const TableControlState& state) {
  scratch_.clear();
  format::append_control(scratch_, state, *regions_);
  put(format::table_prefix('c', table), scratch_);
}
void RegionDatabase::save_instant(Instant now) {
  positions_.latest_instant = now;
  positions_moved_ = true;
}

void RegionDatabase::append_journal(const std::string& entry) {
  put(format::journal_key(positions_.journal_end++), entry);
  positions_moved_ = true;
}

void RegionDatabase::trim_journal(std::uint64_t end) {
  end = std::min(end, positions_.journal_end);
  if (end <= positions_.journal_first) return;
  while (positions_.journal_first < end) trim(format::journal_key(positions_.journal_first++), 1);
  positions_moved_ = true;
}

std::vector<std::string> RegionDatabase::read_journal(std::uint64_t from, std::size_t limit) const {
  std::vector<std::string> entries;
  leveldb::ReadOptions read;
  read.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> iterator{database_->NewIterator(read)};
  for (iterator->Seek(format::journal_key(from)); iterator->Valid() && entries.size() < limit;
       iterator->Next()) {
    if (iterator->key().size() != 9 || iterator->key()[0] != 'j') break;
    entries.push_back(iterator->value().ToString());
  }
  if (!iterator->status().ok()) throw StorageDamage(iterator->status().ToString());
  return entries;
}

bool RegionDatabase::has_pending() const {
  return batch_.entries > 0 || std::any_of(tables_.begin(), tables_.end(), [](const auto& table) {
           return table->has_unflushed_log();
         });
}

CommitBatch RegionDatabase::take_batch() {
  for (auto& table : tables_) table->flush_log();
  if (std::exchange(definitions_moved_, false)) {
    scratch_.clear();
    format::append_tables(scratch_, definitions_);
    put(kTablesKey, scratch_);
  }
  for (const TableId table : moved_cursors_) {
    put(format::table_prefix('p', table), cursors_[table.index()]);
  }
  moved_cursors_.clear();
  if (std::exchange(positions_moved_, false)) {
    scratch_.clear();
    const std::size_t together = std::min(cursors_.size(), format::kTablesInPositions);
    format::append_positions(scratch_, positions_, std::span{cursors_}.first(together));
    put(kPositionsKey, scratch_);
  }
  CommitBatch taken = std::move(batch_);
  taken.bytes = taken.writes->ApproximateSize();
  batch_ = CommitBatch{spare_ ? std::move(spare_) : std::make_unique<leveldb::WriteBatch>(),
                       taken.number + 1, 0, 0};
  return taken;
}

void RegionDatabase::recycle(CommitBatch batch) {
  if (batch.bytes > kMostSpareBytes) return;
  batch.writes->Clear();
  spare_ = std::move(batch.writes);
}

Result<void> RegionDatabase::write(CommitBatch& batch, bool sync) {
  if (write_failed_) {
    return refused("the disk refused an earlier write; the directory has to be opened again");
  }
  leveldb::WriteOptions options;
  options.sync = sync;
  const leveldb::Status status = database_->Write(options, batch.writes.get());
  run_background();
  write_failed_ = !status.ok();
  if (!status.ok()) return refused("the disk refused a write: " + status.ToString());
  return {};
}

void RegionDatabase::set_written(std::uint64_t batch_number) {
  CHECK(batch_number < batch_.number);
  written_batch_ = batch_number;
}

std::optional<std::string> RegionDatabase::get(const std::string& key) const {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  std::string value;
  const leveldb::Status status = database_->Get(options, key, &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) {
    throw StorageDamage("the data directory is damaged: " + status.ToString());
  }
  return value;
}

void RegionDatabase::trim(const std::string& key, std::uint64_t weight) {
  remove(key);
  trimmed_ += weight;
  // The kind alone for the journal, whose keys have no table.
  KeyRange& range = trimmed_ranges_[key.substr(0, key.front() == 'j' ? 1 : 3)];
  if (range.first.empty() || key < range.first) range.first = key;
  if (key > range.last) range.last = key;
}

std::vector<KeyRange> RegionDatabase::take_trimmed() {
  std::vector<KeyRange> ranges;
  for (auto& [kind, range] : trimmed_ranges_) ranges.push_back(std::move(range));
  trimmed_ranges_.clear();
  trimmed_ = 0;
  return ranges;
}

void RegionDatabase::compact(const KeyRange& range) {
  const leveldb::Slice first{range.first};
  const leveldb::Slice last{range.last};
  database_->CompactRange(&first, &last);
}

}  // namespace gtsim
