// What DescribeTable shows while tables and replicas come and go: one status after the other, in
// each region, with the times at which they change. The sequences are those that were seen of the
// service.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/control_world.h"

namespace gtsim::control_world {
namespace {

const RegionId kA = World::id(0), kB = World::id(1), kC = World::id(2);
constexpr Duration kSecond{1'000'000};

using Line = std::vector<std::string>;

// "6.0 a UPDATING [b CREATING]": every change of what `region` shows, for `length`.
std::map<RegionId, Line> watch(World& world, Duration length) {
  std::map<RegionId, Line> seen;
  std::map<RegionId, std::string> latest;
  const Instant begin = world.now;
  for (Duration t{0}; t <= length; t += kSecond / 10) {
    world.run_until(begin + t + kSecond / 20);
    for (std::size_t i = 0; i < world.size(); ++i) {
      const RegionId region = World::id(static_cast<int>(i));
      std::string now = world.describe(region);
      if (now == latest[region]) continue;
      seen[region].push_back(std::to_string(t / kSecond) + " " + now);
      latest[region] = std::move(now);
    }
  }
  return seen;
}

std::string answer(const World& world, std::uint64_t tag) {
  return world.replies[tag].value_or("none yet");
}

TEST(TableStatus, AReplicaOfAnEmptyTableComes) {
  World world({.regions = 2, .durations = kServiceDurations});
  EXPECT_EQ(world.describe(kA), "a ACTIVE");
  const auto tag = world.order(kA, AddReplicaOrder{kB, {}});
  const auto seen = watch(world, 40 * kSecond);
  EXPECT_EQ(answer(world, tag), "ok");
  EXPECT_EQ(seen.at(kA),
            (Line{"0 a UPDATING []", "6 a UPDATING [b CREATING]", "22 a ACTIVE [b ACTIVE]"}));
  EXPECT_EQ(seen.at(kB), (Line{"0 -", "10 b CREATING [a ACTIVE]", "22 b ACTIVE [a ACTIVE]"}));
}

TEST(TableStatus, AReplicaOfATableWithItemsComes) {
  World world({.regions = 3, .members = {0, 2}, .durations = kServiceDurations});
  for (int i = 0; i < 40; ++i) world.put(kA, i, i);
  world.run_for(kSecond);
  (void)world.order(kA, AddReplicaOrder{kB, {}});
  const auto seen = watch(world, 700 * kSecond);
  EXPECT_EQ(seen.at(kA),
            (Line{"0 a UPDATING [c ACTIVE]", "27 a ACTIVE [c ACTIVE, b CREATING]",
                  "270 a UPDATING [c ACTIVE, b CREATING]", "570 a ACTIVE [c ACTIVE, b ACTIVE]"}));
  EXPECT_EQ(seen.at(kB), (Line{"0 -", "65 b CREATING [a ACTIVE, c ACTIVE]",
                               "570 b ACTIVE [a ACTIVE, c ACTIVE]"}));
  EXPECT_EQ(seen.at(kC),
            (Line{"0 c UPDATING [a ACTIVE]", "27 c ACTIVE [a ACTIVE, b CREATING]",
                  "270 c UPDATING [a ACTIVE, b CREATING]", "570 c ACTIVE [a ACTIVE, b ACTIVE]"}));
  EXPECT_EQ(world.faults(), "");
}

TEST(TableStatus, TheLastButOneReplicaGoes) {
  for (const bool by_itself : {false, true}) {
    World world({.regions = 2, .members = {0, 1}, .durations = kServiceDurations});
    (void)(by_itself ? world.order(kB, DeleteTableOrder{})
                     : world.order(kA, RemoveReplicaOrder{kB, {}}));
    const auto seen = watch(world, 150 * kSecond);
    EXPECT_EQ(seen.at(kA), (Line{"0 a UPDATING [b ACTIVE]", "31 a ACTIVE [b DELETING]",
                                 "119 a UPDATING [b DELETING]", "122 a ACTIVE"}));
    EXPECT_EQ(seen.at(kB), (Line{"0 b UPDATING [a ACTIVE]", "31 b DELETING [a ACTIVE]",
                                 "122 b DELETING []", "134 -"}));
  }
}

TEST(TableStatus, WhoLeavesAGroupOfThreeIsForgottenBeforeItIsGone) {
  World world({.regions = 3, .members = {0, 1, 2}, .durations = kServiceDurations});
  (void)world.order(kA, RemoveReplicaOrder{kB, {}});
  world.run_for(125 * kSecond);
  EXPECT_EQ(world.describe(kA), "a ACTIVE [c ACTIVE]");
  EXPECT_EQ(world.describe(kC), "c ACTIVE [a ACTIVE]");
  EXPECT_EQ(world.describe(kB), "b DELETING []");
  EXPECT_EQ(answer(world, world.order(kB, ChangeStreamOrder{})),
            "in-use: Attempt to change a resource which is still in use: Table is being deleted: "
            "t");
  const auto too_early = world.order(kA, AddReplicaOrder{kB, {}});
  world.run_for(kSecond);
  EXPECT_EQ(answer(world, too_early),
            "invalid: Failed to create a the new replica of table with name: ‘t’ because one or "
            "more replicas already existed as tables.")
      << "B says so";
  EXPECT_EQ(answer(world, world.order(kC, RemoveReplicaOrder{kB, {}})),
            "invalid: Update global table operation failed because one or more replicas were not "
            "part of the global table. Please retry the request without these replicas: [b].");
  world.run_for(12 * kSecond);
  EXPECT_EQ(world.describe(kB), "-");
  const auto again = world.order(kA, AddReplicaOrder{kB, {}});
  world.run_for(kSecond);
  EXPECT_EQ(answer(world, again), "ok");
}

TEST(TableStatus, AHiddenReplicaIsNoMemberYet) {
  World world({.regions = 3, .durations = kServiceDurations});
  (void)world.order(kA, AddReplicaOrder{kB, {}});
  world.run_for(3 * kSecond);
  EXPECT_EQ(answer(world, world.order(kA, RemoveReplicaOrder{kB, {}})),
            "invalid: Update global table operation failed because one or more replicas were not "
            "part of the global table. Please retry the request without these replicas: [b].");
  EXPECT_EQ(answer(world, world.order(kA, AddReplicaOrder{kC, {}})),
            "in-use: The resource which you are attempting to change is in use.");
  EXPECT_EQ(answer(world, world.order(kA, ChangeStreamOrder{})),
            "invalid: One or more parameter values were invalid: Disabling Stream is not allowed "
            "for a Global Table replica.")
      << "the stream is there from the acceptance on";
  world.run_for(5 * kSecond);
  EXPECT_EQ(answer(world, world.order(kA, AddReplicaOrder{kB, {}})),
            "in-use: Global table with name: 't' already exists with replicas in regions: a, b.");
}

TEST(TableStatus, ATableOfOneRegion) {
  World world({.regions = 1, .members = {}, .durations = kServiceDurations});
  (void)world.order(kA, CreateTableOrder{});
  EXPECT_EQ(watch(world, 5 * kSecond).at(kA), (Line{"0 a CREATING", "2 a ACTIVE"}));
  (void)world.order(kA, ChangeStreamOrder{StreamViewType::kNewImage, {}});
  EXPECT_EQ(watch(world, 9 * kSecond).at(kA), (Line{"0 a UPDATING", "4 a ACTIVE"}));
  (void)world.order(kA, DeleteTableOrder{});
  EXPECT_EQ(watch(world, 9 * kSecond).at(kA), (Line{"0 a DELETING", "5 -"}));
}

TEST(TableStatus, EverySequenceOfTheServiceIsAlsoShort) {
  World world({.regions = 2, .durations = kShortDurations});
  for (int i = 0; i < 10; ++i) world.put(kA, i, i);
  (void)world.order(kA, AddReplicaOrder{kB, {}});
  EXPECT_EQ(watch(world, 3 * kSecond).at(kA),
            (Line{"0 a UPDATING []", "0 a ACTIVE [b CREATING]", "0 a UPDATING [b CREATING]",
                  "1 a ACTIVE [b ACTIVE]"}));
  (void)world.order(kA, RemoveReplicaOrder{kB, {}});
  EXPECT_EQ(watch(world, 3 * kSecond).at(kA),
            (Line{"0 a UPDATING [b ACTIVE]", "0 a ACTIVE [b DELETING]", "0 a UPDATING [b DELETING]",
                  "0 a ACTIVE"}));
}

TEST(TableStatus, TheCopyTellsHowFarItIs) {
  World world({.regions = 2});
  for (int i = 0; i < 1000; ++i) world.put(kA, i, i);
  (void)world.order(kA, AddReplicaOrder{kB, kSecond, 100});
  world.run_for(5 * kSecond);
  const auto seen = world.control(kA).describe(replica_fixture::kTable, world.now);
  ASSERT_TRUE(seen && seen->replicas.size() == 1);
  ASSERT_TRUE(seen->replicas[0].progress_percent);
  EXPECT_GT(*seen->replicas[0].progress_percent, 30);
  EXPECT_LT(*seen->replicas[0].progress_percent, 70);
  EXPECT_TRUE(world.settle());
  EXPECT_FALSE(
      world.control(kA).describe(replica_fixture::kTable, world.now)->replicas[0].progress_percent);
}

TEST(TableStatus, ProtectionIsOfOneRegionAndKeepsTheGroupBusy) {
  World alone({.regions = 1, .durations = kServiceDurations});
  EXPECT_EQ(answer(alone, alone.order(kA, ChangeProtectionOrder{true, {}})), "ok");
  EXPECT_EQ(alone.describe(kA), "a ACTIVE") << "at once";
  EXPECT_EQ(answer(alone, alone.order(kA, DeleteTableOrder{})),
            "invalid: Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first.");
  EXPECT_EQ(answer(alone, alone.order(kA, ChangeProtectionOrder{false, {}})), "ok");
  EXPECT_EQ(answer(alone, alone.order(kA, DeleteTableOrder{})), "ok");

  World world({.regions = 3, .members = {0, 1}, .durations = kServiceDurations});
  const auto tag = world.order(kB, ChangeProtectionOrder{true, {}});
  const auto seen = watch(world, 50 * kSecond);
  EXPECT_EQ(answer(world, tag), "ok");
  EXPECT_EQ(seen.at(kA), (Line{"0 a UPDATING [b ACTIVE]", "36 a ACTIVE [b ACTIVE]"}));
  EXPECT_EQ(seen.at(kB), (Line{"0 b UPDATING [a ACTIVE]", "36 b ACTIVE [a ACTIVE]"}));
  const char* const refused =
      "invalid: Cannot delete table t in region b because it has deletion protection enabled. "
      "Disable deletion protection first.";
  EXPECT_EQ(answer(world, world.order(kB, DeleteTableOrder{})), refused);
  const auto from_a = world.order(kA, RemoveReplicaOrder{kB, {}});
  world.run_for(kSecond);
  EXPECT_EQ(answer(world, from_a), refused) << "it is asked, and knows";
  EXPECT_TRUE(world.settle());

  const auto again = world.order(kA, ChangeProtectionOrder{true, {}});
  world.run_for(kSecond);
  EXPECT_EQ(answer(world, again), "ok");
  EXPECT_EQ(answer(world, world.order(kA, AddReplicaOrder{kC, {}})),
            "in-use: The resource which you are attempting to change is in use.");
  EXPECT_TRUE(world.settle());
  (void)world.order(kA, AddReplicaOrder{kC, kSecond});
  EXPECT_TRUE(world.settle());
  EXPECT_FALSE(world.control(kC).describe(replica_fixture::kTable, world.now)->deletion_protection)
      << "not handed on to a new replica";
}

}  // namespace
}  // namespace gtsim::control_world
