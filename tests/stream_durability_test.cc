// What readers are told while records, or the opening and closing of shards, are on their way to
// the disk; and what a stream still holds when it is old. The same whether records are in memory or
// in a store.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "region-node/stream/stream.h"
#include "tests/held_records.h"
#include "tests/stream_fixture.h"

namespace gtsim::stream_fixture {
namespace {

using enum IteratorType;

class OnEitherStorage : public testing::TestWithParam<bool> {
 protected:
  explicit OnEitherStorage(StreamOptions options = {})
      : subject(std::move(options), GetParam() ? &disk : nullptr) {
    sync();
  }
  // Everything so far is durable.
  void sync() {
    disk.write();
    durable = subject.stream.position();
    saved = subject.stream.snapshot();
  }
  // Back to what was durable; in memory that is all there was.
  void crash() {
    disk.lose();
    if (GetParam()) subject.stream = Stream{saved, &disk};
    sync();
  }
  [[nodiscard]] Result<ShardIterator> iterator(const std::string& shard, IteratorType type) const {
    return subject.stream.get_iterator(shard, type, {}, subject.now, durable);
  }
  [[nodiscard]] ReadResult read(const ShardIterator& from, std::size_t limit = 1000) const {
    auto page = subject.stream.read(from, limit, subject.now, durable);
    EXPECT_TRUE(page) << page.error().detail;
    return page ? *std::move(page) : ReadResult{};
  }
  [[nodiscard]] std::string text_of(const ReadResult& page) const {
    std::string text;
    for (const StreamRecord& record : page.records) text += subject.text_of(record) + " ";
    return text + (page.next ? "" : ".");
  }
  [[nodiscard]] std::vector<ShardInfo> shards() const {
    return subject.stream.shards(subject.now, durable);
  }

