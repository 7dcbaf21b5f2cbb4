// Reads everything back from the nodes at the end and compares it with what the coordinator was
// told: the tables as they stand on the disks of the regions, and every record of their streams.
#include <fmt/format.h>

#include "coordinator/live/live_state.h"

namespace gtsim {
namespace {

constexpr std::chrono::milliseconds kReadLimit{60'000};

class ReadBack {
 public:
  ReadBack(LiveCluster::State& state, LiveRegion& region, TableId table)
      : state_(state), region_(region), table_(table) {}

  [[nodiscard]] std::optional<Violation>& violation() { return violation_; }

  void wrong(KeyId key, std::string message) {
    if (violation_) return;
    violation_ =
        Violation{"mirror", std::move(message), state_.now, region_.id, table_, key, std::nullopt};
  }

  void compare_items() {
    std::uint64_t read = 0;
    auto done = region_.control->scan_table(
        state_.table_name(table_),
        [&](const wire::ScanTablePage& page) {
          for (const wire::StoredItem& item : page.items()) {
            if (!violation_) compare(item);
            ++read;
          }
        },
        kReadLimit);
    if (!done) return wrong(KeyId{}, "its table cannot be read back: " + done.error().detail);
    std::uint64_t told = 0;
    for (std::uint32_t key = 0; key < region_.mirror.key_count(table_); ++key) {
      if (region_.mirror.item(table_, KeyId{key}).version.ever_written()) ++told;
    }
    if (read != told) {
      wrong(KeyId{}, fmt::format("its table holds {} keys with their tombstones, it has told of {}",
                                 read, told));
    }
  }

  void compare_stream() {
    const Stream* stream = region_.mirror.stream(table_);
    if (stream == nullptr) return;
    std::uint64_t read = 0;
    auto done = region_.control->read_stream(
        state_.table_name(table_),
        [&](const wire::ReadStreamPage& page) {
          for (const wire::Record& record : page.records()) {
            if (!violation_) compare(record, page.shard().id());
            ++read;
          }
        },
        kReadLimit);
    if (!done) return wrong(KeyId{}, "its stream cannot be read back: " + done.error().detail);
    const std::uint64_t told = region_.mirror.records_told(table_);
    if (read < told) {
      // What left the stream after its 24 hours cannot be read any more.
      const bool all_young = state_.now - Instant{} < kStreamRetention;
      if (all_young) {
        wrong(KeyId{}, fmt::format("its stream gives {} records, it has told of {}", read, told));
      }
    }
  }

 private:
  void compare(const wire::StoredItem& stored) {
    auto key = region_.reader.key(table_, stored.key());
    if (!key) return wrong(KeyId{}, "read back: " + key.error().detail);
    auto image = WireReader::image(stored.image());
    if (!image) return wrong(*key, "read back: " + image.error().detail);
    Version version;
    if (stored.has_version()) {
      auto read = region_.reader.version(stored.version());
      if (!read) return wrong(*key, "read back: " + read.error().detail);
      version = *read;
    }
    const StoredItem& told = region_.mirror.item(table_, *key);
    if (told.version != version) {
      return wrong(*key, fmt::format("the node holds version {}, it has told of {}",
                                     describe(version), describe(told.version)));
    }
    if (!(told.image == *image)) {
      wrong(*key, fmt::format("the node holds another item than it has told of, both of version {}",
                              describe(version)));
    }
  }

  void compare(const wire::Record& told, const std::string& shard_id) {
    auto record = region_.reader.record(table_, told);
    if (!record) return wrong(KeyId{}, "read back: " + record.error().detail);
    const std::uint64_t hash = state_.keys[table_.index()]->partition_hash(record->key);
    if (record->number >= region_.mirror.records_told(table_)) {
      return wrong(record->key,
                   fmt::format("its stream has a record {} that it never told of", record->number));
    }
    const auto digest = region_.mirror.record_digest(table_, record->number);
    if (digest && *digest != RegionMirror::digest_of(*record, hash)) {
      return wrong(record->key,
                   fmt::format("record {} of its stream is not what it has told", record->number));
    }
    const std::string_view shard = region_.mirror.stream(table_)->shard_id(record->number, hash);
    if (!shard.empty() && shard != shard_id) {
      wrong(record->key,
            fmt::format("record {} is in shard {}, expected {}", record->number, shard_id, shard));
    }
  }

  [[nodiscard]] std::string describe(Version version) const {
    if (!version.ever_written()) return "nothing";
    return fmt::format("{} of {}", to_iso8601(version.timestamp, 6),
                       state_.at(version.origin).name);
  }

  LiveCluster::State& state_;
  LiveRegion& region_;
  TableId table_;
  std::optional<Violation> violation_;
};

}  // namespace

std::optional<Violation> LiveCluster::compare_with_nodes() {
  for (auto& region : state_->regions) {
    if (region->state != RegionState::kUp) continue;
    for (std::size_t t = 0; t < state_->scenario.tables.size(); ++t) {
      if (region->status[t] == ReplicaStatus::kAbsent) continue;
      ReadBack comparison{*state_, *region, TableId{static_cast<std::uint16_t>(t)}};
      comparison.compare_items();
      comparison.compare_stream();
      if (comparison.violation()) return comparison.violation();
    }
  }
  return std::nullopt;
}

}  // namespace gtsim
