// The rules of the control plane as one table: what a region knows, what it is asked, what it
// answers. Texts and cases: recorded answers of the service (UpdateTable, DeleteTable), 2026.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "region-node/control_plane/rules.h"

namespace gtsim {
namespace {

constexpr RegionId kA{0}, kB{1}, kC{2}, kD{3};
const std::vector<std::string> kNames{"us-east-1", "us-west-2", "eu-west-1", "ap-south-1"};
constexpr auto kCreating = ReplicaStatus::kCreating;
constexpr auto kActive = ReplicaStatus::kActive;
constexpr auto kDeleting = ReplicaStatus::kDeleting;

class ControlRules : public testing::Test {
 protected:
  ControlRules() {
    view_.table = "t";
    view_.region_names = kNames;
    view_.asked = kA;
    view_.now = Instant{} + Duration{100LL * 3600 * 1'000'000};
    view_.members = {{kA, kActive}};
    view_.stream = {true, "2026-10-08T23:07:31.275", std::nullopt};
  }

  // "ok", or the outcome and the text.
  std::string ask(ControlOrder order) const {
    const auto refusal = refusal_of(view_, order);
    if (!refusal) return "ok";
    return std::string{to_text(order_outcome_of(refusal->error))} + ": " + refusal->error.detail;
  }
  std::string add(RegionId region) const { return ask({kTable, AddReplicaOrder{region, {}}}); }
  std::string remove(RegionId region) const {
    return ask({kTable, RemoveReplicaOrder{region, {}}});
  }
  std::string leave() const { return ask({kTable, DeleteTableOrder{}}); }
  std::string enable() const {
    return ask({kTable, ChangeStreamOrder{StreamViewType::kNewImage, {}}});
  }
  std::string disable() const { return ask({kTable, ChangeStreamOrder{}}); }

