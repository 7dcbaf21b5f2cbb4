// A stream by itself: numbers, shards and their lineage, iterators, retention, life cycle. The
// rules are those of the DynamoDB Streams API reference and of recorded runs against the service.
#include "region-node/stream/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "region-node/base/hash.h"
#include "tests/stream_fixture.h"

namespace gtsim::stream_fixture {
namespace {

StreamOptions of_shards(int shards) {
  StreamOptions options;
  options.shards = shards;
  return options;
}

// ---- Names and numbers

bool all_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Big integers of different lengths do not compare as text.
bool number_less(const std::string& a, const std::string& b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

TEST(StreamNumbers, SequenceNumbersAreLongDecimalsThatRise) {
  for (const std::uint64_t salt :
       std::initializer_list<std::uint64_t>{0, 1, 12'345'678'901'234'567, UINT64_MAX}) {
    StreamOptions options;
    options.salt = salt;
    const StreamUnderTest subject(options);
    std::string previous = "0";
    for (std::uint64_t i = 0; i < 5000; ++i) {
      const std::string number = subject.stream.sequence_number(i);
      ASSERT_TRUE(all_digits(number)) << number;
      ASSERT_GE(number.size(), 21u);
      ASSERT_LE(number.size(), 40u);
      ASSERT_NE(number.front(), '0');
      ASSERT_TRUE(number_less(previous, number)) << previous << " " << number;
      previous = number;
    }
    EXPECT_TRUE(number_less(previous, subject.stream.sequence_number(1ULL << 40)));
  }
}

TEST(StreamNumbers, SequenceNumbersAreNotDense) {
  const StreamUnderTest subject;
  std::set<std::string> endings;
  for (std::uint64_t i = 0; i < 100; ++i) {
    const std::string number = subject.stream.sequence_number(i);
    endings.insert(number.substr(number.size() - 3));
  }
  EXPECT_GT(endings.size(), 50u);
}

// Nothing says that two regions number alike, so nobody may come to rely on it.
TEST(StreamNumbers, OfDifferentStreamsAreUnrelated) {
  std::set<std::string> numbers;
  std::set<std::string> events;
  std::set<std::string> shards;
  for (std::uint64_t salt = 1; salt <= 20; ++salt) {
    StreamOptions options;
    options.salt = mix(salt);
    const StreamUnderTest subject(options);
    for (std::uint64_t i = 0; i < 100; ++i) {
      numbers.insert(subject.stream.sequence_number(i));
      events.insert(subject.stream.event_id(i));
    }
    shards.insert(subject.only_shard());
  }
  EXPECT_EQ(numbers.size(), 2000u);
  EXPECT_EQ(events.size(), 2000u);
  EXPECT_EQ(shards.size(), 20u);
}

TEST(StreamNumbers, EventIdsAre32HexDigits) {
  const StreamUnderTest subject;
  const std::regex shape("[0-9a-f]{32}");
  for (std::uint64_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(std::regex_match(subject.stream.event_id(i), shape));
  }
}

TEST(StreamNumbers, ShardIdHoldsTheTimeOfItsOpening) {
  StreamUnderTest subject;
  const std::regex shape("shardId-[0-9]{20}-[0-9a-f]{8}");
  EXPECT_TRUE(std::regex_match(subject.only_shard(), shape)) << subject.only_shard();
  EXPECT_EQ(subject.only_shard().substr(0, 29), "shardId-00000001767225600000-");
}

TEST(StreamNumbers, ArnNamesRegionTableAndLabel) {
  EXPECT_EQ(stream_arn("eu-west-1", "orders", "2026-01-01T00:00:00.000"),
            "arn:aws:dynamodb:eu-west-1:000000000000:table/orders/stream/2026-01-01T00:00:00.000");
}

TEST(StreamNumbers, OfRecordsRiseAcrossShards) {
  StreamUnderTest subject(of_shards(2));
  EXPECT_EQ(subject.append("a", kLowest), 0u);
  EXPECT_EQ(subject.append("b", kHighest), 1u);
  EXPECT_EQ(subject.append("c", kLowest), 2u);
  EXPECT_EQ(subject.stream.next_number(), 3u);
}

// ---- View types

TEST(StreamViewTypes, SayWhichImagesAreCarried) {
  using enum StreamViewType;
  const struct {
    StreamViewType view;
    const char* name;
    bool new_image, old_image;
  } kRows[] = {{kKeysOnly, "KEYS_ONLY", false, false},
               {kNewImage, "NEW_IMAGE", true, false},
               {kOldImage, "OLD_IMAGE", false, true},
               {kNewAndOldImages, "NEW_AND_OLD_IMAGES", true, true}};
  for (const auto& row : kRows) {
    EXPECT_STREQ(to_text(row.view), row.name);
    EXPECT_EQ(carries_new_image(row.view), row.new_image) << row.name;
    EXPECT_EQ(carries_old_image(row.view), row.old_image) << row.name;
  }
}

// ---- Shards and their lineage

TEST(StreamShards, CoverTheKeySpaceWithoutHoleOrOverlap) {
  for (const int count : {1, 2, 3, 7, 64}) {
    const StreamUnderTest subject(of_shards(count));
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    for (const ShardInfo& shard : subject.shards()) {
      EXPECT_TRUE(shard.open());
      EXPECT_FALSE(shard.parent_id.has_value());
      ranges.emplace_back(shard.hash_first, shard.hash_last);
    }
    std::sort(ranges.begin(), ranges.end());
    ASSERT_EQ(ranges.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(ranges.front().first, 0u);
    EXPECT_EQ(ranges.back().second, UINT64_MAX);
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      EXPECT_EQ(ranges[i].first, ranges[i - 1].second + 1);
    }
  }
}

TEST(StreamShards, AreListedInTheOrderOfTheirIds) {
  StreamUnderTest subject(of_shards(16));
  for (int i = 0; i < 3; ++i) {
    subject.advance(5 * kHour);
    subject.maintain();
  }
  const std::vector<std::string> ids = subject.shard_ids();
  EXPECT_EQ(ids.size(), 64u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
}

TEST(StreamShards, RollOverToOneChildAfterFourHours) {
  StreamUnderTest subject;
  subject.append("1");
  const std::string parent = subject.only_shard();
  subject.advance(4 * kHour - 1);
  subject.maintain();
  EXPECT_EQ(subject.shard_ids().size(), 1u);
  subject.advance(1);
  subject.maintain();
  ASSERT_EQ(subject.shard_ids().size(), 2u);
  const ShardInfo child = subject.open_shard();
  EXPECT_EQ(child.parent_id, parent);
  EXPECT_EQ(child.hash_first, 0u);
  EXPECT_EQ(child.hash_last, UINT64_MAX);
  EXPECT_EQ(child.id.substr(0, 29), "shardId-00000001767240000000-");
  subject.append("2");
  EXPECT_EQ(subject.text(parent), "1 .");
  EXPECT_EQ(subject.text(child.id), "2 ");
}

TEST(StreamShards, MaintainSaysWhenItIsNeededNext) {
  StreamUnderTest subject;
  EXPECT_EQ(subject.stream.maintain(subject.now, subject.clock()), Instant{4 * kHour});
  subject.advance(4 * kHour);
  EXPECT_EQ(subject.stream.maintain(subject.now, subject.clock()), Instant{8 * kHour});
}

TEST(StreamShards, SplitMakesTwoChildrenThatShareTheKeysOfTheParent) {
  StreamUnderTest subject;
  subject.append("before", kLowest);
  const std::string parent = subject.only_shard();
  subject.advance(kSecond);
  subject.stream.split(kHighest, subject.now, subject.clock());
  const ShardInfo low = subject.open_shard(kLowest);
  const ShardInfo high = subject.open_shard(kHighest);
  EXPECT_NE(low.id, high.id);
  EXPECT_EQ(low.parent_id, parent);
  EXPECT_EQ(high.parent_id, parent);
  EXPECT_EQ(low.hash_last, kBelowMiddle);
  EXPECT_EQ(high.hash_first, kAboveMiddle);
  subject.append("a", kLowest);
  subject.append("b", kBelowMiddle);
  subject.append("c", kAboveMiddle);
  subject.append("d", kHighest);
  EXPECT_EQ(subject.text(parent), "before .");
  EXPECT_EQ(subject.text(low.id), "a b ");
  EXPECT_EQ(subject.text(high.id), "c d ");
}

// "All changes of one item stay in one lineage": read parents before children and nothing of a key
// is out of order, whatever splits and roll-overs there were.
TEST(StreamShards, KeyStaysInOneLineage) {
  StreamUnderTest subject(of_shards(3));
  const std::uint64_t key = 0x5555'5555'5555'5555ULL;
  std::vector<std::string> lineage;
  for (int i = 0; i < 6; ++i) {
    const ShardInfo open = subject.open_shard(key);
    if (!lineage.empty()) {
      EXPECT_EQ(open.parent_id, lineage.back());
    }
    lineage.push_back(open.id);
    subject.append(std::to_string(i), key);
    subject.append("other", ~key);
    subject.advance(kHour);
    if (i % 2 == 0) {
      subject.stream.split(key, subject.now, subject.clock());
    } else {
      subject.advance(4 * kHour);
      subject.maintain();
    }
  }
  std::string all;
  for (const std::string& shard : lineage) all += subject.text(shard);
  EXPECT_EQ(all, "0 .1 .2 .3 .4 .5 .");
}

TEST(StreamShards, WidestIsSplitNext) {
  StreamUnderTest subject;
  subject.stream.split(subject.stream.widest_hash(), subject.now, subject.clock());
  const std::string low = subject.open_shard(kLowest).id;
  subject.stream.split(kLowest, subject.now, subject.clock());
  EXPECT_NE(subject.open_shard(kLowest).id, low);
  EXPECT_TRUE(subject.open_shard(kHighest).holds(subject.stream.widest_hash()));
}

TEST(StreamShards, EndOfAParentIsTheStartOfItsChildren) {
  StreamUnderTest subject;
  for (int i = 0; i < 3; ++i) subject.append();
  subject.stream.split(kLowest, subject.now, subject.clock());
  for (const ShardInfo& shard : subject.shards()) {
    if (shard.open()) {
      EXPECT_EQ(shard.first_number, 3u);
    } else {
      EXPECT_EQ(shard.first_number, 0u);
      EXPECT_EQ(shard.end_number, 3u);
    }
  }
}

// ---- Life cycle

TEST(StreamLifeCycle, EnablesAndTakesRecordsMeanwhile) {
  StreamOptions options;
  options.start_enabled = false;
  StreamUnderTest subject(options);
  EXPECT_EQ(subject.stream.status(), StreamStatus::kEnabling);
  EXPECT_TRUE(subject.stream.accepts_records());
  subject.stream.finish_enabling();
  EXPECT_EQ(subject.stream.status(), StreamStatus::kEnabled);
}

TEST(StreamLifeCycle, DisablingClosesEveryShardAndLeavesThemReadable) {
  StreamUnderTest subject(of_shards(2));
  subject.append("a", kLowest);
  subject.append("b", kHighest);
  const std::string low = subject.open_shard(kLowest).id;
  const std::string high = subject.open_shard(kHighest).id;
  subject.stream.start_disabling(subject.now);
  EXPECT_EQ(subject.stream.status(), StreamStatus::kDisabling);
  EXPECT_FALSE(subject.stream.accepts_records());
  for (const ShardInfo& shard : subject.shards()) {
    EXPECT_FALSE(shard.open());
    EXPECT_EQ(shard.end_number, 2u);
  }
  subject.stream.finish_disabling();
  EXPECT_EQ(subject.stream.status(), StreamStatus::kDisabled);
  subject.advance(24 * kHour);
  subject.maintain();
  EXPECT_EQ(subject.text(low), "a .");
  EXPECT_EQ(subject.text(high), "b .");
  subject.advance(1);
  EXPECT_TRUE(subject.shard_ids().empty());
}

TEST(StreamLifeCycle, DisabledStreamNeitherRollsOverNorSplits) {
  StreamUnderTest subject;
  subject.stream.start_disabling(subject.now);
  subject.stream.finish_disabling();
  subject.advance(5 * kHour);
  subject.maintain();
  subject.stream.split(kLowest, subject.now, subject.clock());
  EXPECT_EQ(subject.shard_ids().size(), 1u);
}

TEST(StreamLifeCycle, StatusesHaveTheServicesNames) {
  EXPECT_STREQ(to_text(StreamStatus::kEnabling), "ENABLING");
  EXPECT_STREQ(to_text(StreamStatus::kEnabled), "ENABLED");
  EXPECT_STREQ(to_text(StreamStatus::kDisabling), "DISABLING");
  EXPECT_STREQ(to_text(StreamStatus::kDisabled), "DISABLED");
}

// ---- Crash

TEST(StreamCrash, ReadersSeeOnlyWhatIsDurable) {
  StreamUnderTest subject;
  for (const char* v : {"1", "2", "3"}) subject.append(v);
  const std::string shard = subject.only_shard();
  const auto start = subject.stream.get_iterator(shard, IteratorType::kTrimHorizon, {}, subject.now,
                                                 subject.up_to(2));
  const auto result = subject.stream.read(*start, 1000, subject.now, subject.up_to(2));
  ASSERT_TRUE(result.has_value());
  ASSERT_EQ(result->records.size(), 2u);
  ASSERT_TRUE(result->next.has_value());
  EXPECT_EQ(subject.text_from(*result->next), "3 ");
  const auto latest =
      subject.stream.get_iterator(shard, IteratorType::kLatest, {}, subject.now, subject.up_to(2));
  EXPECT_EQ(subject.text_from(*latest), "3 ");
}

// A closed shard has not ended for a reader while its last records are not durable.
TEST(StreamCrash, ClosedShardEndsOnlyWhenItsLastRecordIsDurable) {
  StreamUnderTest subject;
  subject.append("1");
  subject.append("2");
  const std::string shard = subject.only_shard();
  subject.stream.start_disabling(subject.now);
  const auto start = subject.iterator(shard, IteratorType::kTrimHorizon);
  const auto result = subject.stream.read(*start, 1000, subject.now, subject.up_to(1));
  ASSERT_EQ(result->records.size(), 1u);
  ASSERT_TRUE(result->next.has_value());
  EXPECT_EQ(subject.text_from(*result->next), "2 .");
}

}  // namespace
}  // namespace gtsim::stream_fixture
