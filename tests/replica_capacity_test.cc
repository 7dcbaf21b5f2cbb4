// Write capacity: one token bucket for application writes and replicated writes together.
#include <gtest/gtest.h>

#include <string>

#include "region-node/replication/write_capacity.h"
#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

TEST(WriteUnits, OnePerStartedKilobyte) {
  EXPECT_EQ(write_units(0), 1);
  EXPECT_EQ(write_units(1), 1);
  EXPECT_EQ(write_units(1024), 1);
  EXPECT_EQ(write_units(1025), 2);
  EXPECT_EQ(write_units(409'600), 400);
}

TEST(WriteCapacity, UnlimitedUnlessSet) {
  WriteCapacity capacity;
  EXPECT_FALSE(capacity.limited());
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(capacity.take(400, Instant{0}));
  EXPECT_EQ(capacity.wait_for(400, Instant{0}), Duration{0});
}

TEST(WriteCapacity, HoldsOneSecondsWorthAndRefillsEvenly) {
  WriteCapacity capacity;
  capacity.set(4, Instant{0});
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(capacity.take(1, Instant{0}));
  EXPECT_FALSE(capacity.take(1, Instant{0}));
  EXPECT_FALSE(capacity.take(1, Instant{249'999}));
  EXPECT_TRUE(capacity.take(1, Instant{250'000}));
  EXPECT_FALSE(capacity.take(1, Instant{250'000}));
  // An idle hour is worth no more than a second.
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(capacity.take(1, Instant{kHour}));
  EXPECT_FALSE(capacity.take(1, Instant{kHour}));
}

TEST(WriteCapacity, WaitIsLongEnoughAndNotMuchLonger) {
  for (const std::int64_t rate : {1, 3, 7, 1000}) {
    for (const std::int64_t units : {1, 2, 5}) {
      WriteCapacity capacity;
      capacity.set(rate, Instant{0});
      while (capacity.take(1, Instant{0})) {
      }
      const Duration wait = capacity.wait_for(units, Instant{0});
      WriteCapacity earlier = capacity;
      EXPECT_FALSE(earlier.take(units, Instant{wait.count() - 2})) << rate << " " << units;
      EXPECT_TRUE(capacity.take(units, Instant{wait.count()})) << rate << " " << units;
    }
  }
}

// Otherwise it would never pass.
TEST(WriteCapacity, WriteLargerThanTheBucketTakesAllOfIt) {
  WriteCapacity capacity;
  capacity.set(5, Instant{0});
  EXPECT_TRUE(capacity.take(400, Instant{0}));
  EXPECT_FALSE(capacity.take(1, Instant{0}));
  EXPECT_FALSE(capacity.take(400, Instant{kSecond - 1}));
  EXPECT_TRUE(capacity.take(400, Instant{kSecond}));
}

TEST(WriteCapacity, NoneMeansNothingPasses) {
  WriteCapacity capacity;
  capacity.set(0, Instant{0});
  EXPECT_FALSE(capacity.take(1, Instant{kHour}));
  EXPECT_GT(capacity.wait_for(1, Instant{kHour}), Duration{0});
}

TEST(ReplicaCapacity, ApplicationIsToldAndNothingHappens) {
  Regions regions;
  regions.table(kA).set_capacity(1, regions.now);
  EXPECT_EQ(regions.put(kA, "1", "x"), "ok");
  EXPECT_EQ(regions.put(kA, "2", "x"), "ProvisionedThroughputExceededException");
  EXPECT_EQ(regions.item(kA, "2"), "- (never)");
  EXPECT_EQ(regions.records(kA).size(), 1u);
  regions.advance(kSecond);
  EXPECT_EQ(regions.put(kA, "2", "x"), "ok");
}

TEST(ReplicaCapacity, LargerOfOldAndNewItemIsPaid) {
  Regions regions;
  regions.put(kA, "k", std::string(3000, 'x'));
  regions.table(kA).set_capacity(3, regions.now);
  EXPECT_EQ(regions.remove(kA, "k"), "ok");
  EXPECT_EQ(regions.put(kA, "k", "x"), "ProvisionedThroughputExceededException");
}

TEST(ReplicaCapacity, ReplicatedWritesDrawOnTheSameBucket) {
  Regions regions;
  regions.table(kB).set_capacity(2, regions.now);
  regions.put(kA, "1", "x");
  regions.put(kA, "2", "x");
  regions.deliver_all();
  EXPECT_EQ(regions.put(kB, "3", "x"), "ProvisionedThroughputExceededException");
}

// The origin's writer hears nothing of it: what does not fit now comes later, once, in order.
TEST(ReplicaCapacity, BatchIsTakenAsFarAsTheCapacityGoes) {
  ReplicationOptions options;
  options.in_flight = 1;
  Regions regions({.replication = options});
  regions.put(kA, "0", "x");
  for (const char* v : {"1", "2", "3", "4", "5"}) regions.put(kA, "k", v);
  regions.deliver_all();
  (void)regions.records(kB);
  regions.table(kB).set_capacity(2, regions.now);
  for (const char* v : {"6", "7", "8", "9", "10"}) EXPECT_EQ(regions.put(kA, "k", v), "ok");
  regions.deliver_one(kA, kB);
  regions.deliver_one(kB, kA);
  regions.deliver_one(kA, kB);  // four changes, capacity for one more
  EXPECT_EQ(regions.last_effects.throttled_changes, 1);
  const Message& answer = regions.wire.back();
  EXPECT_EQ(answer.next_position, 8u);
  EXPECT_EQ(answer.hold_off, Duration{500'001});
  EXPECT_EQ(regions.item(kB, "k"), "7 (+6us a)");
  regions.deliver_all();
  EXPECT_TRUE(regions.wire.empty()) << "the origin holds off";
  EXPECT_EQ(regions.last_effects.wake_at, Instant{500'001});

  for (int i = 0; i < 20 && !regions.table(kA).sender().drained(); ++i) {
    regions.advance(500'001);
    regions.deliver_all();
  }
  EXPECT_EQ(regions.records(kB),
            (Lines{"MODIFY k: 5 -> 6, REPLICATION a", "MODIFY k: 6 -> 7, REPLICATION a",
                   "MODIFY k: 7 -> 8, REPLICATION a", "MODIFY k: 8 -> 9, REPLICATION a",
                   "MODIFY k: 9 -> 10, REPLICATION a"}));
  EXPECT_TRUE(regions.table(kA).sender().drained());
}

TEST(ReplicaCapacity, LiftingTheLimitLetsTheBacklogThrough) {
  Regions regions;
  regions.table(kB).set_capacity(0, regions.now);
  regions.put(kA, "k", "x");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "- (never)");
  regions.table(kB).set_capacity(std::nullopt, regions.now);
  regions.advance(kSecond);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "x (+0us a)");
}

}  // namespace
}  // namespace gtsim::replica_fixture