  HeldRecords disk;
  StreamUnderTest subject;
  StreamPosition durable;
  StreamSnapshot saved;
};

// ---- The end of a shard

TEST_P(OnEitherStorage, AShardDoesNotEndBeforeItsLastRecordIsDurable) {
  const std::string parent = subject.only_shard();
  subject.append("1");
  sync();
  subject.append("2");
  subject.stream.split(kLowest, subject.now, subject.clock());
  const ReadResult early = read(*iterator(parent, kTrimHorizon));
  EXPECT_EQ(text_of(early), "1 ");
  EXPECT_EQ(text_of(read(*early.next)), "");
  EXPECT_EQ(text_of(read(*iterator(parent, kLatest))), "");
  sync();
  EXPECT_EQ(text_of(read(*early.next)), "2 .");
}

// Also when the closing is known to be durable and the record is not.
TEST_P(OnEitherStorage, AShardDoesNotEndBeforeItsRecordsWhateverElseIsDurable) {
  const std::string parent = subject.only_shard();
  subject.append("1");
  sync();
  subject.append("2");
  subject.stream.start_disabling(subject.now);
  durable.changes = subject.stream.position().changes;
  EXPECT_EQ(text_of(read(*iterator(parent, kTrimHorizon))), "1 ");
  ASSERT_EQ(shards().size(), 1u);
  EXPECT_TRUE(shards()[0].open());
}

TEST_P(OnEitherStorage, AClosingThatACrashMayTakeBackIsNotTold) {
  const std::string parent = subject.only_shard();
  subject.append("1");
  sync();
  subject.stream.split(kLowest, subject.now, subject.clock());
  EXPECT_EQ(text_of(read(*iterator(parent, kTrimHorizon))), "1 ")
      << "all of its records are durable";
  ASSERT_EQ(shards().size(), 1u);
  EXPECT_TRUE(shards()[0].open());
  EXPECT_EQ(shards()[0].closed_at, kNever);
  const std::string child = subject.open_shard().id;
  EXPECT_EQ(iterator(child, kTrimHorizon).error().code, Errc::kResourceNotFound);
  sync();
  EXPECT_EQ(text_of(read(*iterator(parent, kTrimHorizon))), "1 .");
  EXPECT_EQ(shards().size(), 3u);
  EXPECT_TRUE(iterator(child, kTrimHorizon));
}

TEST_P(OnEitherStorage, ARollOverIsToldWhenItIsDurable) {
  subject.append("1");
  sync();
  subject.advance(5 * kHour);
  subject.maintain();
  EXPECT_EQ(subject.shard_ids().size(), 2u);
  EXPECT_EQ(shards().size(), 1u);
  EXPECT_TRUE(shards()[0].open());
  sync();
  EXPECT_EQ(shards().size(), 2u);
}

// ---- Places that a crash gives to other records

TEST_P(OnEitherStorage, NoIteratorStartsBeyondWhatIsDurable) {
  if (!GetParam()) GTEST_SKIP() << "a crash takes nothing out of memory";
  subject.stream.split(kLowest, subject.now, subject.clock());
  const std::string low = subject.open_shard(kLowest).id;
  const std::string high = subject.open_shard(kHighest).id;
  subject.append("1", kLowest);
  sync();
  for (int i = 0; i < 3; ++i) subject.append("lost", kLowest);
  subject.append("lost", kHighest);
  std::vector<ShardIterator> places;
  for (const IteratorType type : {kTrimHorizon, kLatest}) places.push_back(*iterator(high, type));
  places.push_back(*read(*iterator(low, kTrimHorizon)).next);
  for (const ShardIterator& place : places) EXPECT_LE(place.next_number, durable.end);
  crash();
  subject.append("2", kHighest);
  subject.append("3", kLowest);
  sync();
  EXPECT_EQ(text_of(read(places[0])), "2 ");
  EXPECT_EQ(text_of(read(places[1])), "2 ");
  EXPECT_EQ(text_of(read(places[2])), "3 ");
}

// A closed shard without records begins where it ends, which a crash may move.
TEST_P(OnEitherStorage, AnEmptyClosedShardIsNoPlaceBeyondWhatIsDurable) {
  subject.stream.split(kLowest, subject.now, subject.clock());
  const std::string high = subject.open_shard(kHighest).id;
  sync();
  subject.append("lost", kLowest);
  subject.stream.split(kHighest, subject.now, subject.clock());
  EXPECT_EQ(iterator(high, kTrimHorizon)->next_number, 0u);
  EXPECT_EQ(iterator(high, kLatest)->next_number, 0u);
}

// ---- A page is the reader's own

TEST_P(OnEitherStorage, APageOutlivesWhateverComesAfterIt) {
  const std::string shard = subject.only_shard();
  for (const char* v : {"1", "2", "3"}) subject.append(v);
  sync();
  const ReadResult first = read(*iterator(shard, kTrimHorizon), 2);
  const ReadResult copy = first;
  EXPECT_EQ(text_of(read(*first.next)), "3 ");
  EXPECT_EQ(text_of(first), "1 2 ");
  for (int i = 0; i < 100; ++i) subject.append("more");
  sync();
  EXPECT_EQ(text_of(first), "1 2 ");
  subject.advance(30 * kHour);
  subject.maintain();
  EXPECT_EQ(text_of(first), "1 2 ");
  subject.stream = Stream{{}, subject.now, subject.clock()};
  EXPECT_EQ(text_of(first), "1 2 ");
  EXPECT_EQ(text_of(copy), "1 2 ");
}

// ---- A long life

// As the region maintains it: when it asked to be called.
TEST_P(OnEitherStorage, ThousandsOfRollOversLeaveOnlyTheShardsOfADay) {
  constexpr int kRollOvers = 2000;
  Instant next = subject.maintain();
  std::uint64_t last = 0;
  std::size_t most_held = 0;
  std::size_t most_shown = 0;
  while (subject.stream.shards_opened() < kRollOvers) {
    last = subject.append(std::to_string(subject.stream.next_number()));
    sync();
    for (const Instant hour = subject.now + Duration{kHour}; subject.now < hour;) {
      ASSERT_GT(next, subject.now);
      subject.now = std::min(next, hour);
      if (subject.now >= next) next = subject.maintain();
    }
    sync();
    most_held = std::max(most_held, subject.stream.shards_held());
    most_shown = std::max(most_shown, shards().size());
    ASSERT_LE(saved.shards.size(), 9u) << "the snapshot";
  }
  EXPECT_LE(most_held, 9u) << "six of a day, the one that closes, the open one";
  EXPECT_GE(most_shown, 7u) << "those within the retention are all there";
  if (GetParam()) {
    EXPECT_LE(disk.records(), 30u);
  }
  // Those that are left are read as before.
  std::string text;
  for (const ShardInfo& shard : shards()) text += text_of(read(*iterator(shard.id, kTrimHorizon)));
  EXPECT_NE(text.find(" " + std::to_string(last) + " "), std::string::npos) << text;
  EXPECT_NE(text.find(" " + std::to_string(last - 20) + " "), std::string::npos) << text;
  crash();
  std::string again;
  for (const ShardInfo& shard : shards()) again += text_of(read(*iterator(shard.id, kTrimHorizon)));
  EXPECT_EQ(again, text);
}

INSTANTIATE_TEST_SUITE_P(Records, OnEitherStorage, testing::Bool(),
                         [](const auto& test) { return test.param ? "InAStore" : "InMemory"; });

class WithoutRollOver : public OnEitherStorage {
 protected:
  WithoutRollOver() : OnEitherStorage(without_roll_over()) {}
  static StreamOptions without_roll_over() {
    StreamOptions options;
    options.shard_rollover = Duration{0};
    return options;
  }
};

// An old shard that is still open does not hold younger ones, and their numbers in the store stay.
TEST_P(WithoutRollOver, ShardsLeaveInWhateverOrderTheyClosed) {
  subject.stream.split(kLowest, subject.now, subject.clock());
  const std::string oldest = subject.open_shard(kHighest).id;
  for (int i = 0; i < 20; ++i) {
    subject.append(std::to_string(i), kLowest);
    subject.stream.split(kLowest, subject.now, subject.clock());
    sync();
    subject.advance(25 * kHour);
    subject.maintain();
    EXPECT_LE(subject.stream.shards_held(), static_cast<std::size_t>(3 + i));
  }
  // All of them are open but those that the splits closed, of which none is left.
  for (const ShardInfo& shard : shards()) EXPECT_TRUE(shard.open()) << shard.id;
  subject.append("low", kLowest);
  subject.append("high", kHighest);
  sync();
  EXPECT_EQ(text_of(read(*iterator(oldest, kTrimHorizon))), "high ");
  EXPECT_EQ(text_of(read(*iterator(subject.open_shard(kLowest).id, kTrimHorizon))), "low ");
  crash();
  EXPECT_EQ(text_of(read(*iterator(oldest, kTrimHorizon))), "high ");
  EXPECT_EQ(text_of(read(*iterator(subject.open_shard(kLowest).id, kTrimHorizon))), "low ");
}

// Nothing else wakes a stream that neither rolls over nor is written to.
TEST_P(WithoutRollOver, AStreamAsksToBeCalledWhenAShardIsToLeave) {
  subject.stream.start_disabling(subject.now);
  subject.stream.finish_disabling();
  sync();
  for (int calls = 0; subject.stream.shards_held() > 0; ++calls) {
    ASSERT_LT(calls, 3000);
    const Instant next = subject.maintain();
    if (subject.stream.shards_held() == 0) break;
    ASSERT_NE(next, kNever);
    ASSERT_GT(next, subject.now);
    subject.now = next;
  }
  EXPECT_LE(subject.now - Instant{0}, kStreamRetention + Duration{120 * kSecond});
  EXPECT_TRUE(shards().empty());
}

INSTANTIATE_TEST_SUITE_P(Records, WithoutRollOver, testing::Bool(),
                         [](const auto& test) { return test.param ? "InAStore" : "InMemory"; });

}  // namespace
}  // namespace gtsim::stream_fixture
