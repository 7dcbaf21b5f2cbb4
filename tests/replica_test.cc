// The rules of replication, one after the other, on replicas that are driven by hand. Rule numbers
// are those of docs/architecture.md.
#include "region-node/replica.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

// ---- Rule 1: a local write looks at the local item only and commits in one step.

TEST(ReplicaRule1, VersionIsTheClockAndTheRegion) {
  Regions regions;
  regions.advance(5);
  EXPECT_EQ(regions.put(kB, "k", "x"), "ok");
  EXPECT_EQ(regions.item(kB, "k"), "x (+5us b)");
  EXPECT_EQ(text_of(regions.last_result.version), "+5us b");
  EXPECT_FALSE(regions.last_result.replaced.ever_written());
}

// Two writes within one microsecond, and a clock that goes back: versions of an item still rise.
TEST(ReplicaRule1, VersionRisesThoughTheClockDoesNot) {
  Regions regions;
  regions.advance(5);
  regions.put(kA, "k", "x");
  regions.put(kA, "k", "y");
  EXPECT_EQ(regions.item(kA, "k"), "y (+6us a)");
  EXPECT_EQ(text_of(regions.last_result.replaced), "+5us a");
  regions.set_clock_offset(kA, -3 * kSecond);
  regions.remove(kA, "k");
  EXPECT_EQ(regions.item(kA, "k"), "- (+7us a)");
  // The tombstone counts as the item's version.
  regions.put(kA, "k", "z");
  EXPECT_EQ(regions.item(kA, "k"), "z (+8us a)");
  regions.put(kA, "other", "z");
  EXPECT_EQ(regions.item(kA, "other"), "z (+-2999995us a)");
}

// A region whose clock is behind must still be able to change what it has received.
TEST(ReplicaRule1, VersionPassesAReplicatedOneFromAFastClock) {
  Regions regions;
  regions.set_clock_offset(kB, 60 * kSecond);
  regions.put(kB, "k", "from the future");
  regions.deliver_all();
  EXPECT_EQ(regions.put(kA, "k", "now"), "ok");
  EXPECT_EQ(regions.item(kA, "k"), "now (+60000001us a)");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "now (+60000001us a)");
}

TEST(ReplicaRule1, ConditionSeesTheLocalItemOnly) {
  Regions regions;
  EXPECT_EQ(regions.put(kA, "k", "a", not_exists()), "ok");
  EXPECT_EQ(regions.put(kA, "k", "b", not_exists()), "ConditionalCheckFailedException");
  // Uniqueness holds in each region by itself.
  EXPECT_EQ(regions.put(kB, "k", "b", not_exists()), "ok");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "b (+0us b)");
  EXPECT_EQ(regions.item(kB, "k"), "b (+0us b)");
}

TEST(ReplicaRule1, FailedConditionDoesNothing) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.deliver_all();
  (void)regions.records(kA);
  EXPECT_EQ(regions.put(kA, "k", "y", v_is("z")), "ConditionalCheckFailedException");
  EXPECT_EQ(regions.remove(kA, "k", v_is("z")), "ConditionalCheckFailedException");
  EXPECT_EQ(regions.update(kA, "k", add_to_v(1), v_is("z")), "ConditionalCheckFailedException");
  EXPECT_EQ(regions.item(kA, "k"), "x (+0us a)");
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_TRUE(regions.wire.empty());
}

TEST(ReplicaRule1, RefusedUpdateDoesNothing) {
  Regions regions;
  regions.put(kA, "k", "text");
  regions.deliver_all();
  (void)regions.records(kA);
  EXPECT_EQ(regions.update(kA, "k", add_to_v(1)), "ValidationException");
  EXPECT_EQ(regions.item(kA, "k"), "text (+0us a)");
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_TRUE(regions.wire.empty());
}

// The batch that makes a write durable must hold all three, or a crash could tear them apart.
TEST(ReplicaRule1, ItemRecordAndLogEntryComeFromOneCall) {
  Regions regions;
  regions.put(kA, "k", "x");
  EXPECT_EQ(regions.item(kA, "k"), "x (+0us a)");
  EXPECT_EQ(regions.records(kA), (Lines{"INSERT k: - -> x, APPLICATION a"}));
  EXPECT_EQ(regions.table(kA).sender().log_end(), 1u);
  EXPECT_EQ(regions.table(kA).position().log_end, 1u);
  EXPECT_EQ(regions.table(kA).position().stream_end, 1u);
}

