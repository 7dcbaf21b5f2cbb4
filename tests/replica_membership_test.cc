// Replicas that come, go, pause and crash.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

// As the control plane does it: every member ships to the new one from a place in its log that the
// source's copy covers, and the source sends its table.
void join(Regions& regions, RegionId fresh, const std::vector<RegionId>& members, RegionId source,
          std::int64_t items_per_second = 1000) {
  regions.table(fresh).set_status(ReplicaStatus::kCreating);
  for (const RegionId member : members) {
    const Sender& sender = regions.table(member).sender();
    const std::uint64_t from = member == source ? sender.log_end() : sender.acknowledged_by(source);
    regions.table(member).add_member(fresh, from, 0);
    regions.table(fresh).add_member(member, 0, from);
  }
  Effects effects;
  regions.table(source).start_backfill(fresh, items_per_second, regions.moment(source), effects);
}

void fill(Regions& regions, RegionId from, RegionId to) {
  for (int i = 0; i < 1000 && regions.table(from).backfilling(to); ++i) {
    regions.advance(200'000);
    regions.deliver_all();
  }
  EXPECT_FALSE(regions.table(from).backfilling(to));
}

class ReplicaBackfill : public testing::Test {
 protected:
  static Options unconnected(bool records) {
    Options options;
    options.regions = 3;
    options.connected = false;
    options.records_for_backfill = records;
    return options;
  }
  // a and b share the table; c has none.
  static void connect_two(Regions& regions) {
    regions.table(kA).add_member(kB, 0, 0);
    regions.table(kB).add_member(kA, 0, 0);
    regions.table(kC).set_status(ReplicaStatus::kAbsent);
  }
};

TEST_F(ReplicaBackfill, BringsEveryItemWithItsVersionAndNoRecord) {
  Regions regions(unconnected(false));
  connect_two(regions);
  for (int i = 0; i < 300; ++i) regions.put(i % 2 == 0 ? kA : kB, std::to_string(i), "x");
  regions.deliver_all();
  join(regions, kC, {kA, kB}, kA);
  fill(regions, kA, kC);
  EXPECT_EQ(regions.contents(kC), regions.contents(kA));
  EXPECT_EQ(regions.records(kC), Lines{});
  const Lines quiet = regions.quiet(kC);
  EXPECT_EQ(quiet.size(), 300u);
  EXPECT_EQ(quiet.front(), "0 +0us a back-fill");
}

TEST_F(ReplicaBackfill, MayTellEachItemAsAnInsert) {
  Regions regions(unconnected(true));
  connect_two(regions);
  regions.put(kA, "1", "x");
  regions.put(kB, "2", "y");
  regions.put(kA, "gone", "x");
  regions.remove(kA, "gone");
  regions.deliver_all();
  join(regions, kC, {kA, kB}, kA);
  fill(regions, kA, kC);
  EXPECT_EQ(regions.records(kC), (Lines{"INSERT 1: - -> x, REPLICATION a",  //
                                        "INSERT 2: - -> y, REPLICATION b"}));
}

// Without them a late old put would raise a deleted item in the new replica only.
TEST_F(ReplicaBackfill, TombstonesTravelToo) {
  Regions regions(unconnected(false));
  connect_two(regions);
  regions.put(kB, "k", "x");
  regions.deliver_all();
  regions.advance(10);
  regions.put(kB, "k", "late");
  const Message late = regions.take_message(kB, kA);
  regions.advance(10);
  regions.remove(kA, "k");
  regions.deliver_all();
  join(regions, kC, {kA, kB}, kA);
  fill(regions, kA, kC);
  EXPECT_EQ(regions.item(kC, "k"), "- (+20us a)");
  regions.deliver(late);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kC, "k"), "- (+20us a)");
  EXPECT_EQ(regions.contents(kC), regions.contents(kB));
}

