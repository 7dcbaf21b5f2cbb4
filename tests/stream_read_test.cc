// Reading a stream: the four kinds of iterator, pages, the end of a shard, retention, and every
// refusal.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "region-node/stream/stream.h"
#include "tests/stream_fixture.h"

namespace gtsim::stream_fixture {
namespace {

using enum IteratorType;

class StreamRead : public testing::Test {
 protected:
  std::string fill(int count) {
    for (int i = 1; i <= count; ++i) subject.append(std::to_string(i));
    return subject.only_shard();
  }
  [[nodiscard]] std::string number(std::uint64_t record) const {
    return subject.stream.sequence_number(record);
  }
  StreamUnderTest subject;
};

// ---- Iterators

TEST_F(StreamRead, TrimHorizonStartsAtTheOldestRecord) {
  const std::string shard = fill(3);
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kTrimHorizon)), "1 2 3 ");
}

TEST_F(StreamRead, TrimHorizonReplaysTheSameRecordsToEveryReader) {
  const std::string shard = fill(3);
  const auto one = subject.read(*subject.iterator(shard, kTrimHorizon));
  const auto other = subject.read(*subject.iterator(shard, kTrimHorizon));
  ASSERT_EQ(one->records.size(), 3u);
  ASSERT_EQ(other->records.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(one->records[i].number, i);
    EXPECT_EQ(other->records[i].number, i);
    EXPECT_EQ(one->records[i].new_image, other->records[i].new_image);
  }
}

TEST_F(StreamRead, LatestStartsAfterTheNewestRecord) {
  const std::string shard = fill(3);
  const auto latest = subject.iterator(shard, kLatest);
  EXPECT_EQ(subject.text_from(latest), "");
  subject.append("4");
  EXPECT_EQ(subject.text_from(latest), "4 ");
}

TEST_F(StreamRead, AtGivesTheNamedRecordAgain) {
  const std::string shard = fill(3);
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kAtSequenceNumber, number(0))), "1 2 3 ");
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kAtSequenceNumber, number(1))), "2 3 ");
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kAtSequenceNumber, number(2))), "3 ");
}

TEST_F(StreamRead, AfterGivesTheOneThatFollows) {
  const std::string shard = fill(3);
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kAfterSequenceNumber, number(0))), "2 3 ");
  const auto end = subject.iterator(shard, kAfterSequenceNumber, number(2));
  EXPECT_EQ(subject.text_from(end), "");
  subject.append("4");
  EXPECT_EQ(subject.text_from(end), "4 ");
}

// StartingSequenceNumber of a shard may be lower than its first record.
TEST_F(StreamRead, AtTheStartOfAShardGivesAllOfIt) {
  subject.stream.split(kLowest, subject.now, subject.clock());
  const ShardInfo low = subject.open_shard(kLowest);
  const std::string starting = number(low.first_number);
  subject.append("elsewhere", kHighest);
  subject.append("1", kLowest);
  subject.append("2", kLowest);
  EXPECT_EQ(subject.text_from(subject.iterator(low.id, kAtSequenceNumber, starting)), "1 2 ");
}

TEST_F(StreamRead, EmptyShardHasEveryPlaceAtOnce) {
  const std::string shard = subject.only_shard();
  const auto horizon = subject.iterator(shard, kTrimHorizon);
  const auto latest = subject.iterator(shard, kLatest);
  subject.append("1");
  EXPECT_EQ(subject.text_from(horizon), "1 ");
  EXPECT_EQ(subject.text_from(latest), "1 ");
}

struct RefusedIterator {
  std::string name;
  IteratorType type;
  std::string sequence_number;
  std::string error;
};

void PrintTo(const RefusedIterator& row, std::ostream* out) {
  *out << row.sequence_number;
}

class StreamIteratorRefusal : public testing::TestWithParam<RefusedIterator> {};

TEST_P(StreamIteratorRefusal, IsNamed) {
  StreamUnderTest subject;
  subject.append();
  const auto result =
      subject.iterator(subject.only_shard(), GetParam().type, GetParam().sequence_number);
  ASSERT_FALSE(result.has_value());
  EXPECT_STREQ(error_name(result.error().code), GetParam().error.c_str());
}

const std::string kSomeNumber = "100000000000000000001";

INSTANTIATE_TEST_SUITE_P(
    Rows, StreamIteratorRefusal,
    testing::Values(
        RefusedIterator{"AtWithoutNumber", kAtSequenceNumber, "", "ValidationException"},
        RefusedIterator{"AfterWithoutNumber", kAfterSequenceNumber, "", "ValidationException"},
        RefusedIterator{"TrimHorizonWithNumber", kTrimHorizon, kSomeNumber, "ValidationException"},
        RefusedIterator{"LatestWithNumber", kLatest, kSomeNumber, "ValidationException"},
        RefusedIterator{"TwentyDigits", kAtSequenceNumber, "10000000000000000000",
                        "ValidationException"},
        RefusedIterator{"FortyOneDigits", kAtSequenceNumber, std::string(41, '1'),
                        "ValidationException"},
        RefusedIterator{"LetterInFront", kAtSequenceNumber, "x00000000000000000001",
                        "ValidationException"},
        RefusedIterator{"LetterInside", kAfterSequenceNumber, "1000000000000000000x1",
                        "ValidationException"},
        RefusedIterator{"Negative", kAfterSequenceNumber, "-10000000000000000001",
                        "ValidationException"},
        RefusedIterator{"FarTooLarge", kAtSequenceNumber, std::string(40, '9'),
                        "ValidationException"}),
    [](const auto& test) { return test.param.name; });