TEST(ReplicaRule1, WriteThatChangesNothingLeavesNoTrace) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.deliver_all();
  (void)regions.records(kA);
  regions.advance(1000);
  Update set_same;
  set_same.set.emplace("v", AttributeValue::string("x"));
  Update remove_missing;
  remove_missing.remove.insert("nothing");
  EXPECT_EQ(regions.put(kA, "k", "x"), "no change");
  EXPECT_EQ(regions.update(kA, "k", set_same), "no change");
  EXPECT_EQ(regions.update(kA, "k", remove_missing), "no change");
  EXPECT_EQ(regions.remove(kA, "never there"), "no change");
  EXPECT_EQ(regions.update(kA, "never there", remove_missing), "no change");
  EXPECT_EQ(regions.item(kA, "k"), "x (+0us a)");
  EXPECT_EQ(regions.item(kA, "never there"), "- (never)");
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_TRUE(regions.wire.empty());
}

TEST(ReplicaRule1, DeleteOfADeletedItemLeavesTheTombstoneAsItIs) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.remove(kA, "k");
  regions.advance(1000);
  EXPECT_EQ(regions.remove(kA, "k"), "no change");
  EXPECT_EQ(regions.item(kA, "k"), "- (+1us a)");
}

// ---- Rule 2: the whole item travels, in order, to every other member, at least once.

TEST(ReplicaRule2, ResultTravelsNotTheOperation) {
  Regions regions;
  regions.put_item(kA, "n",
                   Item{{"PK", AttributeValue::string("n")},
                        {"v", AttributeValue::number(Number::from_integer(10))}});
  regions.deliver_all();
  regions.advance(10);
  regions.update(kA, "n", add_to_v(1));
  regions.advance(10);
  regions.update(kB, "n", add_to_v(1));
  regions.deliver_all();
  // Both counted from 10, so one of the two increments is lost.
  EXPECT_EQ(regions.item(kA, "n"), "11 (+20us b)");
  EXPECT_EQ(regions.item(kB, "n"), "11 (+20us b)");
}

TEST(ReplicaRule2, EveryOtherMemberGetsTheChangeFromItsOrigin) {
  Regions regions({.regions = 3});
  regions.put(kB, "k", "x");
  ASSERT_EQ(regions.wire.size(), 2u);
  EXPECT_EQ(regions.wire[0].to, kA);
  EXPECT_EQ(regions.wire[1].to, kC);
  for (const Message& message : regions.wire) {
    EXPECT_EQ(message.from, kB);
    ASSERT_EQ(message.changes.size(), 1u);
    EXPECT_EQ(text_of(message.changes[0].image), "x");
    EXPECT_EQ(text_of(message.changes[0].version), "+0us b");
  }
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "x (+0us b)");
  EXPECT_EQ(regions.item(kC, "k"), "x (+0us b)");
}

TEST(ReplicaRule2, DeleteTravelsAsATombstone) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.remove(kA, "k");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "- (+1us a)");
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT k: - -> x, REPLICATION a",  //
                                        "REMOVE k: x -> -, REPLICATION a"}));
}

TEST(ReplicaRule2, DuplicateIsAppliedOnceAndAcknowledgedAgain) {
  Regions regions;
  regions.put(kA, "k", "x");
  const Message message = regions.take_message(kA, kB);
  regions.deliver(message);
  regions.lose_all();
  regions.deliver(message);
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT k: - -> x, REPLICATION a"}));
  EXPECT_EQ(regions.discards(kB), Lines{});
  ASSERT_EQ(regions.wire.size(), 1u);
  EXPECT_EQ(regions.wire[0].kind, MessageKind::kAcknowledgement);
  EXPECT_EQ(regions.wire[0].next_position, 1u);
}

