// The conflict ledger: which lost writes are told, by whom, and how often.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

// Both regions tell their side: the loser's own region that its write is gone, the other one that
// it did not apply what came.
TEST(ReplicaConflict, ConcurrentWritesAreToldOnceByEachSide) {
  Regions regions;
  regions.put(kA, "k", "a");
  regions.advance(3);
  regions.put(kB, "k", "b");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +0us a overwritten by +3us b"}));
  EXPECT_EQ(regions.conflicts(kB), (Lines{"k: +0us a discarded for +3us b"}));
  ASSERT_EQ(regions.all_conflicts().size(), 2u);
  for (const Conflict& conflict : regions.all_conflicts()) {
    EXPECT_EQ(conflict.margin(), Duration{3});
    EXPECT_EQ(conflict.table, kTable);
  }
}

TEST(ReplicaConflict, WriteThatHadSeenTheOtherIsNoConflict) {
  Regions regions;
  regions.put(kA, "k", "a");
  regions.deliver_all();
  regions.advance(1);
  regions.put(kB, "k", "b");
  regions.deliver_all();
  regions.advance(1);
  regions.remove(kA, "k");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), Lines{});
  EXPECT_EQ(regions.conflicts(kB), Lines{});
}

// The other writer had seen the first write but not the second.
TEST(ReplicaConflict, OnlyTheUnseenLastWriteIsLost) {
  Regions regions;
  regions.put(kA, "k", "1");
  regions.deliver_all();
  regions.advance(1);
  regions.put(kA, "k", "2");
  regions.advance(1);
  regions.put(kB, "k", "b");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +1us a overwritten by +2us b"}));
}

TEST(ReplicaConflict, DeleteCanLoseToo) {
  Regions regions;
  regions.put(kA, "k", "1");
  regions.deliver_all();
  regions.advance(1);
  regions.remove(kA, "k");
  regions.advance(1);
  regions.put(kB, "k", "b");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +1us a overwritten by +2us b"}));
  EXPECT_EQ(regions.item(kA, "k"), "b (+2us b)");
}

TEST(ReplicaConflict, LosesToADeleteAsToAPut) {
  Regions regions;
  regions.put(kA, "k", "1");
  regions.deliver_all();
  regions.advance(1);
  regions.put(kA, "k", "2");
  regions.advance(1);
  regions.remove(kB, "k");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +1us a overwritten by +2us b"}));
}

// Equal by accident: nobody can see that a write was lost, but it was.
TEST(ReplicaConflict, EqualItemsStillConflict) {
  Regions regions;
  regions.put(kA, "k", "same");
  regions.advance(1);
  regions.put(kB, "k", "same");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +0us a overwritten by +1us b"}));
}

TEST(ReplicaConflict, WriterWhoHadGivenUpIsMarked) {
  Regions regions;
  const Operation operation = regions.put_operation("k", item_of("k", "a"));
  EXPECT_EQ(regions.write(kA, operation, /*writer_waits=*/false), "ok");
  regions.advance(1);
  regions.put(kB, "k", "b");
  regions.deliver_all();
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +0us a overwritten by +1us b, not acknowledged"}));
  EXPECT_EQ(regions.conflicts(kB), (Lines{"k: +0us a discarded for +1us b, not acknowledged"}));
}

TEST(ReplicaConflict, DuplicateOfAnAppliedChangeIsNone) {
  Regions regions;
  regions.put(kA, "k", "a");
  const Message message = regions.take_message(kA, kB);
  regions.deliver(message);
  regions.advance(1);
  regions.put(kB, "k", "b");
  regions.deliver(message);
  EXPECT_EQ(regions.conflicts(kB), Lines{});
}

// ---- Three regions: a change may arrive before the one it was built on, and then says of an own
// write only that its writer had seen something newer.

class ReplicaConflictOfThree : public testing::Test {
 protected:
  // a writes; b writes at +10, having seen it or not; c, which has heard of b, writes at +20.
  void write_in_turn(bool b_has_seen_a, bool acknowledged = true) {
    const Operation operation = regions.put_operation("k", item_of("k", "a"));
    regions.write(kA, operation, acknowledged);
    if (b_has_seen_a) regions.deliver_between(kA, kB);
    regions.advance(10);
    regions.put(kB, "k", "b");
    regions.deliver_between(kB, kC);
    regions.advance(10);
    regions.put(kC, "k", "c");
  }

  Regions regions{Options{.regions = 3}};
};

TEST_F(ReplicaConflictOfThree, InOrderTheFirstUnseeingWriterIsBlamed) {
  write_in_turn(/*b_has_seen_a=*/false);
  regions.deliver_between(kB, kA);
  regions.deliver_between(kC, kA);
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +0us a overwritten by +10us b"}));
}

TEST_F(ReplicaConflictOfThree, OvertakenChangeThatHadNotSeenTheWriteIsJudgedWhenItArrives) {
  write_in_turn(/*b_has_seen_a=*/false);
  regions.deliver_between(kC, kA);
  EXPECT_EQ(regions.conflicts(kA), Lines{});  // nobody can know yet
  regions.deliver_between(kB, kA);
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +10us b discarded for +20us c",  //
                                          "k: +0us a overwritten by +10us b"}));
  EXPECT_EQ(regions.item(kA, "k"), "c (+20us c)");
}