  static constexpr TableId kTable{0};
  TableView view_;
};

const char* const kBusy = "in-use: The resource which you are attempting to change is in use.";
const char* const kNoTable = "not-found: Requested resource not found: Table: t not found";
const char* const kIsThere =
    "invalid: Failed to create a the new replica of table with name: ‘t’ because one or more "
    "replicas already existed as tables.";
const char* const kLocal =
    "invalid: Cannot add or delete the local region through ReplicaUpdates. Use CreateTable, "
    "DeleteTable, or UpdateTable as required.";
const char* const kLocked =
    "invalid: Replica cannot be deleted because it has acted as a source region for new replica(s) "
    "being added to the table in the last 24 hours.";

TEST_F(ControlRules, WhatATableInOneRegionTakes) {
  EXPECT_EQ(add(kB), "ok");
  EXPECT_EQ(add(kA), kLocal);
  EXPECT_EQ(remove(kA), kLocal);
  EXPECT_EQ(remove(kB),
            "invalid: Update global table operation failed because one or more replicas were not "
            "part of the global table. Please retry the request without these replicas: "
            "[us-west-2].");
  EXPECT_EQ(leave(), "ok");
  EXPECT_EQ(disable(), "ok");
  EXPECT_EQ(enable(), "invalid: Table already has an enabled stream: TableName: t");
  view_.stream.enabled = false;
  EXPECT_EQ(enable(), "ok");
  EXPECT_EQ(disable(), "invalid: Table has no stream to disable: TableName: t");
}

TEST_F(ControlRules, ARegionWithoutTheTableSaysSoWhateverItIsAsked) {
  view_.asked = kB;
  for (const std::string& answer : {add(kC), add(kB), remove(kA), leave(), enable(), disable()}) {
    EXPECT_EQ(answer, kNoTable);
  }
}

TEST_F(ControlRules, MembersOfAGroup) {
  view_.members = {{kA, kActive}, {kB, kActive}};
  EXPECT_EQ(add(kB), kIsThere);
  EXPECT_EQ(add(kC), "ok");
  EXPECT_EQ(remove(kB), "ok");
  EXPECT_EQ(leave(), "ok");
  EXPECT_EQ(enable(), "invalid: Table already has an enabled stream: TableName: t");
  EXPECT_EQ(disable(),
            "invalid: One or more parameter values were invalid: Disabling Stream is not allowed "
            "for a Global Table replica.");
}

TEST_F(ControlRules, WhileAReplicaIsAdded) {
  view_.members = {{kA, kActive}, {kC, kActive}, {kB, kCreating}};
  view_.copies = {{kA, kB, view_.now}};
  view_.membership_changes = true;
  EXPECT_EQ(add(kD), kBusy);
  EXPECT_EQ(add(kB),
            "in-use: Global table with name: 't' already exists with replicas in regions: "
            "eu-west-1, us-east-1, us-west-2.");
  EXPECT_EQ(remove(kB), kBusy);  // there is no cancelling
  EXPECT_EQ(remove(kC), kBusy);
  EXPECT_EQ(leave(), kLocked) << "the lock before the busy group";
  view_.asked = kC;
  EXPECT_EQ(remove(kA), kBusy) << "the busy group before the lock";
  EXPECT_EQ(leave(), kBusy);
  view_.asked = kB;
  const char* const being_added =
      "invalid: Create/Update/Delete of replica is not allowed while the replica is being added to "
      "table with name: ‘t’ in region: ‘US-WEST-2’.";
  EXPECT_EQ(add(kD), being_added);
  EXPECT_EQ(remove(kC), being_added);
  EXPECT_EQ(remove(kA), kLocked);
  EXPECT_EQ(leave(),
            "in-use: Attempt to change a resource which is still in use: Table: t is being used.");
}

TEST_F(ControlRules, WhileAReplicaIsRemoved) {
  view_.members = {{kA, kActive}, {kC, kActive}, {kB, kDeleting}};
  view_.membership_changes = true;
  EXPECT_EQ(add(kD), kBusy);
  EXPECT_EQ(add(kB), kIsThere) << "not before it is gone";
  EXPECT_EQ(remove(kB), kBusy);
  EXPECT_EQ(leave(), kBusy);
  view_.asked = kB;
  EXPECT_EQ(leave(), kBusy);
}

TEST_F(ControlRules, TheSourceOfANewReplicaStaysForADay) {
  view_.members = {{kA, kActive}, {kB, kActive}, {kC, kActive}};
  view_.copies = {{kA, kB, view_.now - kSourceLock + Duration{1}}, {kB, kC, view_.now}};
  EXPECT_EQ(leave(), kLocked);
  EXPECT_EQ(remove(kB), kLocked) << "C was copied from it";
  EXPECT_EQ(remove(kC), "ok") << "the leaf first";
  view_.asked = kC;
  EXPECT_EQ(remove(kA), kLocked);
  EXPECT_EQ(leave(), "ok");
  view_.copies = {{kA, kB, view_.now - kSourceLock}};
  EXPECT_EQ(remove(kA), "ok") << "a day has passed";
  view_.copies = {};
  EXPECT_EQ(remove(kB), "ok") << "its copy is gone";
  view_.copies = {{kA, kB, view_.now}};
  view_.source_lock = Duration{0};
  EXPECT_EQ(remove(kA), "ok") << "the option lifts it";
}

TEST_F(ControlRules, WhileAStreamIsSwitched) {
  for (const bool on : {true, false}) {
    view_.stream.changes_to_enabled = on;
    const std::string busy =
        std::string{
            "in-use: Attempt to change a resource which is still in use: A stream status "
            "change is currently in progress. Table: t Stream: 2026-10-08T23:07:31.275 "
            "Operation: "} +
        (on ? "ENABLE" : "DISABLE");
    EXPECT_EQ(enable(), busy);
    EXPECT_EQ(disable(), busy);
    EXPECT_EQ(add(kB), kBusy);
    EXPECT_EQ(
        leave(),
        "in-use: Attempt to change a resource which is still in use: Cannot delete table while "
        "stream is being enabled/disabled.");
  }
}

TEST_F(ControlRules, WhileATableIsCreatedOrDeleted) {
  const std::string in_use = "in-use: Attempt to change a resource which is still in use: ";
  view_.members = {{kA, kCreating}};
  EXPECT_EQ(leave(), in_use + "Table is being created: t");
  EXPECT_EQ(disable(), in_use + "Table is being created: t");
  view_.members = {{kA, kDeleting}};
  EXPECT_EQ(leave(), in_use + "Table is being deleted: t");
  EXPECT_EQ(enable(), in_use + "Table is being deleted: t");
}

// What passes by itself, a scenario may ask for without a word.
TEST_F(ControlRules, WhatPassesByItself) {
  const auto passes = [&](const ControlOrder& order) { return refusal_of(view_, order)->passes; };
  view_.members = {{kA, kActive}, {kB, kCreating}};
  view_.copies = {{kA, kB, view_.now}};
  view_.membership_changes = true;
  EXPECT_TRUE(passes({kTable, AddReplicaOrder{kC, {}}}));
  EXPECT_TRUE(passes({kTable, DeleteTableOrder{}}));
  EXPECT_FALSE(passes({kTable, AddReplicaOrder{kA, {}}}));
  EXPECT_FALSE(passes({kTable, RemoveReplicaOrder{kC, {}}}));
  EXPECT_FALSE(passes({kTable, ChangeStreamOrder{}}));
}

}  // namespace
}  // namespace gtsim
