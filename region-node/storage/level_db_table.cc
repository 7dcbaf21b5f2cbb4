#include "region-node/storage/level_db_table.h"

#include <fmt/format.h>
#include <leveldb/db.h>

#include <optional>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/storage/byte_codec.h"
#include "region-node/storage/database_format.h"
#include "region-node/storage/region_database.h"

namespace gtsim {
namespace {

constexpr std::size_t kMaxChunkBytes = 64u << 10;

std::string_view view_of(const leveldb::Slice& slice) {
  return {slice.data(), slice.size()};
}

[[noreturn]] void damaged(const std::string& what) {
  throw StorageDamage("the data directory is damaged: " + what);
}

std::unique_ptr<leveldb::Iterator> scan(RegionDatabase& database) {
  leveldb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  return std::unique_ptr<leveldb::Iterator>{database.database().NewIterator(options)};
}

void check_status(const leveldb::Iterator& iterator, const char* what) {
  if (!iterator.status().ok()) damaged(fmt::format("{}: {}", what, iterator.status().ToString()));
}

}  // namespace

// ---------------------------------------------------------------- items

LevelDbStore::LevelDbStore(RegionDatabase& database, TableId table, KeySpace& keys)
    : database_(database), table_(table), keys_(keys) {}

void LevelDbStore::load(KeyId key, Slot& slot) const {
  const auto bytes = database_.get(format::item_key(table_, key));
  // A key without an entry was made together with a later one, and never written itself.
  if (bytes && !format::parse_item(*bytes, database_.regions(), slot.item)) {
    damaged(fmt::format("item {} of table {} does not decode", key.value(), table_.value()));
  }
  slot.loaded = true;
  hold(key, slot);
}

void LevelDbStore::hold(KeyId key, Slot& slot) const {
  database_.cached_bytes() += slot.item.image.bytes().size();
  slot.used = true;
  if (slot.queued) return;
  slot.queued = true;
  queue_.push_back(key);
}

const StoredItem& LevelDbStore::get(KeyId key) const {
  if (key.index() >= slots_.size()) return never_written_;
  Slot& slot = slots_[key.index()];
  if (!slot.loaded) {
    load(key, slot);
  } else {
    slot.used = true;
  }
  return slot.item;
}

void LevelDbStore::put(KeyId key, StoredItem item) {
  // Keys are written up to this one, so that each keeps its number whatever happens to those
  // between.
  while (slots_.size() <= key.index()) {
    const KeyId fresh{static_cast<std::uint32_t>(slots_.size())};
    scratch_.clear();
    ByteWriter writer{scratch_};
    writer.word(keys_.partition_hash(fresh));
    writer.rest(keys_.bytes(fresh));
    database_.put(format::key_key(table_, fresh), scratch_);
    slots_.emplace_back().loaded = true;
  }
  Slot& slot = slots_[key.index()];
  if (slot.loaded) database_.cached_bytes() -= slot.item.image.bytes().size();
  slot.item = std::move(item);
  slot.loaded = true;
  slot.batch = database_.batch_number();
  hold(key, slot);
  scratch_.clear();
  format::append_item(scratch_, slot.item, database_.regions());
  if (broken(Mutant::kTombstoneNotStored) && !slot.item.image) return;
  database_.put(format::item_key(table_, key), scratch_);
}

// Second chance: what was used since it was queued goes round once more. Bounded by one round.
void LevelDbStore::shrink() {
  std::size_t looks = queue_.size();
  while (database_.cached_bytes() > database_.cache_limit_bytes() && looks-- > 0) {
    const KeyId key = queue_.front();
    queue_.pop_front();
    Slot& slot = slots_[key.index()];
    if (slot.used || slot.batch > database_.written_batch()) {
      slot.used = false;
      queue_.push_back(key);
      continue;
    }
    database_.cached_bytes() -= slot.item.image.bytes().size();
    slot.item = StoredItem{};
    slot.loaded = false;
    slot.queued = false;
  }
}

void LevelDbStore::clear() {
  for (std::uint32_t key = 0; key < slots_.size(); ++key) {
    Slot& slot = slots_[key];
    if (slot.loaded) database_.cached_bytes() -= slot.item.image.bytes().size();
    slot = Slot{};
    slot.loaded = true;  // as one that was never written
    database_.remove(format::item_key(table_, KeyId{key}));
    // The key itself stays: its number is in records that can still be read.
  }
  queue_.clear();
}

// ---------------------------------------------------------------- the log

void LevelDbTable::restore_log(std::uint64_t end) {
  CHECK(chunk_starts_.empty() && chunk_.empty());
  flushed_end_ = end;
  old_end_ = end;
}

void LevelDbTable::append_log(std::uint64_t position, const Change& change) {
  if (chunk_.size() >= kMaxChunkBytes) flush_log();
  if (chunk_.empty()) chunk_first_ = position;
  CHECK(position == chunk_first_ + chunk_changes_);
  format::append_change(chunk_, change, database_.regions());
  ++chunk_changes_;
}

void LevelDbTable::flush_log() {
  if (chunk_.empty()) return;
  database_.put(format::log_key(table_, chunk_first_), chunk_);
  chunk_starts_.push_back(chunk_first_);
  flushed_end_ = chunk_first_ + chunk_changes_;
  chunk_.clear();
  chunk_changes_ = 0;
}

// A chunk goes when all of it has gone.
void LevelDbTable::trim_log(std::uint64_t end) {
  if (old_end_ > 0) trim_old_log(end);
  while (!chunk_starts_.empty()) {
    const std::uint64_t start = chunk_starts_.front();
    const std::uint64_t chunk_end = chunk_starts_.size() > 1 ? chunk_starts_[1] : flushed_end_;
    if (chunk_end > end) return;
    database_.trim(format::log_key(table_, start), chunk_end - start);
    chunk_starts_.pop_front();
  }
}

void LevelDbTable::trim_old_log(std::uint64_t end) {
  const auto iterator = scan(database_);
  const std::string prefix = format::table_prefix('l', table_);
  const auto start_here = [&]() -> std::optional<std::uint64_t> {
    if (!iterator->Valid() || !view_of(iterator->key()).starts_with(prefix)) return std::nullopt;
    const std::uint64_t start = format::last_64(view_of(iterator->key()));
    return start < old_end_ ? std::optional{start} : std::nullopt;
  };
  iterator->Seek(format::log_key(table_, old_first_));
  for (auto start = start_here(); start;) {
    iterator->Next();
    const auto next = start_here();
    const std::uint64_t chunk_end = next.value_or(old_end_);
    old_first_ = *start;
    if (chunk_end > end) break;
    database_.trim(format::log_key(table_, *start), chunk_end - *start);
    start = next;
  }
  check_status(*iterator, "outbound log");
  if (end >= old_end_) old_end_ = 0;
}

void LevelDbTable::read_log(std::uint64_t position, std::size_t limit,
                            std::vector<Change>& out) const {
  const auto iterator = scan(database_);
  const std::string prefix = format::table_prefix('l', table_);
  const std::string from = format::log_key(table_, position);
  iterator->Seek(from);
  if (!iterator->Valid()) {
    iterator->SeekToLast();
  } else if (view_of(iterator->key()) != from) {
    iterator->Prev();  // the position is in the chunk before
  }
  std::optional<std::uint64_t> expected;
  for (; iterator->Valid() && limit > 0; iterator->Next()) {
    const std::string_view key = view_of(iterator->key());
    if (!key.starts_with(prefix)) break;
    std::uint64_t at = format::last_64(key);
    if (expected.value_or(at) != at || at > position + out.size()) {
      damaged("the outbound log has a hole");
    }
    for (std::string_view bytes = view_of(iterator->value()); !bytes.empty() && limit > 0; ++at) {
      Change change;
      if (!format::parse_change(bytes, database_.regions(), change)) {
        damaged(fmt::format("entry {} of the outbound log does not decode", at));
      }
      if (at < position) continue;
      out.push_back(std::move(change));
      --limit;
    }
    expected = at;
  }
  check_status(*iterator, "outbound log");
}

RecordStorage& LevelDbTable::records(std::size_t stream) {
  while (records_.size() <= stream) {
    records_.push_back(std::make_unique<LevelDbRecords>(database_, table_, records_.size()));
  }
  return *records_[stream];
}

// ---------------------------------------------------------------- records

void LevelDbRecords::append_record(std::size_t shard, const StreamRecord& record) {
  scratch_.clear();
  format::append_record(scratch_, record, database_.regions());
  database_.put(format::record_key(table_, stream_, shard, record.number), scratch_);
}

void LevelDbRecords::read_records(std::size_t shard, std::uint64_t number, std::size_t limit,
                                  std::size_t bytes, std::vector<StreamRecord>& out) const {
  const auto iterator = scan(database_);
  const std::string from = format::record_key(table_, stream_, shard, number);
  const std::string_view prefix{from.data(), from.size() - 8};
  std::size_t read_bytes = 0;
  for (iterator->Seek(from); iterator->Valid() && limit > 0; iterator->Next(), --limit) {
    const std::string_view key = view_of(iterator->key());
    if (!key.starts_with(prefix)) break;
    StreamRecord& record = out.emplace_back();
    if (!format::parse_record(view_of(iterator->value()), database_.regions(), record)) {
      damaged(fmt::format("record {} of a stream does not decode", format::last_64(key)));
    }
    read_bytes += record.new_image.size_bytes() + record.old_image.size_bytes();
    if (read_bytes > bytes) break;
  }
  check_status(*iterator, "stream");
}

RecordStorage::Trimmed LevelDbRecords::trim_records(std::size_t shard, std::uint64_t from_number,
                                                    Instant horizon, std::size_t limit) {
  const auto iterator = scan(database_);
  const std::string from = format::record_key(table_, stream_, shard, from_number);
  const std::string_view prefix{from.data(), from.size() - 8};
  Trimmed trimmed;
  for (iterator->Seek(from); iterator->Valid(); iterator->Next()) {
    const std::string_view key = view_of(iterator->key());
    if (!key.starts_with(prefix)) break;
    Instant appended_at;
    if (!format::parse_record_age(view_of(iterator->value()), appended_at)) {
      damaged("a stream's record does not decode");
    }
    trimmed.oldest_at = appended_at;
    if (appended_at >= horizon || limit-- == 0) break;
    trimmed.end = format::last_64(key) + 1;
    database_.trim(std::string{key}, 1);
    trimmed.oldest_at = kNever;
  }
  check_status(*iterator, "stream");
  return trimmed;
}

}  // namespace gtsim