TEST(ReplicaRule2, OverlappingBatchAddsOnlyItsNewPart) {
  Regions regions;
  regions.put(kA, "j", "x");
  Message both = regions.take_message(kA, kB);
  regions.deliver(both);
  regions.put(kA, "k", "y");
  const Message second = regions.take_message(kA, kB);
  Change change = second.changes[0];
  change.offset = 1;
  both.changes.push_back(change);
  both.next_position = 2;
  (void)regions.records(kB);
  regions.deliver(both);
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT k: - -> y, REPLICATION a"}));
  EXPECT_EQ(regions.table(kB).received_from(kA), 2u);
}

// A message that overtook another one is not applied: per-item order would be lost.
TEST(ReplicaRule2, GapIsReportedAndSentAgainInOrder) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.put(kA, "k", "y");
  const Message first = regions.take_message(kA, kB);
  regions.deliver_one(kA, kB);  // the second
  EXPECT_EQ(regions.item(kB, "k"), "- (never)");
  ASSERT_EQ(regions.wire.size(), 1u);
  EXPECT_TRUE(regions.wire[0].gap);
  EXPECT_EQ(regions.wire[0].next_position, 0u);
  regions.deliver_all();  // the first is sent again
  EXPECT_EQ(regions.item(kB, "k"), "y (+1us a)");
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT k: - -> x, REPLICATION a",  //
                                        "MODIFY k: x -> y, REPLICATION a"}));
  regions.deliver(first);
  EXPECT_EQ(regions.records(kB), Lines{});
}

TEST(ReplicaRule2, BatchKeepsTheOrderOfTheLog) {
  ReplicationOptions options;
  options.in_flight = 1;
  Regions regions({.replication = options});
  for (const char* v : {"1", "2", "3", "4"}) regions.put(kA, "k", v);
  regions.deliver_one(kA, kB);
  regions.deliver_one(kB, kA);
  ASSERT_EQ(regions.wire.size(), 1u);
  EXPECT_EQ(regions.wire[0].changes.size(), 3u);  // waited for the acknowledgement together
  regions.deliver_all();
  EXPECT_EQ(regions.records(kB),
            (Lines{"INSERT k: - -> 1, REPLICATION a", "MODIFY k: 1 -> 2, REPLICATION a",
                   "MODIFY k: 2 -> 3, REPLICATION a", "MODIFY k: 3 -> 4, REPLICATION a"}));
}

TEST(ReplicaRule2, BatchIsNeverLargerThanTheOptionSays) {
  ReplicationOptions options;
  options.in_flight = 1;
  options.batch = 3;
  Regions regions({.replication = options});
  for (int i = 0; i < 8; ++i) regions.put(kA, std::to_string(i), "x");
  std::vector<std::size_t> sizes;
  while (!regions.wire.empty()) {
    const Message message = regions.take_message(kA, kB);
    sizes.push_back(message.changes.size());
    regions.deliver(message);
    regions.deliver_between(kB, kA);
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 3, 3, 1}));
  EXPECT_TRUE(regions.table(kA).sender().drained());
}

// ---- Rule 3: the larger version wins, and the receiver tells what it saw happen to its own item.

TEST(ReplicaRule3, LaterTimestampWinsWhicheverComesFirst) {
  for (const bool older_first : {true, false}) {
    Regions regions({.regions = 3});
    regions.put(kA, "k", "older");
    regions.advance(1);
    regions.put(kB, "k", "newer");
    regions.deliver_between(older_first ? kA : kB, kC);
    regions.deliver_between(older_first ? kB : kA, kC);
    EXPECT_EQ(regions.item(kC, "k"), "newer (+1us b)") << older_first;
  }
}

TEST(ReplicaRule3, EqualTimestampsAreDecidedByTheRegionsName) {
  for (const bool larger_first : {true, false}) {
    Regions regions({.regions = 3});
    regions.put(kA, "k", "of a");
    regions.put(kB, "k", "of b");
    regions.deliver_between(larger_first ? kB : kA, kC);
    regions.deliver_between(larger_first ? kA : kB, kC);
    regions.deliver_all();
    for (const RegionId region : {kA, kB, kC}) {
      EXPECT_EQ(regions.item(region, "k"), "of b (+0us b)") << larger_first;
    }
  }
}