TEST_F(ReplicaBackfill, WritesDuringItArriveAndAreNotPutBack) {
  Regions regions(unconnected(false));
  connect_two(regions);
  for (int i = 0; i < 100; ++i) regions.put(kA, std::to_string(i), "old");
  regions.deliver_all();
  join(regions, kC, {kA, kB}, kA, /*items_per_second=*/50);
  regions.advance(200'000);
  const Message chunk = regions.take_message(kA, kC);
  regions.put(kA, "5", "new");
  regions.deliver_between(kA, kC);  // catch-up is quicker than the copy
  EXPECT_EQ(regions.item(kC, "5"), "new (+200000us a)");
  regions.deliver(chunk);
  EXPECT_EQ(regions.item(kC, "5"), "new (+200000us a)");
  fill(regions, kA, kC);
  EXPECT_EQ(regions.contents(kC), regions.contents(kA));
}

// When records are asked for, the stream of the new replica must tell its whole table, also where
// the copy changes what catch-up brought.
TEST_F(ReplicaBackfill, CopyOverAnOlderItemIsTold) {
  Regions regions(unconnected(true));
  connect_two(regions);
  regions.put(kA, "k", "1");
  regions.put(kA, "gone", "1");
  regions.deliver_all();
  regions.put(kB, "k", "2");
  regions.put(kB, "gone", "2");
  const Message second_put = regions.take_message(kB, kA);
  const Message second_gone = regions.take_message(kB, kA);
  join(regions, kC, {kA, kB}, kA);
  regions.tick(kB);  // ships what a has not acknowledged to c
  regions.deliver_between(kB, kC);
  regions.deliver(second_put);
  regions.deliver(second_gone);
  regions.lose_all();
  regions.put(kA, "k", "3");
  regions.remove(kA, "gone");
  regions.lose_between(kA, kC);
  (void)regions.records(kC);
  fill(regions, kA, kC);
  EXPECT_EQ(regions.item(kC, "k"), "3 (+2us a)");
  EXPECT_EQ(regions.records(kC), (Lines{"MODIFY k: 2 -> 3, REPLICATION a",  //
                                        "REMOVE gone: 2 -> -, REPLICATION a"}));
}

TEST_F(ReplicaBackfill, LostChunkIsSentAgainAndNothingTwice) {
  Regions regions(unconnected(true));
  connect_two(regions);
  for (int i = 0; i < 10; ++i) regions.put(kA, std::to_string(i), "x");
  regions.deliver_all();
  join(regions, kC, {kA, kB}, kA);
  regions.advance(1);
  regions.lose_all();
  regions.advance(kSecond);
  ASSERT_FALSE(regions.wire.empty());
  const Message again = regions.wire.front();
  regions.deliver_all();
  regions.deliver(again);
  fill(regions, kA, kC);
  EXPECT_EQ(regions.records(kC).size(), 10u);
}

TEST_F(ReplicaBackfill, GoesAtTheGivenRate) {
  Regions regions(unconnected(false));
  connect_two(regions);
  for (int i = 0; i < 100; ++i) regions.put(kA, std::to_string(i), "x");
  regions.deliver_all();
  join(regions, kC, {kA, kB}, kA, /*items_per_second=*/50);
  int seconds = 0;
  while (regions.table(kA).backfilling(kC) && seconds < 100) {
    for (int i = 0; i < 5; ++i) {
      regions.advance(200'000);
      regions.deliver_all();
    }
    ++seconds;
  }
  EXPECT_GE(seconds, 2);
  EXPECT_LE(seconds, 3);
}

// ---- Status

TEST(ReplicaStatusOf, CreatingTakesReplicatedWritesOnly) {
  Regions regions;
  regions.table(kB).set_status(ReplicaStatus::kCreating);
  EXPECT_EQ(regions.put(kB, "k", "x"), "ResourceNotFoundException");
  regions.put(kA, "k", "y");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "y (+0us a)");
}

TEST(ReplicaStatusOf, DeletingShipsWhatItAcceptedAndTakesNoMore) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.lose_all();
  regions.table(kA).set_status(ReplicaStatus::kDeleting);
  EXPECT_EQ(regions.put(kA, "k", "y"), "ResourceNotFoundException");
  regions.advance(kSecond);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "x (+0us a)");
  EXPECT_TRUE(regions.table(kA).sender().drained());
}

TEST(ReplicaStatusOf, DroppedReplicaForgetsItsItemsAndKeepsItsStream) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.deliver_all();
  regions.table(kB).drop(regions.moment(kB));
  EXPECT_EQ(regions.table(kB).status(), ReplicaStatus::kAbsent);
  EXPECT_EQ(regions.item(kB, "k"), "- (never)");
  ASSERT_NE(regions.table(kB).stream(), nullptr);
  EXPECT_EQ(regions.table(kB).stream()->status(), StreamStatus::kDisabled);
  EXPECT_GT(regions.table(kB).stream()->shards_held(), 0u);
  // It hears nothing more.
  regions.put(kA, "k", "y");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "- (never)");
}

