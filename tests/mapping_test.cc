// The event source mapping: what is read, in which batches, in which order, and what happens when
// the function fails.
#include <algorithm>

#include "tests/mapping_fixture.h"

namespace gtsim {
namespace {

using Mapping = MappingFixture;

TEST_F(Mapping, PollsFourTimesASecond) {
  start();
  pass(10 * kSecond);
  EXPECT_EQ(reads, 41);
}

TEST_F(Mapping, WithoutAWindowWhatAPollFindsIsABatch) {
  start();
  write_many(3);
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1, 2}}));
  EXPECT_EQ(checkpoints[0], 3u);
}

TEST_F(Mapping, BatchSizeCutsBatches) {
  spec.batch_size = 2;
  write_many(5);
  start();
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}, {2, 3}, {4}}));
}

TEST_F(Mapping, BatchingWindowGathersFromTheFirstRecordOn) {
  spec.batching_window = 10 * kSecond;
  start();
  write(1);
  pass(4 * kSecond);
  write(2);
  pass(5 * kSecond);
  EXPECT_TRUE(calls.empty());
  pass(2 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}}));
  EXPECT_EQ(calls[0].at, Instant{0} + Duration{250'000} + 10 * kSecond);
}

TEST_F(Mapping, AFullBatchDoesNotWaitForTheWindow) {
  spec.batching_window = 300 * kSecond;
  spec.batch_size = 2;
  start();
  write_many(2);
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}}));
}

TEST_F(Mapping, SixMegabytesCutABatchAndEndTheWindow) {
  spec.batching_window = 300 * kSecond;
  fits = 2;
  start();
  write_many(3);
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}}));
}

TEST_F(Mapping, TrimHorizonReadsWhatWasThere) {
  write_many(2);
  start();
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}}));
}

TEST_F(Mapping, LatestReadsOnlyWhatComes) {
  spec.position = StartingPosition::kLatest;
  write_many(2);
  start();
  write(7);
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{2}}));
}

TEST_F(Mapping, LatestSkipsClosedShardsAndReadsTheirLaterChildrenWhole) {
  spec.position = StartingPosition::kLatest;
  write_many(2);
  shard("a").open = false;
  add_shard("b", "a");
  start();
  pass(kSecond);
  write(1, "b");
  shard("b").open = false;
  add_shard("c", "b");
  write(1, "c");
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{2}, {3}}));
}

// ---------------------------------------------------------------- filters and checkpoints

TEST_F(Mapping, FilteredRecordsNeverReachTheFunctionAndTheCheckpointPassesThem) {
  filter_odd = true;
  write_many(6);
  start();
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 2, 4}}));
  EXPECT_EQ(checkpoints[0], 6u);
}

TEST_F(Mapping, ABatchOfFilteredRecordsIsNoInvocation) {
  filter_odd = true;
  next_number = 1;
  write(1);
  start();
  pass(kSecond);
  EXPECT_TRUE(calls.empty());
  EXPECT_EQ(checkpoints[0], 2u);
}

TEST_F(Mapping, TheCheckpointWaitsForSuccess) {
  takes = 5 * kSecond;
  write_many(2);
  start();
  pass(4 * kSecond);
  EXPECT_EQ(checkpoints.count(0), 0u);
  pass(2 * kSecond);
  EXPECT_EQ(checkpoints[0], 2u);
}

TEST_F(Mapping, ACrashedPollerGoesOnFromItsCheckpoint) {
  spec.batch_size = 2;
  takes = kSecond;
  write_many(4);
  start();
  pass(Duration{1'500'000});  // the second batch is under way
  mapping().crash();
  pass(10 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}, {2, 3}}));
  mapping().resume(now);
  pass(10 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}, {2, 3}, {2, 3}}));
  EXPECT_EQ(checkpoints[0], 4u);
}

TEST_F(Mapping, AStoppedMappingReadsNoMore) {
  start();
  pass(kSecond);
  mapping().stop();
  write(1);
  pass(10 * kSecond);
  EXPECT_TRUE(calls.empty());
  EXPECT_TRUE(mapping().drained(now));
}

TEST_F(Mapping, AnUnreachableStreamIsTriedAgain) {
  unreachable = true;
  start();
  write(1);
  pass(kSecond);
  unreachable = false;
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0}}));
}

TEST_F(Mapping, WhatLeftTheStreamUnreadIsToldAndPassed) {
  unreachable = true;
  start();
  write_many(5);
  trimmed_below = 3;
  unreachable = false;
  spec.position = StartingPosition::kTrimHorizon;
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{3, 4}}));
}