TEST(ReplicaRule3, EventFollowsTheLocalTransitionAndTheOldImageIsLocal) {
  Regions regions({.regions = 3});
  // c sees only the second write of a: an update there, the first it hears of the item here.
  regions.put(kA, "k", "1");
  const Message first = regions.take_message(kA, kC);
  regions.put(kB, "k", "b");
  regions.deliver_between(kB, kC);
  regions.deliver_all();
  regions.deliver(first);
  regions.advance(10);
  regions.put(kA, "k", "2");
  regions.deliver_all();
  EXPECT_EQ(regions.records(kC), (Lines{"INSERT k: - -> b, REPLICATION b",  //
                                        "MODIFY k: b -> 2, REPLICATION a"}));
}

TEST(ReplicaRule3, RecordIsTaggedWithTheOriginAndItsVersion) {
  Regions regions;
  regions.advance(7);
  regions.put(kA, "k", "x");
  regions.deliver_one(kA, kB);
  const StreamRecord& record = regions.last_effects.records.at(0).record;
  EXPECT_EQ(record.origin, OriginKind::kReplication);
  EXPECT_EQ(text_of(record.version), "+7us a");
}

TEST(ReplicaRule3, LosingChangeLeavesNoRecordAndIsInTheLedger) {
  Regions regions;
  regions.put(kA, "k", "older");
  regions.advance(1);
  regions.put(kB, "k", "newer");
  (void)regions.records(kB);
  regions.deliver_one(kA, kB);
  EXPECT_EQ(regions.item(kB, "k"), "newer (+1us b)");
  EXPECT_EQ(regions.records(kB), Lines{});
  EXPECT_EQ(regions.quiet(kB), Lines{});
  EXPECT_EQ(regions.discards(kB), (Lines{"k: +0us a for +1us b"}));
  // Acknowledged all the same: it must not be sent for ever.
  EXPECT_EQ(regions.table(kB).received_from(kA), 1u);
}

TEST(ReplicaRule3, LatePutOlderThanADeleteStaysDeleted) {
  Regions regions({.regions = 3});
  regions.put(kA, "k", "x");
  regions.deliver_between(kA, kB);
  regions.advance(10);
  regions.remove(kB, "k");
  regions.deliver_between(kB, kC);
  EXPECT_EQ(regions.item(kC, "k"), "- (+10us b)");
  regions.deliver_between(kA, kC);
  EXPECT_EQ(regions.item(kC, "k"), "- (+10us b)");
  EXPECT_EQ(regions.records(kC), Lines{});
}

TEST(ReplicaRule3, DeleteOlderThanAPutIsDiscarded) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.deliver_all();
  regions.advance(10);
  regions.remove(kA, "k");
  regions.advance(10);
  regions.put(kB, "k", "y");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "y (+20us b)");
  EXPECT_EQ(regions.item(kB, "k"), "y (+20us b)");
}

// The table looks the same afterwards, so a record would tell of a change that nobody can see.
TEST(ReplicaRule3, EqualItemRaisesTheVersionWithoutARecord) {
  Regions regions;
  regions.put(kA, "k", "same");
  regions.advance(10);
  regions.put(kB, "k", "same");
  (void)regions.records(kA);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "same (+10us b)");
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_EQ(regions.quiet(kA), (Lines{"k +10us b"}));
}

TEST(ReplicaRule3, TombstoneForAnUnknownItemIsKeptWithoutARecord) {
  Regions regions({.regions = 3});
  regions.put(kA, "k", "x");
  regions.deliver_between(kA, kB);
  regions.advance(10);
  regions.remove(kB, "k");
  regions.deliver_between(kB, kC);
  EXPECT_EQ(regions.records(kC), Lines{});
  EXPECT_EQ(regions.quiet(kC), (Lines{"k +10us b"}));
  EXPECT_EQ(regions.item(kC, "k"), "- (+10us b)");
}