TEST_F(StreamRead, UnknownShardIsNotFound) {
  fill(1);
  const auto result = subject.iterator("shardId-00000001767225600000-00000000", kTrimHorizon);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::kResourceNotFound);
  EXPECT_EQ(result.error().detail, "Requested resource not found: Shard does not exist");
}

// ---- Pages

TEST_F(StreamRead, LimitCutsAndTheNextIteratorGoesOn) {
  const std::string shard = fill(25);
  const auto start = subject.iterator(shard, kTrimHorizon);
  std::vector<std::size_t> pages;
  std::optional<ShardIterator> next = *start;
  while (next && (pages.empty() || pages.back() > 0)) {
    const auto result = subject.read(*next, 10);
    pages.push_back(result->records.size());
    next = result->next;
  }
  EXPECT_EQ(pages, (std::vector<std::size_t>{10, 10, 5, 0}));
  EXPECT_TRUE(next.has_value()) << "an open shard never ends";
}

TEST_F(StreamRead, LimitIsOneToAThousand) {
  const std::string shard = fill(1001);
  const auto start = subject.iterator(shard, kTrimHorizon);
  for (const std::size_t wrong : {std::size_t{0}, std::size_t{1001}, SIZE_MAX}) {
    const auto result = subject.read(*start, wrong);
    ASSERT_FALSE(result.has_value()) << wrong;
    EXPECT_EQ(result.error().code, Errc::kValidation);
  }
  EXPECT_EQ(subject.read(*start, 1)->records.size(), 1u);
  EXPECT_EQ(subject.read(*start, 1000)->records.size(), 1000u);
}

// "1,000 records or 1 MB", but always at least one record.
TEST_F(StreamRead, MegabyteEndsAPage) {
  const std::string large(300'000, 'x');
  for (int i = 0; i < 7; ++i) subject.append(large);
  const std::string shard = subject.only_shard();
  std::optional<ShardIterator> next = *subject.iterator(shard, kTrimHorizon);
  std::vector<std::size_t> pages;
  do {
    const auto result = subject.read(*next);
    pages.push_back(result->records.size());
    next = result->next;
  } while (pages.back() > 0);
  EXPECT_EQ(pages, (std::vector<std::size_t>{3, 3, 1, 0}));
}

TEST_F(StreamRead, EmptyPageIsNoEndMarker) {
  const std::string shard = subject.only_shard();
  std::optional<ShardIterator> next = *subject.iterator(shard, kTrimHorizon);
  for (int i = 0; i < 5; ++i) {
    const auto result = subject.read(*next);
    EXPECT_TRUE(result->records.empty());
    ASSERT_TRUE(result->next.has_value());
    next = result->next;
  }
  subject.append("1");
  EXPECT_EQ(subject.text_from(*next), "1 ");
}

// ---- The end of a closed shard

TEST_F(StreamRead, NextIsAbsentInTheResponseWithTheLastRecords) {
  const std::string shard = fill(3);
  subject.stream.split(kLowest, subject.now, subject.clock());
  const auto result = subject.read(*subject.iterator(shard, kTrimHorizon));
  EXPECT_EQ(result->records.size(), 3u);
  EXPECT_FALSE(result->next.has_value());
  // Also when the page is exactly full.
  EXPECT_FALSE(subject.read(*subject.iterator(shard, kTrimHorizon), 3)->next.has_value());
  EXPECT_TRUE(subject.read(*subject.iterator(shard, kTrimHorizon), 2)->next.has_value());
}

TEST_F(StreamRead, IteratorFromBeforeTheEndLearnsOfIt) {
  const std::string shard = fill(1);
  const auto latest = subject.iterator(shard, kLatest);
  subject.append("2");
  subject.stream.start_disabling(subject.now);
  EXPECT_EQ(subject.text_from(latest), "2 .");
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kLatest)), ".");
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kAfterSequenceNumber, number(1))), ".");
}

TEST_F(StreamRead, ClosedShardWithoutRecordsEndsAtOnce) {
  const std::string shard = subject.only_shard();
  subject.stream.start_disabling(subject.now);
  EXPECT_EQ(subject.text(shard), ".");
}

// ---- Iterators expire

TEST_F(StreamRead, IteratorLivesFifteenMinutes) {
  const std::string shard = fill(1);
  const auto start = subject.iterator(shard, kTrimHorizon);
  subject.advance(15 * 60 * kSecond);
  EXPECT_EQ(subject.text_from(start), "1 ");
  subject.advance(1);
  EXPECT_EQ(subject.text_from(start), "ExpiredIteratorException");
}