TEST(ReplicaStatusOf, RegionalTableKeepsNoLog) {
  Regions regions({.regions = 1});
  regions.put(kA, "k", "x");
  EXPECT_TRUE(regions.wire.empty());
  EXPECT_EQ(regions.table(kA).sender().backlog(), 0u);
}

// ---- Pause, as the service's fault injector does it

TEST(ReplicaPause, NothingGoesOutAndNothingComesIn) {
  Regions regions({.regions = 3});
  Effects effects;
  regions.table(kA).set_paused(true, regions.moment(kA), effects);
  EXPECT_EQ(regions.put(kA, "mine", "a"), "ok");
  EXPECT_TRUE(regions.wire.empty());
  regions.put(kB, "theirs", "b");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "theirs"), "- (never)");
  // The others replicate among themselves.
  EXPECT_EQ(regions.item(kC, "theirs"), "b (+0us b)");
  for (int hour = 0; hour < 12; ++hour) {
    regions.advance(kHour);
    regions.deliver_all();
  }
  EXPECT_EQ(regions.item(kA, "theirs"), "- (never)");
  EXPECT_EQ(regions.item(kB, "mine"), "- (never)");
}

TEST(ReplicaPause, BacklogIsDeliveredAfterwardsInBothDirections) {
  Regions regions;
  Effects effects;
  regions.table(kA).set_paused(true, regions.moment(kA), effects);
  for (int i = 0; i < 200; ++i) {
    regions.put(kA, "a" + std::to_string(i), "x");
    regions.put(kB, "b" + std::to_string(i), "x");
    regions.deliver_all();
  }
  regions.advance(kHour);
  regions.deliver_all();
  Effects resumed;
  regions.table(kA).set_paused(false, regions.moment(kA), resumed);
  EXPECT_FALSE(resumed.messages.empty()) << "it sends at once";
  for (Message& message : resumed.messages) regions.wire.push_back(std::move(message));
  regions.advance(kSecond);
  regions.deliver_all();
  EXPECT_EQ(regions.contents(kA), regions.contents(kB));
  EXPECT_TRUE(regions.table(kA).sender().drained());
  EXPECT_TRUE(regions.table(kB).sender().drained());
}

TEST(ReplicaPause, WhatWasOnItsWayIsNotHeard) {
  Regions regions;
  regions.put(kB, "k", "x");
  Effects effects;
  regions.table(kA).set_paused(true, regions.moment(kA), effects);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "- (never)");
  EXPECT_FALSE(regions.table(kB).sender().drained());
}

// ---- Crash of a region whose memory is durable. Others: storage_test, sim_storage_test.

TEST(ReplicaCrash, UnacknowledgedChangesAreSentAgain) {
  Regions regions;
  for (int i = 0; i < 5; ++i) regions.put(kA, std::to_string(i), "x");
  regions.lose_all();
  regions.table(kA).recover();
  regions.tick(kA);
  regions.deliver_all();
  EXPECT_EQ(regions.contents(kA), regions.contents(kB));
}

// ---- Coalescing

Options coalescing(std::int64_t us) {
  Options options;
  options.replication.coalesce = Duration{us};
  return options;
}

TEST(ReplicaCoalescing, QuickChangesOfOneItemBecomeOne) {
  Regions regions(coalescing(kSecond));
  regions.put(kA, "k", "1");
  regions.put(kA, "other", "1");
  regions.put(kA, "k", "2");
  EXPECT_TRUE(regions.wire.empty());
  regions.advance(2 * kSecond);
  regions.deliver_all();
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT other: - -> 1, REPLICATION a",  //
                                        "INSERT k: - -> 2, REPLICATION a"}));
  EXPECT_TRUE(regions.table(kA).sender().drained());
}

TEST(ReplicaCoalescing, SlowChangesStaySeparate) {
  Regions regions(coalescing(kSecond));
  for (const char* v : {"1", "2", "3"}) {
    regions.put(kA, "k", v);
    regions.advance(2 * kSecond);
    regions.deliver_all();
  }
  EXPECT_EQ(regions.records(kB).size(), 3u);
}

}  // namespace
}  // namespace gtsim::replica_fixture
