// The stream of one table in one region: shards, sequence numbers, retention, iterators. Pure: the
// time is an argument. The stream does not know who wrote; the caller hands it tagged records.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/base/time.h"
#include "region-node/stream/record.h"
#include "region-node/stream/record_storage.h"
#include "region-node/stream/shard.h"
#include "region-node/stream/view_type.h"

namespace gtsim {

inline constexpr Duration kStreamRetention{24LL * 3600 * 1'000'000};
inline constexpr Duration kIteratorLifetime{15LL * 60 * 1'000'000};
inline constexpr std::size_t kMaxRecordsPerRead = 1000;
inline constexpr std::size_t kMaxBytesPerRead = 1u << 20;

enum class StreamStatus : std::uint8_t { kEnabling, kEnabled, kDisabling, kDisabled };
[[nodiscard]] const char* to_text(StreamStatus status);

enum class IteratorType : std::uint8_t {
  kTrimHorizon,
  kLatest,
  kAtSequenceNumber,
  kAfterSequenceNumber
};

// Opaque to clients; issued by get_iterator, good for 15 minutes.
struct ShardIterator {
  std::string shard_id;
  std::uint64_t next_number = 0;
  Instant issued_at;
};

// A page owns what it tells: it outlives further reads and the stream itself.
struct ReadResult {
  std::vector<StreamRecord> records;
  std::optional<ShardIterator> next;  // absent at the end of a closed shard
  bool more = false;                  // a limit ended the page; there are further records
};

struct StreamOptions {
  StreamViewType view = StreamViewType::kNewAndOldImages;
  std::string label;       // "2026-01-01T00:00:00.000"
  std::uint64_t salt = 0;  // makes ids and numbers of different streams unrelated
  int shards = 1;
  Duration shard_rollover{4LL * 3600 * 1'000'000};  // 0: never
  bool keep_records = true;  // false: nobody will read them back; only the ids are kept up
  bool start_enabled = true;
};

// All of a stream but its records: what a store has to keep to go on with it.
struct StreamSnapshot {
  StreamOptions options;
  StreamStatus status = StreamStatus::kEnabled;
  std::vector<ShardInfo> shards;
  std::uint64_t shards_opened = 0;
  std::uint64_t next_number = 0;
};

class Stream {
 public:
  // With a storage, records are kept there and not in memory.
  Stream(StreamOptions options, Instant now, WallTime clock, RecordStorage* storage = nullptr);
  // Goes on with a stream whose records the storage holds.
  Stream(StreamSnapshot snapshot, RecordStorage* storage);

  // Gives the record its number and puts it into the open shard of its key. REQUIRES:
  // accepts_records().
  void append(StreamRecord& record, std::uint64_t partition_hash);

  // --- Life cycle
  [[nodiscard]] StreamStatus status() const { return status_; }
  [[nodiscard]] bool accepts_records() const {
    return status_ == StreamStatus::kEnabled || status_ == StreamStatus::kEnabling;
  }
  void finish_enabling();
  // Every shard closes at once; the stream stays readable for the retention.
  void start_disabling(Instant now);
  void finish_disabling();
  // Closes the open shard that holds `partition_hash` and opens two children.
  void split(std::uint64_t partition_hash, Instant now, WallTime clock);
  // A hash value inside the open shard that covers the widest part of the key space.
  [[nodiscard]] std::uint64_t widest_hash() const;
  // Rolls shards over that are due and trims what is older than the retention. Returns when to be
  // called next.
  Instant maintain(Instant now, WallTime clock);
  // Only the latter: records go, and closed shards with their last ones. Readers see no difference,
  // they look at the age themselves.
  Instant trim(Instant now);
  // Every reader there will ever be has passed the shard's records below `number`: forgets them.
  void release(std::string_view shard_id, std::uint64_t number);

