// A stream that is written to and read as a client would do it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"
#include "region-node/stream/stream.h"

namespace gtsim::stream_fixture {

inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr std::int64_t kHour = 3600 * kSecond;
inline constexpr WallTime kStart{1'767'225'600LL * kSecond};  // 2026-01-01

// Partition hashes at the ends of the key space and around its middle.
inline constexpr std::uint64_t kLowest = 0;
inline constexpr std::uint64_t kBelowMiddle = UINT64_MAX / 2;
inline constexpr std::uint64_t kAboveMiddle = UINT64_MAX / 2 + 1;
inline constexpr std::uint64_t kHighest = UINT64_MAX;

class StreamUnderTest {
 public:
  explicit StreamUnderTest(StreamOptions options = {}, RecordStorage* storage = nullptr)
      : stream(with_label(options), now, kStart, storage) {}

  // Appends a record whose image is `v`; returns its number.
  std::uint64_t append(std::string_view v = "x", std::uint64_t partition_hash = kLowest) {
    StreamRecord record;
    record.new_image =
        Image::make(encode_item(Item{{"v", AttributeValue::string(std::string(v))}}));
    record.created_at = clock();
    record.appended_at = now;
    stream.append(record, partition_hash);
    return record.number;
  }
  [[nodiscard]] WallTime clock() const { return kStart + (now - Instant{0}); }
  void advance(std::int64_t us) { now = now + Duration{us}; }
  Instant maintain() { return stream.maintain(now, clock()); }

  [[nodiscard]] Result<ShardIterator> iterator(std::string_view shard, IteratorType type,
                                               std::string_view sequence_number = {}) const {
    return stream.get_iterator(shard, type, sequence_number, now, stream.position());
  }
  [[nodiscard]] Result<ReadResult> read(const ShardIterator& from,
                                        std::size_t limit = kMaxRecordsPerRead) const {
    return stream.read(from, limit, now, stream.position());
  }
  // Everything from an iterator on, the images separated by blanks; a final "." says that the shard
  // has ended. The name of the error when there is one.
  [[nodiscard]] std::string text_from(const Result<ShardIterator>& start,
                                      std::size_t limit = kMaxRecordsPerRead) const {
    if (!start) return error_name(start.error().code);
    std::optional<ShardIterator> next = *start;
    std::string out;
    while (next) {
      const auto result = read(*next, limit);
      if (!result) return error_name(result.error().code);
      for (const StreamRecord& record : result->records) out += text_of(record) + " ";
      next = result->next;
      if (next && result->records.empty()) return out;
    }
    return out + ".";
  }
  [[nodiscard]] std::string text_of(const StreamRecord& record) const {
    const Item item = *decode_item(record.new_image.bytes());
    return *item.at("v").get_if<std::string>();
  }
  // From TRIM_HORIZON.
  [[nodiscard]] std::string text(std::string_view shard) const {
    return text_from(iterator(shard, IteratorType::kTrimHorizon));
  }
  // What readers see while the records from `number` on are not durable yet.
  [[nodiscard]] StreamPosition up_to(std::uint64_t number) const {
    return {number, stream.position().changes};
  }
  [[nodiscard]] std::vector<ShardInfo> shards() const {
    return stream.shards(now, stream.position());
  }
  [[nodiscard]] std::vector<std::string> shard_ids() const {
    std::vector<std::string> ids;
    for (const ShardInfo& shard : shards()) ids.push_back(shard.id);
    return ids;
  }
  [[nodiscard]] std::string only_shard() const { return shard_ids().at(0); }
  // The open shard that a key of this hash goes to.
  [[nodiscard]] ShardInfo open_shard(std::uint64_t partition_hash = kLowest) const {
    for (ShardInfo& shard : shards()) {
      if (shard.open() && shard.holds(partition_hash)) return std::move(shard);
    }
    CHECK_DETAIL(false, "no open shard");
    return {};
  }

  Instant now{0};
  Stream stream;

 private:
  static StreamOptions with_label(StreamOptions options) {
    if (options.label.empty()) options.label = "2026-01-01T00:00:00.000";
    return options;
  }
};

}  // namespace gtsim::stream_fixture
