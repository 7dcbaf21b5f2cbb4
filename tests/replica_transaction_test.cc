// Transactions: all or nothing at home, item by item everywhere else.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

class ReplicaTransaction : public testing::Test {
 protected:
  Operation put(std::string_view key, std::string_view v, const Condition& condition = {}) {
    return regions.put_operation(key, item_of(key, v), condition);
  }
  Operation of_kind(WriteKind kind, std::string_view key, const Condition& condition = {}) {
    Operation operation;
    operation.kind = kind;
    operation.key = regions.key(key);
    operation.condition = Regions::shared(condition);
    return operation;
  }
  Operation update(std::string_view key, const Update& change) {
    Operation operation = of_kind(WriteKind::kUpdate, key);
    operation.update = std::make_shared<const Update>(change);
    return operation;
  }

  Regions regions{Options{.replication = one_at_a_time()}};
  const Condition must_exist = exists();
  const Condition must_not_exist = not_exists();

 private:
  static ReplicationOptions one_at_a_time() {
    ReplicationOptions options;
    options.batch = 1;
    return options;
  }
};

TEST_F(ReplicaTransaction, EveryChangedItemHasItsOwnRecord) {
  regions.put(kA, "old", "x");
  (void)regions.records(kA);
  EXPECT_EQ(
      regions.transact(kA, {put("new", "1"), put("old", "2"), of_kind(WriteKind::kDelete, "absent"),
                            of_kind(WriteKind::kCheck, "checked", must_not_exist)}),
      "ok");
  EXPECT_EQ(regions.records(kA), (Lines{"INSERT new: - -> 1, APPLICATION a",  //
                                        "MODIFY old: x -> 2, APPLICATION a"}));
  EXPECT_EQ(regions.table(kA).sender().log_end(), 3u);
}

TEST_F(ReplicaTransaction, OneFailedConditionCancelsEverything) {
  regions.put(kA, "there", "x");
  regions.deliver_all();
  (void)regions.records(kA);
  EXPECT_EQ(regions.transact(kA, {put("new", "1"), put("there", "2", must_not_exist),
                                  of_kind(WriteKind::kDelete, "there2")}),
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[None, ConditionalCheckFailed, None]");
  EXPECT_EQ(regions.item(kA, "new"), "- (never)");
  EXPECT_EQ(regions.item(kA, "there"), "x (+0us a)");
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_TRUE(regions.wire.empty());
}

TEST_F(ReplicaTransaction, FailedCheckCancelsTheWrites) {
  EXPECT_EQ(
      regions.transact(kA, {put("new", "1"), of_kind(WriteKind::kCheck, "absent", must_exist)}),
      "Transaction cancelled, please refer cancellation reasons for specific reasons "
      "[None, ConditionalCheckFailed]");
  EXPECT_EQ(regions.item(kA, "new"), "- (never)");
}

TEST_F(ReplicaTransaction, EachReasonIsNamed) {
  regions.put(kA, "text", "x");
  const Update add_one = add_to_v(1);
  EXPECT_EQ(regions.transact(
                kA, {update("text", add_one), put("new", "1", must_exist), put("other", "1")}),
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[ValidationError, ConditionalCheckFailed, None]");
}

TEST_F(ReplicaTransaction, CheckThatHoldsChangesNothing) {
  regions.put(kA, "k", "x");
  (void)regions.records(kA);
  EXPECT_EQ(regions.transact(kA, {of_kind(WriteKind::kCheck, "k", must_exist)}), "ok");
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_EQ(regions.item(kA, "k"), "x (+0us a)");
}

// "Other regions may see it in part": two of its items arrive, the third is still on its way.
TEST_F(ReplicaTransaction, ArrivesElsewhereItemByItem) {
  EXPECT_EQ(regions.transact(kA, {put("1", "x"), put("2", "x"), put("3", "x")}), "ok");
  ASSERT_EQ(regions.wire.size(), 3u);
  regions.deliver_one(kA, kB);
  regions.deliver_one(kA, kB);
  EXPECT_EQ(regions.item(kB, "1"), "x (+0us a)");
  EXPECT_EQ(regions.item(kB, "2"), "x (+0us a)");
  EXPECT_EQ(regions.item(kB, "3"), "- (never)");
  regions.deliver_all();
  EXPECT_EQ(regions.contents(kA), regions.contents(kB));
}

// One item of it loses to a later write elsewhere; the others stand.
TEST_F(ReplicaTransaction, CanBeTornForGoodByAConcurrentWrite) {
  regions.transact(kA, {put("1", "a"), put("2", "a")});
  regions.advance(1);
  regions.put(kB, "2", "b");
  regions.deliver_all();
  for (const RegionId region : {kA, kB}) {
    EXPECT_EQ(regions.item(region, "1"), "a (+0us a)");
    EXPECT_EQ(regions.item(region, "2"), "b (+1us b)");
  }
}

TEST_F(ReplicaTransaction, IsRefusedWhereTheReplicaIsNotActive) {
  regions.table(kA).set_status(ReplicaStatus::kCreating);
  EXPECT_EQ(regions.transact(kA, {put("1", "a")}),
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[ResourceNotFound]");
}

// A transaction that fails for want of capacity must do nothing at all.
TEST_F(ReplicaTransaction, ThrottledPartCancelsEverything) {
  regions.table(kA).set_capacity(2, regions.now);
  EXPECT_EQ(regions.transact(kA, {put("1", "a"), put("2", "a"), put("3", "a")}),
            "Transaction cancelled, please refer cancellation reasons for specific reasons "
            "[None, None, ThrottlingError]");
  EXPECT_EQ(regions.records(kA), Lines{});
  regions.advance(kSecond);
  EXPECT_EQ(regions.transact(kA, {put("1", "a"), put("2", "a")}), "ok");
}

}  // namespace
}  // namespace gtsim::replica_fixture