  // --- Reading. `durable`: what readers may see. Neither a record nor the opening or the closing
  // of a shard is told before a crash can take it back no more.
  [[nodiscard]] Result<ShardIterator> get_iterator(std::string_view shard_id, IteratorType type,
                                                   std::string_view sequence_number, Instant now,
                                                   StreamPosition durable) const;
  [[nodiscard]] Result<ReadResult> read(const ShardIterator& iterator, std::size_t limit,
                                        Instant now, StreamPosition durable) const;
  // Shards that still exist at `now`, sorted by id as text.
  [[nodiscard]] std::vector<ShardInfo> shards(Instant now, StreamPosition durable) const;

  [[nodiscard]] StreamViewType view() const { return options_.view; }
  [[nodiscard]] const std::string& label() const { return options_.label; }
  [[nodiscard]] std::uint64_t next_number() const { return next_number_; }
  // All there is, durable or not.
  [[nodiscard]] StreamPosition position() const { return {next_number_, changes_}; }
  [[nodiscard]] const StreamOptions& options() const { return options_; }
  // How many shards there have ever been; rises when one rolls over or splits.
  [[nodiscard]] std::uint64_t shards_opened() const { return shards_opened_; }
  // How many are held: the open ones, and the closed ones within the retention.
  [[nodiscard]] std::size_t shards_held() const { return shards_.size(); }
  [[nodiscard]] StreamSnapshot snapshot() const;
  // Rises whenever snapshot() changes by more than next_number.
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] bool keeps_records() const { return options_.keep_records; }

  // 21 digits or more, rising within the stream, not dense, unrelated to other streams. `part`: 0,
  // or 1 for the second of two records that a profile makes of one change (record_view.h).
  [[nodiscard]] std::string sequence_number(std::uint64_t number, int part = 0) const;
  // The shard that holds, or held, the record with this number and this hash of its partition key.
  [[nodiscard]] std::string_view shard_id(std::uint64_t number, std::uint64_t partition_hash) const;
  // 32 hex digits.
  [[nodiscard]] std::string event_id(std::uint64_t number, int part = 0) const;
  // The number of the record that has this sequence number, or would have it.
  [[nodiscard]] Result<std::uint64_t> parse_sequence_number(std::string_view text) const;

 private:
  void open_shard(std::optional<std::string> parent_id, std::uint64_t hash_first,
                  std::uint64_t hash_last, Instant now, WallTime clock);
  [[nodiscard]] const Shard* find_shard(std::string_view id, Instant now,
                                        StreamPosition durable) const;
  [[nodiscard]] bool trimmed(const ShardInfo& shard, Instant now) const;
  [[nodiscard]] std::size_t shard_for(std::uint64_t partition_hash) const;
  void close_shard(std::size_t index, Instant now);
  [[nodiscard]] Instant trim_memory(Shard& shard, Instant now);
  [[nodiscard]] Instant trim_storage(Shard& shard, Instant now);
  void forget_vanished(Instant now);

  // --- Reading, whether records are in memory or in the storage (read.cc).
  // A record's place in the stream and its age.
  struct Found {
    std::uint64_t number = 0;
    Instant appended_at;
  };
  // The first record with a number of at least `number`, or nothing.
  [[nodiscard]] std::optional<Found> first_from(const Shard& shard, std::uint64_t number) const;
  [[nodiscard]] std::uint64_t horizon_number(const Shard& shard, Instant now,
                                             std::uint64_t none) const;
  [[nodiscard]] bool starts_before_horizon(const Shard& shard, std::uint64_t number,
                                           Instant now) const;

  StreamOptions options_;
  StreamStatus status_;
  std::vector<Shard> shards_;             // in the order of opening, without those that are gone
  std::vector<std::size_t> open_shards_;  // indexes into shards_
  std::uint64_t next_number_ = 0;
  std::uint64_t shards_opened_ = 0;
  std::uint64_t changes_ = 0;  // openings and closings in this life; see StreamPosition
  std::uint64_t revision_ = 0;
  RecordStorage* storage_ = nullptr;
};

// "arn:aws:dynamodb:<region>:<account>:table/<table>/stream/<label>"
[[nodiscard]] std::string stream_arn(std::string_view region, std::string_view table,
                                     std::string_view label);

}  // namespace gtsim