TEST_F(Mapping, TrimmedWhileBlocked) {
  spec.batch_size = 1;
  int failures = 3;
  function = [&](const Call&) { return failures-- > 0 ? failure() : success(); };
  start();
  pass(kSecond);
  for (std::uint32_t i = 0; i < 2000; ++i) write(i);
  pass(Duration{250'000});
  trimmed_below = 1500;  // the first thousand was read before
  pass(20 * kSecond);
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0], (std::pair<std::uint64_t, std::uint64_t>{1000, 1500}));
}

TEST_F(Mapping, BuffersAreBounded) {
  spec.batch_size = 10;
  takes = 3600 * kSecond;
  for (std::uint32_t i = 0; i < 50'000; ++i) write(i);
  start();
  pass(60 * kSecond);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_LE(reads, 2) << "it stops reading when it has enough";
}

// ---------------------------------------------------------------- order

TEST_F(Mapping, AShardWaitsForItsParent) {
  write(1);
  shard("a").open = false;
  add_shard("b", "a");
  write(1, "b");
  takes = 5 * kSecond;
  start();
  pass(4 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0}}));
  pass(10 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0}, {1}}));
}

TEST_F(Mapping, AParentThatIsGoneIsNotWaitedFor) {
  fake_shards.front().parent_id = "trimmed long ago";
  write(1);
  start();
  pass(kSecond);
  EXPECT_EQ(batches(), (Batches{{0}}));
}

TEST_F(Mapping, OneInvocationAtATimeForAShard) {
  spec.batch_size = 1;
  takes = kSecond;
  write_many(3);
  start();
  pass(Duration{2'500'000});
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[1].at - calls[0].at, kSecond);
  EXPECT_EQ(calls[2].at - calls[1].at, kSecond);
}

TEST_F(Mapping, ParallelLanesKeepTheOrderOfEachKey) {
  spec.batch_size = 1;
  spec.parallelization_factor = 4;
  takes = kSecond;
  for (int round = 0; round < 3; ++round) write_many(8);
  start();
  pass(60 * kSecond);
  ASSERT_EQ(calls.size(), 24u);
  std::map<std::uint32_t, std::uint64_t> last;
  std::map<std::uint32_t, std::size_t> lane;
  std::size_t at_once = 0;
  for (const Call& call : calls) {
    const std::uint32_t key = records.at(call.numbers[0]).key.value();
    if (last.count(key) != 0) {
      EXPECT_GT(call.numbers[0], last[key]);
    }
    last[key] = call.numbers[0];
    if (lane.count(key) != 0) {
      EXPECT_EQ(lane[key], call.lane);
    }
    lane[key] = call.lane;
    if (call.at == calls[0].at) ++at_once;
  }
  EXPECT_GT(at_once, 1u);
  EXPECT_LE(at_once, 4u);
}

TEST_F(Mapping, AFailingLaneDoesNotHoldUpTheOthers) {
  spec.batch_size = 1;
  spec.parallelization_factor = 10;
  write_many(10);
  const auto poison = [](const Call& call) { return call.numbers[0] == 0; };
  function = [&](const Call& call) { return poison(call) ? failure() : success(); };
  start();
  pass(30 * kSecond);
  std::vector<std::uint64_t> seen;
  for (const Call& call : calls) {
    if (!poison(call)) seen.push_back(call.numbers[0]);
  }
  const std::size_t lane = calls[0].lane;
  std::size_t others = 0;
  for (const Call& call : calls) others += call.lane != lane ? 1 : 0;
  EXPECT_EQ(seen.size(), others);
  EXPECT_GT(others, 4u);
  EXPECT_EQ(checkpoints.count(0), 0u) << "the shard's checkpoint waits for its slowest lane";
}

// ---------------------------------------------------------------- failures

TEST_F(Mapping, AFailedBatchBlocksTheShardAndIsRetriedForever) {
  function = [](const Call&) { return failure(); };
  write(1);
  start();
  pass(kSecond / 2);
  write(2);
  pass(3600 * kSecond);
  EXPECT_GT(calls.size(), 50u);
  for (const Call& call : calls) EXPECT_EQ(call.numbers, std::vector<std::uint64_t>{0});
  EXPECT_TRUE(given_up.empty());
}

TEST_F(Mapping, DelaysBetweenRetriesGrowUpToAMinute) {
  function = [](const Call&) { return failure(); };
  write(1);
  start();
  pass(600 * kSecond);
  ASSERT_GT(calls.size(), 8u);
  EXPECT_EQ(calls[1].at - calls[0].at, kSecond + takes);
  EXPECT_EQ(calls[2].at - calls[1].at, 2 * kSecond + takes);
  EXPECT_EQ(calls[8].at - calls[7].at, 60 * kSecond + takes);
  EXPECT_EQ(calls[8].attempt, 9);
}