TEST_F(StreamRead, EachReadGivesAFreshIterator) {
  const std::string shard = fill(1);
  std::optional<ShardIterator> next = *subject.iterator(shard, kTrimHorizon);
  for (int i = 0; i < 10; ++i) {
    const auto result = subject.read(*next);
    ASSERT_TRUE(result.has_value());
    next = result->next;
    subject.advance(15 * 60 * kSecond);
  }
}

// ---- Retention

class StreamRetention : public StreamRead, public testing::WithParamInterface<bool> {
 protected:
  // Freeing memory early or late must make no difference to readers.
  void maintain_or_not() {
    if (GetParam()) subject.maintain();
  }
};

INSTANTIATE_TEST_SUITE_P(Trimming, StreamRetention, testing::Bool(),
                         [](const auto& test) { return test.param ? "Done" : "Pending"; });

TEST_P(StreamRetention, RecordIsReadableForTwentyFourHours) {
  const std::string shard = fill(1);
  subject.advance(3 * kHour);
  subject.append("2");
  subject.advance(21 * kHour);
  maintain_or_not();
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kTrimHorizon)).substr(0, 4), "1 2 ");
  subject.advance(1);
  maintain_or_not();
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kTrimHorizon)).substr(0, 2), "2 ");
}

TEST_P(StreamRetention, OldSequenceNumberIsTrimmed) {
  const std::string shard = fill(1);
  subject.advance(3 * kHour);
  subject.append("2");
  subject.advance(21 * kHour + 1);
  maintain_or_not();
  for (const IteratorType type : {kAtSequenceNumber, kAfterSequenceNumber}) {
    const auto result = subject.iterator(shard, type, number(0));
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().code, Errc::kTrimmedData);
  }
  EXPECT_EQ(subject.text_from(subject.iterator(shard, kAtSequenceNumber, number(1))).substr(0, 2),
            "2 ");
}

TEST_P(StreamRetention, IteratorThatFellBehindIsTold) {
  const std::string shard = fill(1);
  subject.advance(3 * kHour);
  subject.append("2");
  subject.advance(21 * kHour - 60 * kSecond);
  const auto start = subject.iterator(shard, kTrimHorizon);
  subject.advance(60 * kSecond + 1);
  maintain_or_not();
  EXPECT_EQ(subject.text_from(start), "TrimmedDataAccessException");
}

TEST_P(StreamRetention, LatestIteratorOfAQuietShardIsNotTrimmed) {
  const std::string shard = fill(1);
  subject.advance(23 * kHour + 59 * 60 * kSecond);
  const auto latest = subject.iterator(shard, kLatest);
  subject.advance(120 * kSecond);
  maintain_or_not();
  EXPECT_NE(subject.text_from(latest), "TrimmedDataAccessException");
}

TEST_P(StreamRetention, ClosedShardVanishesAfterTwentyFourHours) {
  const std::string parent = fill(2);
  subject.stream.split(kLowest, subject.now, subject.clock());
  const std::string child = subject.open_shard().id;
  subject.advance(24 * kHour - 60 * kSecond);
  const auto start = subject.iterator(parent, kTrimHorizon);
  subject.advance(60 * kSecond);
  maintain_or_not();
  EXPECT_EQ(subject.text(parent), "1 2 .");
  subject.advance(1);
  maintain_or_not();
  EXPECT_EQ(subject.iterator(parent, kTrimHorizon).error().code, Errc::kResourceNotFound);
  EXPECT_EQ(subject.text_from(start), "TrimmedDataAccessException");
  for (const std::string& id : subject.shard_ids()) EXPECT_NE(id, parent);
}

// ParentShardId may name a shard that is gone.
TEST_P(StreamRetention, ChildStillNamesItsVanishedParent) {
  StreamOptions options;
  options.shard_rollover = Duration{0};
  StreamUnderTest quiet(options);
  const std::string parent = quiet.only_shard();
  quiet.stream.split(kLowest, quiet.now, quiet.clock());
  quiet.advance(24 * kHour + 1);
  if (GetParam()) quiet.maintain();
  ASSERT_EQ(quiet.shard_ids().size(), 2u);
  EXPECT_EQ(quiet.open_shard().parent_id, parent);
}

TEST_P(StreamRetention, AllTrimmedShardReadsOnWithWhatComes) {
  StreamOptions options;
  options.shard_rollover = Duration{0};
  StreamUnderTest quiet(options);
  for (const char* v : {"1", "2", "3"}) quiet.append(v);
  quiet.advance(25 * kHour);
  if (GetParam()) quiet.maintain();
  const auto start = quiet.iterator(quiet.only_shard(), kTrimHorizon);
  EXPECT_EQ(quiet.text_from(start), "");
  quiet.append("4");
  EXPECT_EQ(quiet.text_from(start), "4 ");
}

}  // namespace
}  // namespace gtsim::stream_fixture