TEST(ReplicaRule3, RecordTimeIsTheReceiversUnlessToldOtherwise) {
  for (const bool origin_time : {false, true}) {
    Regions regions({.origin_record_time = origin_time});
    regions.put(kA, "k", "x");
    regions.advance(5 * kSecond);
    regions.deliver_one(kA, kB);
    const EmittedRecord& emitted = regions.last_effects.records.at(0);
    EXPECT_EQ(emitted.record.created_at, kStart + Duration{origin_time ? 0 : 5 * kSecond});
    // Retention counts from the append, lag from the commit at the origin, in both cases.
    EXPECT_EQ(emitted.record.appended_at, Instant{5 * kSecond});
    EXPECT_EQ(emitted.committed_at, Instant{0});
  }
}

// ---- Rule 4: no relay.

TEST(ReplicaRule4, ReplicatedChangeIsNotShippedOn) {
  Regions regions({.regions = 3});
  regions.put(kA, "k", "x");
  regions.lose_between(kA, kC);
  regions.deliver_one(kA, kB);
  ASSERT_EQ(regions.wire.size(), 1u);
  EXPECT_EQ(regions.wire[0].kind, MessageKind::kAcknowledgement);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kC, "k"), "- (never)");
  EXPECT_EQ(regions.table(kB).sender().log_end(), 0u);
}

// ---- Rule 5: the backlog stays until it is acknowledged.

TEST(ReplicaRule5, LostMessagesAreSentAgainAfterSilence) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.lose_all();
  EXPECT_EQ(regions.last_effects.wake_at, Instant{kSecond});
  regions.advance(kSecond - 1);
  EXPECT_TRUE(regions.wire.empty());
  regions.advance(1);
  EXPECT_EQ(regions.wire.size(), 1u);
  regions.deliver_all();
  EXPECT_EQ(regions.item(kB, "k"), "x (+0us a)");
  EXPECT_TRUE(regions.table(kA).sender().drained());
}

TEST(ReplicaRule5, LostAcknowledgementCostsARepetitionAndNothingElse) {
  Regions regions;
  regions.put(kA, "k", "x");
  regions.deliver_one(kA, kB);
  regions.lose_all();
  regions.advance(kSecond);
  regions.deliver_all();
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT k: - -> x, REPLICATION a"}));
  EXPECT_TRUE(regions.table(kA).sender().drained());
}

TEST(ReplicaRule5, NothingIsDroppedBecauseTimePassed) {
  Regions regions;
  for (int i = 0; i < 1000; ++i) {
    regions.put(kA, std::to_string(i), "x");
    regions.lose_all();
  }
  for (int day = 0; day < 30; ++day) {
    regions.advance(kDay);
    regions.lose_all();
  }
  EXPECT_EQ(regions.table(kA).sender().backlog(), 1000u);
  regions.advance(kDay);
  regions.deliver_all();
  EXPECT_EQ(regions.records(kB).size(), 1000u);
  EXPECT_EQ(regions.contents(kA), regions.contents(kB));
  EXPECT_EQ(regions.table(kA).sender().backlog(), 0u);
}

// One member that hears nothing keeps the log, and does not hold up the others.
TEST(ReplicaRule5, SlowMemberHoldsUpNobodyElse) {
  Regions regions({.regions = 3});
  for (int i = 0; i < 500; ++i) {
    regions.put(kA, std::to_string(i), "x");
    regions.lose_between(kA, kC);
    regions.deliver_all();
  }
  EXPECT_EQ(regions.records(kB).size(), 500u);
  EXPECT_EQ(regions.table(kA).sender().acknowledged_by(kB), 500u);
  EXPECT_EQ(regions.table(kA).sender().backlog(), 500u);
  regions.table(kA).remove_member(kC);
  EXPECT_EQ(regions.table(kA).sender().backlog(), 0u);
}

TEST(ReplicaRule5, UnacknowledgedMessagesAreBounded) {
  ReplicationOptions options;
  options.in_flight = 4;
  Regions regions({.replication = options});
  for (int i = 0; i < 100; ++i) regions.put(kA, std::to_string(i), "x");
  EXPECT_EQ(regions.wire.size(), 4u);
  // After silence there is one message until an answer comes.
  regions.lose_all();
  regions.advance(kSecond);
  EXPECT_EQ(regions.wire.size(), 1u);
  regions.deliver_all();
  EXPECT_EQ(regions.contents(kA), regions.contents(kB));
}

}  // namespace
}  // namespace gtsim::replica_fixture