TEST_F(Mapping, RetriesRunOut) {
  spec.maximum_retry_attempts = 3;
  function = [](const Call& call) { return call.numbers[0] == 0 ? failure() : success(); };
  write_many(2);
  start();
  pass(kSecond / 2);
  write(3);
  pass(60 * kSecond);
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].numbers, (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(given_up[0].reason, GiveUpReason::kRetryAttemptsExhausted);
  EXPECT_EQ(given_up[0].attempts, 4) << "the first and three retries";
  EXPECT_TRUE(given_up[0].function_error);
  EXPECT_EQ(calls.back().numbers, std::vector<std::uint64_t>{2});
  EXPECT_EQ(checkpoints[0], 3u);
}

TEST_F(Mapping, NoRetryAtAll) {
  spec.maximum_retry_attempts = 0;
  function = [](const Call&) { return failure(); };
  write(1);
  start();
  pass(60 * kSecond);
  EXPECT_EQ(calls.size(), 1u);
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].attempts, 1);
}

TEST_F(Mapping, RecordsBecomeTooOld) {
  spec.maximum_record_age = 60 * kSecond;
  function = [](const Call& call) { return call.numbers[0] == 0 ? failure() : success(); };
  write(1);
  start();
  pass(50 * kSecond);
  write(2);
  pass(120 * kSecond);
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].numbers, std::vector<std::uint64_t>{0});
  EXPECT_EQ(given_up[0].reason, GiveUpReason::kRecordAgeExceeded);
  EXPECT_EQ(calls.back().numbers, std::vector<std::uint64_t>{1});
}

TEST_F(Mapping, OldRecordsAreGivenUpUnseen) {
  spec.maximum_record_age = 60 * kSecond;
  write(1);
  pass(100 * kSecond);
  write(2);
  start();
  pass(kSecond);
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].attempts, 0);
  EXPECT_EQ(batches(), (Batches{{1}}));
}

TEST_F(Mapping, WhatLeftTheStreamIsNotTriedAgain) {
  function = [](const Call& call) { return call.numbers[0] == 0 ? failure() : success(); };
  write(1);
  start();
  pass(3600 * kSecond);
  write(2);
  pass(Duration{24LL * 3600 * 1'000'000});
  EXPECT_EQ(held_expired, std::vector<std::uint64_t>{0});
  EXPECT_TRUE(given_up.empty());
  EXPECT_EQ(calls.back().numbers, std::vector<std::uint64_t>{1});
}

TEST_F(Mapping, AWholeShardThatIsGoneIsToldUpToWhatTheStreamStillHas) {
  write_many(2);
  shard("a").open = false;
  add_shard("b", "a");
  start();
  mapping().crash();
  write_many(3);
  for (int i = 0; i < 3; ++i) write(9, "b");
  trimmed_below = 5;
  fake_shards.front().numbers.clear();
  gone = "a";
  mapping().resume(now);
  pass(5 * kSecond);
  ASSERT_EQ(expired.size(), 1u);
  EXPECT_EQ(expired[0].second, 5u);
  EXPECT_EQ(batches(), (Batches{{0, 1}, {5, 6, 7}})) << "the first was under way at the crash";
}

TEST_F(Mapping, WhatAChildLostBeforeItsTurnIsTold) {
  write_many(2);
  shard("a").open = false;
  add_shard("b", "a");
  for (int i = 0; i < 3; ++i) write(9, "b");
  takes = 3 * kSecond;
  start();
  trimmed_below = 4;  // while the function has the parent's records
  pass(5 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1}, {4}}));
  EXPECT_EQ(expired, (std::vector<std::pair<std::uint64_t, std::uint64_t>>{{2, 4}}));
}

TEST_F(Mapping, BisectingFindsThePoisonRecord) {
  spec.bisect_on_error = true;
  spec.maximum_retry_attempts = 2;
  write_many(8);
  const auto has_poison = [](const Call& call) {
    return std::find(call.numbers.begin(), call.numbers.end(), 5u) != call.numbers.end();
  };
  function = [&](const Call& call) { return has_poison(call) ? failure() : success(); };
  start();
  pass(600 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1, 2, 3, 4, 5, 6, 7},
                                {0, 1, 2, 3},
                                {4, 5, 6, 7},
                                {4, 5},
                                {4},
                                {5},
                                {5},
                                {5},
                                {6, 7}}));
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].numbers, std::vector<std::uint64_t>{5});
}

TEST_F(Mapping, BisectingUsesUpNoRetry) {
  spec.bisect_on_error = true;
  spec.maximum_retry_attempts = 0;
  write_many(4);
  function = [](const Call& call) { return call.numbers.back() == 3 ? failure() : success(); };
  start();
  pass(60 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1, 2, 3}, {0, 1}, {2, 3}, {2}, {3}}));
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].numbers, std::vector<std::uint64_t>{3});
}