TEST_F(ReplicaConflictOfThree, OvertakenChangeThatHadSeenTheWriteIsNoConflict) {
  write_in_turn(/*b_has_seen_a=*/true);
  regions.deliver_between(kC, kA);
  regions.deliver_between(kB, kA);
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +10us b discarded for +20us c"}));
}

TEST_F(ReplicaConflictOfThree, LateVerdictRemembersThatTheWriterHadGivenUp) {
  write_in_turn(/*b_has_seen_a=*/false, /*acknowledged=*/false);
  regions.deliver_between(kC, kA);
  regions.deliver_between(kB, kA);
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +10us b discarded for +20us c",
                                          "k: +0us a overwritten by +10us b, not acknowledged"}));
}

// What c had seen was b's second write; whether a's was seen is told by b's first, which arrives
// before the second.
TEST_F(ReplicaConflictOfThree, ChainOfOneOriginIsFollowedToItsStart) {
  for (const bool b_has_seen_a : {false, true}) {
    Regions fresh{Options{.regions = 3}};
    fresh.put(kA, "k", "a");
    if (b_has_seen_a) fresh.deliver_between(kA, kB);
    fresh.advance(10);
    fresh.put(kB, "k", "b1");
    fresh.put(kB, "k", "b2");
    fresh.deliver_between(kB, kC);
    fresh.advance(10);
    fresh.put(kC, "k", "c");
    fresh.deliver_between(kC, kA);
    fresh.deliver_between(kB, kA);
    Lines told{"k: +10us b discarded for +20us c", "k: +11us b discarded for +20us c"};
    if (!b_has_seen_a) told.push_back("k: +0us a overwritten by +10us b");
    EXPECT_EQ(fresh.conflicts(kA), told) << b_has_seen_a;
  }
}

// b, c, b: the chain goes from origin to origin, and arrives back to front.
TEST(ReplicaConflictOfFour, ChainOverSeveralOriginsIsFollowedBack) {
  constexpr RegionId kD{3};
  Regions regions({.regions = 4});
  regions.put(kA, "k", "a");
  regions.advance(10);
  regions.put(kB, "k", "b");
  regions.deliver_between(kB, kC);
  regions.advance(10);
  regions.put(kC, "k", "c");
  regions.deliver_between(kC, kD);
  regions.advance(10);
  regions.put(kD, "k", "d");
  regions.deliver_between(kD, kA);
  regions.deliver_between(kC, kA);
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +20us c discarded for +30us d"}));
  regions.deliver_between(kB, kA);
  EXPECT_EQ(regions.conflicts(kA), (Lines{"k: +10us b discarded for +30us d",  //
                                          "k: +0us a overwritten by +10us b"}));
}

// A second write of the same region must not make it forget that the first is still unjudged.
TEST(ReplicaConflictOfFour, EachOwnWriteIsJudgedForItself) {
  constexpr RegionId kD{3};
  Regions regions({.regions = 4});
  regions.put(kA, "k", "a1");
  regions.advance(10);
  regions.put(kB, "k", "b1");
  regions.deliver_between(kB, kC);
  regions.advance(10);
  regions.put(kC, "k", "c");
  regions.deliver_between(kC, kA);  // a1 is replaced by one who had seen b1
  regions.advance(10);
  regions.put(kA, "k", "a2");  // built on c
  regions.advance(10);
  regions.put(kB, "k", "b2");
  regions.deliver_between(kB, kD);
  regions.advance(10);
  regions.put(kD, "k", "d");
  regions.deliver_between(kD, kA);  // a2 is replaced by one who had seen b2
  EXPECT_EQ(regions.conflicts(kA), Lines{});
  regions.deliver_between(kB, kA);
  EXPECT_EQ(regions.conflicts(kA),
            (Lines{"k: +10us b discarded for +50us d",  //
                   "k: +0us a overwritten by +10us b", "k: +40us b discarded for +50us d",
                   "k: +30us a overwritten by +40us b"}));
}

// ---- Every lost write once, whatever the order of arrival.

// Two regions write the same item without hearing of each other. Each loses its last write or wins.
TEST(ReplicaConflict, OneOfTwoIslandsLosesItsLastWrite) {
  Regions regions;
  for (int i = 0; i < 5; ++i) {
    regions.advance(10);
    regions.put(kA, "k", "a" + std::to_string(i));
    regions.advance(10);
    regions.put(kB, "k", "b" + std::to_string(i));
  }
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "b4 (+100us b)");
  int overwritten = 0;
  for (const Conflict& conflict : regions.all_conflicts()) {
    overwritten += conflict.kind == ConflictKind::kOverwritten ? 1 : 0;
  }
  EXPECT_EQ(overwritten, 1);
  EXPECT_EQ(regions.conflicts(kA).back(), "k: +90us a overwritten by +100us b");
}

}  // namespace
}  // namespace gtsim::replica_fixture
