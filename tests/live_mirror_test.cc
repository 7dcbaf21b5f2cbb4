// What a live run's coordinator keeps of a region does not grow with the length of the run.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "coordinator/live/region_mirror.h"
#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

constexpr TableId kTable{0};
constexpr Duration kHour{3600LL * 1'000'000};

class Mirror : public testing::TestWithParam<bool> {
 protected:
  Mirror() : mirror(1, {GetParam()}) {
    StreamFact fact;
    fact.moment = moment();
    fact.options.label = "2026-01-01T00:00:00.000";
    EXPECT_TRUE(mirror.apply(fact));
  }
  [[nodiscard]] Moment moment() const { return {now, WallTime{now.us}}; }
  [[nodiscard]] StreamRecord record(std::uint64_t number) const {
    StreamRecord record;
    record.number = number;
    record.new_image =
        Image::make(encode_item({{"v", AttributeValue::string(std::to_string(number))}}));
    record.version = {WallTime{static_cast<std::int64_t>(number)}, RegionId{0}};
    record.appended_at = now;
    return record;
  }
  void tell_record() {
    EmittedRecord emitted;
    emitted.table = kTable;
    emitted.in_stream = true;
    emitted.record = record(mirror.records_told(kTable));
    ASSERT_TRUE(mirror.apply(emitted, kHash));
  }
  void tell_roll_over() {
    StreamFact fact;
    fact.kind = StreamFact::Kind::kRolledOver;
    fact.moment = moment();
    ASSERT_TRUE(mirror.apply(fact));
  }
  [[nodiscard]] std::uint64_t digests_held() const {
    std::uint64_t held = 0;
    for (std::uint64_t number = 0; number < mirror.records_told(kTable); ++number) {
      if (mirror.record_digest(kTable, number)) ++held;
    }
    return held;
  }

  static constexpr std::uint64_t kHash = 17;
  RegionMirror mirror;
  Instant now{1'000'000};
};

INSTANTIATE_TEST_SUITE_P(Records, Mirror, testing::Bool(),
                         [](const auto& test) { return test.param ? "Kept" : "Told"; });

TEST_P(Mirror, HoldsTheRecordsOfADay) {
  for (int i = 0; i < 10'000; ++i) {
    tell_record();
    now = now + kHour;
    if (i % 4 == 3) tell_roll_over();
  }
  EXPECT_EQ(mirror.records_told(kTable), 10'000u);
  EXPECT_GE(digests_held(), 24u);
  EXPECT_LE(digests_held(), 27u);
  EXPECT_LE(mirror.stream(kTable)->shards_held(), 9u);
  // What is left is what was told, under its own number.
  now = now - kHour;
  EXPECT_EQ(mirror.record_digest(kTable, 9'999), RegionMirror::digest_of(record(9'999), kHash));
}

// Nothing rolls over: only records tell how late it is.
TEST_P(Mirror, ForgetsRecordsOfAQuietShard) {
  std::size_t most = 0;
  const Stream& stream = *mirror.stream(kTable);
  for (int i = 0; i < 1000; ++i) {
    tell_record();
    now = now + kHour;
    const std::string shard = stream.shards(now, stream.position()).front().id;
    const auto start =
        stream.get_iterator(shard, IteratorType::kTrimHorizon, {}, now, stream.position());
    const auto page = stream.read(*start, 1000, now, stream.position());
    ASSERT_TRUE(page);
    most = std::max(most, page->records.size());
  }
  EXPECT_LE(digests_held(), 27u);
  EXPECT_LE(most, 26u);
  EXPECT_EQ(most > 0, GetParam());
}

}  // namespace
}  // namespace gtsim