TEST_F(Mapping, PartialFailureCheckpointsWhatCameBefore) {
  bool failed = false;
  function = [&](const Call&) { return std::exchange(failed, true) ? success() : fail_from(2); };
  write_many(5);
  start();
  pass(Duration{900'000});
  EXPECT_EQ(checkpoints[0], 2u);
  pass(10 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1, 2, 3, 4}, {2, 3, 4}}));
  EXPECT_EQ(checkpoints[0], 5u);
}

TEST_F(Mapping, PartialFailuresCountAsRetries) {
  spec.maximum_retry_attempts = 1;
  function = [](const Call& call) {
    return call.numbers.front() <= 1 ? fail_from(call.numbers.front() == 0 ? 1 : 0) : success();
  };
  write_many(3);
  start();
  pass(60 * kSecond);
  ASSERT_EQ(given_up.size(), 1u);
  EXPECT_EQ(given_up[0].numbers, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_FALSE(given_up[0].function_error);
}

TEST_F(Mapping, WithBisectTheAnswerSplitsTheBatch) {
  spec.bisect_on_error = true;
  spec.maximum_retry_attempts = 0;
  bool failed = false;
  function = [&](const Call&) { return std::exchange(failed, true) ? success() : fail_from(3); };
  write_many(5);
  start();
  pass(60 * kSecond);
  EXPECT_EQ(batches(), (Batches{{0, 1, 2, 3, 4}, {3, 4}}));
  EXPECT_TRUE(given_up.empty());
}

// ---------------------------------------------------------------- tumbling windows

TEST_F(Mapping, TumblingWindowHandsItsStateOn) {
  spec.tumbling_window = 60 * kSecond;
  function = [](const Call& call) {
    InvocationEnd end;
    end.window_state = "{\"n\":" + std::to_string(call.numbers.back()) + "}";
    if (call.window->final) end.window_state = "{}";
    return end;
  };
  start();
  write(1);
  pass(10 * kSecond);
  write(1);
  pass(10 * kSecond);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[0].state, "{}");
  EXPECT_EQ(calls[1].state, "{\"n\":0}");
  EXPECT_EQ(calls[1].window->start_seconds, 0);
  EXPECT_EQ(calls[1].window->end_seconds, 60);
  EXPECT_FALSE(calls[1].window->final);
}

TEST_F(Mapping, TumblingWindowEndsWithItsTime) {
  spec.tumbling_window = 60 * kSecond;
  function = [](const Call& call) {
    InvocationEnd end;
    end.window_state = call.window->final ? "{}" : "{\"n\":1}";
    return end;
  };
  start();
  write(1);
  pass(59 * kSecond);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_FALSE(mapping().drained(Instant{0}));
  pass(2 * kSecond);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_TRUE(calls[1].window->final);
  EXPECT_FALSE(calls[1].window->terminated_early);
  EXPECT_EQ(calls[1].state, "{\"n\":1}");
  EXPECT_TRUE(calls[1].numbers.empty());
  EXPECT_TRUE(mapping().drained(Instant{0}));
}

TEST_F(Mapping, TumblingWindowEndsWhenALaterRecordComes) {
  spec.tumbling_window = 60 * kSecond;
  write(1);
  pass(70 * kSecond);
  write(2);
  start();
  pass(5 * kSecond);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_EQ(calls[0].numbers, std::vector<std::uint64_t>{0});
  EXPECT_TRUE(calls[1].window->final);
  EXPECT_EQ(calls[2].numbers, std::vector<std::uint64_t>{1});
  EXPECT_EQ(calls[2].window->start_seconds, 60);
  EXPECT_EQ(calls[2].state, "{}") << "a new window begins with an empty state";
}

TEST_F(Mapping, TumblingWindowEndsWithItsShard) {
  spec.tumbling_window = 900 * kSecond;
  write(1);
  shard("a").open = false;
  add_shard("b", "a");
  write(1, "b");
  function = [](const Call&) {
    InvocationEnd end;
    end.window_state = "{\"n\":1}";
    return end;
  };
  start();
  pass(5 * kSecond);
  ASSERT_EQ(calls.size(), 3u);
  EXPECT_TRUE(calls[1].window->final);
  EXPECT_EQ(calls[2].shard, "b");
  EXPECT_EQ(calls[2].state, "{}") << "children start with an empty state";
}

TEST_F(Mapping, TumblingWindowEndsEarlyWhenItsStateIsTooLarge) {
  spec.tumbling_window = 60 * kSecond;
  function = [](const Call& call) {
    InvocationEnd end;
    end.window_state_too_large = !call.window->final;
    return end;
  };
  start();
  write(1);
  pass(5 * kSecond);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_TRUE(calls[1].window->final);
  EXPECT_TRUE(calls[1].window->terminated_early);
}

}  // namespace
}  // namespace gtsim
