// The control planes of a group: what both sides show while a replica comes and goes, who wins when
// several are asked at once, and that nothing is missing or stuck in the end whatever happened to
// messages, links and regions meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/control_world.h"

namespace gtsim::control_world {
namespace {

const RegionId kA = World::id(0), kB = World::id(1), kC = World::id(2), kD = World::id(3);
constexpr Duration kMillisecond{1'000};
constexpr Duration kSecond{1'000'000};
constexpr Duration kMinute{60'000'000};

AddReplicaOrder add(RegionId region, Duration takes = 20 * kSecond, std::int64_t rate = 1000) {
  return {region, takes, rate};
}
RemoveReplicaOrder remove(RegionId region, Duration takes = 120 * kSecond) {
  return {region, takes};
}
std::string answer(const World& world, std::uint64_t tag) {
  return world.replies[tag].value_or("none yet");
}
const char* const kBusy = "in-use: The resource which you are attempting to change is in use.";

TEST(ControlPlane, AReplicaIsAdded) {
  World world({.regions = 3, .members = {0, 1}});
  for (int i = 0; i < 50; ++i) world.put(kA, i, i);
  world.run_for(kSecond);
  const auto tag = world.order(kA, add(kC));
  EXPECT_EQ(answer(world, tag), "none yet") << "the others are asked first";
  world.run_for(12 * kMillisecond);
  EXPECT_EQ(answer(world, tag), "ok");
  EXPECT_EQ(world.describe(kA), "a UPDATING [b ACTIVE, c CREATING]");
  EXPECT_EQ(world.describe(kC), "-");
  world.run_for(20 * kMillisecond);
  EXPECT_EQ(world.describe(kB), "b UPDATING [a ACTIVE, c CREATING]");
  EXPECT_EQ(world.describe(kC), "c CREATING [a ACTIVE, b ACTIVE]");
  EXPECT_FALSE(world.put(kC, 1, 1));
  EXPECT_TRUE(world.put(kB, 7, 700)) << "writes go on";
  world.run_for(19 * kSecond);
  EXPECT_EQ(world.describe(kC), "c CREATING [a ACTIVE, b ACTIVE]");
  world.run_for(2 * kSecond);
  EXPECT_EQ(world.describe(kA), "a ACTIVE [b ACTIVE, c ACTIVE]");
  EXPECT_EQ(world.describe(kC), "c ACTIVE [a ACTIVE, b ACTIVE]");
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(world.faults(), "");
}

TEST(ControlPlane, AReplicaIsRemovedByAnotherAndByItself) {
  for (const bool by_itself : {false, true}) {
    World world({.regions = 3, .members = {0, 1, 2}});
    world.cut(kC, kB, true);
    for (int i = 0; i < 50; ++i) world.put(kC, i, i);
    world.run_for(kSecond);
    world.cut(kC, kB, false);
    const auto tag = by_itself ? world.order(kC, DeleteTableOrder{}) : world.order(kA, remove(kC));
    world.run_for(30 * kMillisecond);
    EXPECT_EQ(answer(world, tag), "ok");
    EXPECT_EQ(world.describe(kA), "a ACTIVE [b ACTIVE, c DELETING]");
    EXPECT_EQ(world.describe(kC), "c DELETING [a ACTIVE, b ACTIVE]");
    EXPECT_FALSE(world.put(kC, 1, 1));
    world.run_for(119 * kSecond);
    EXPECT_EQ(world.describe(kC), "c DELETING [a ACTIVE, b ACTIVE]");
    world.run_for(5 * kSecond);
    EXPECT_EQ(world.describe(kA), "a ACTIVE [b ACTIVE]");
    EXPECT_EQ(world.describe(kC), "-");
    EXPECT_TRUE(world.settle());
    EXPECT_EQ(world.faults(), "") << "what it had accepted is with the others";
  }
}

TEST(ControlPlane, TheLastReplicaIsATableInOneRegion) {
  World world({.regions = 1});
  const auto tag = world.order(kA, DeleteTableOrder{5 * kSecond});
  EXPECT_EQ(answer(world, tag), "ok");
  EXPECT_EQ(world.describe(kA), "a DELETING");
  EXPECT_EQ(
      answer(world, world.order(kA, DeleteTableOrder{})),
      "in-use: Attempt to change a resource which is still in use: Table is being deleted: t");
  world.run_for(6 * kSecond);
  EXPECT_EQ(world.describe(kA), "-");
  EXPECT_EQ(answer(world, world.order(kA, DeleteTableOrder{})),
            "not-found: Requested resource not found: Table: t not found");
}

TEST(ControlPlane, ItTakesTheOldNameAgainOnlyWhenItIsGone) {
  World world({.regions = 2, .members = {0, 1}});
  (void)world.order(kA, remove(kB, 10 * kSecond));
  world.run_for(5 * kSecond);
  EXPECT_EQ(answer(world, world.order(kA, add(kB))),
            "invalid: Failed to create a the new replica of table with name: ‘t’ because one or "
            "more replicas already existed as tables.");
  world.run_for(6 * kSecond);
  const auto again = world.order(kA, add(kB));
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(answer(world, again), "ok");
  EXPECT_EQ(world.describe(kB), "b ACTIVE [a ACTIVE]");
  EXPECT_EQ(world.faults(), "");
}

TEST(ControlPlane, OfTwoAskedAtOnceOneWinsAndTheOtherIsTold) {
  struct Case {
    RegionId first, second;
    decltype(ControlOrder::action) one, two;
  };
  const std::vector<Case> cases{
      {kA, kB, add(kC), add(kD)},
      {kB, kA, add(kC), add(kD)},
      {kA, kB, add(kC), add(kC)},
      {kA, kB, remove(kB), add(kC)},
      {kA, kB, remove(kB), remove(kA)},
      {kA, kB, DeleteTableOrder{}, DeleteTableOrder{}},
      {kB, kA, DeleteTableOrder{}, remove(kB)},
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    for (const Duration later : {Duration{0}, Duration{1}, 3 * kMillisecond}) {
      World world({.members = {0, 1}, .source_lock = Duration{0}});
      const auto one = world.order(cases[i].first, cases[i].one);
      world.run_for(later);
      const auto two = world.order(cases[i].second, cases[i].two);
      EXPECT_TRUE(world.settle());
      std::vector<std::string> answers{answer(world, one), answer(world, two)};
      if (later.count() > 0) {
        EXPECT_EQ(answers[0], "ok") << i << ": the older one has the right of way";
      }
      std::sort(answers.begin(), answers.end());
      EXPECT_EQ(answers, (std::vector<std::string>{kBusy, "ok"})) << i;
      EXPECT_EQ(world.most_leading, 1) << i;
      EXPECT_EQ(world.faults(), "") << i;
    }
  }
}

TEST(ControlPlane, AMemberThatCannotBeReachedMeansThatNothingHappens) {
  World world({.regions = 3, .members = {0, 1}});
  world.cut(kA, kB, true);
  const auto tag = world.order(kA, add(kC));
  world.run_for(9 * kSecond);
  EXPECT_EQ(answer(world, tag), "none yet");
  world.run_for(2 * kSecond);
  EXPECT_EQ(answer(world, tag), "unavailable: region b of the group does not answer");
  EXPECT_EQ(world.describe(kC), "-");
  // The group is as it was as soon as everybody knows.
  world.cut(kA, kB, false);
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(world.faults(), "");
  const auto again = world.order(kB, add(kC));
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(answer(world, again), "ok");
  EXPECT_EQ(world.faults(), "");
}

TEST(ControlPlane, AStreamIsSwitched) {
  World world({.regions = 2});
  EXPECT_EQ(answer(world, world.order(kA, ChangeStreamOrder{})),
            "invalid: Table has no stream to disable: TableName: t");
  const ChangeStreamOrder on{StreamViewType::kKeysOnly, 4 * kSecond};
  EXPECT_EQ(answer(world, world.order(kA, on)), "ok");
  EXPECT_EQ(world.table(kA).stream()->status(), StreamStatus::kEnabling);
  EXPECT_EQ(answer(world, world.order(kA, add(kB))), kBusy);
  world.run_for(5 * kSecond);
  EXPECT_EQ(world.table(kA).stream()->status(), StreamStatus::kEnabled);
  (void)world.order(kA, add(kB));
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(world.table(kB).stream()->view(), StreamViewType::kKeysOnly) << "copied";
  EXPECT_EQ(answer(world, world.order(kB, ChangeStreamOrder{})),
            "invalid: One or more parameter values were invalid: Disabling Stream is not allowed "
            "for a Global Table replica.");
}

TEST(ControlPlane, ATableIsCreatedAndDeletedAndCreatedAgain) {
  World world({.members = {}});
  const char* const kCreated = "in-use: Attempt to change a resource which is still in use: ";
  for (int life = 0; life < 2; ++life) {
    EXPECT_EQ(answer(world, world.order(kA, DeleteTableOrder{})),
              "not-found: Requested resource not found: Table: t not found");
    EXPECT_EQ(answer(world, world.order(kA, CreateTableOrder{StreamViewType::kNewImage, {}})),
              "ok");
    EXPECT_EQ(world.describe(kA), "a CREATING");
    EXPECT_FALSE(world.put(kA, 1, 1));
    EXPECT_EQ(answer(world, world.order(kA, CreateTableOrder{})),
              "in-use: Attempt to change a resource which is still in use: Table is being created: "
              "t");
    for (const auto tag : {world.order(kA, DeleteTableOrder{}), world.order(kA, add(kB)),
                           world.order(kA, ChangeStreamOrder{})}) {
      EXPECT_EQ(answer(world, tag), std::string{kCreated} + "Table is being created: t");
    }
    world.run_for(kSecond);
    EXPECT_EQ(world.describe(kA), "a CREATING");
    world.run_for(kSecond + kMillisecond);
    EXPECT_EQ(world.describe(kA), "a ACTIVE");
    EXPECT_EQ(world.table(kA).store().get(KeyId{0}).version, Version{}) << "empty";
    EXPECT_EQ(world.table(kA).stream()->view(), StreamViewType::kNewImage);
    EXPECT_TRUE(world.put(kA, 1, 1));
    EXPECT_EQ(answer(world, world.order(kA, CreateTableOrder{})),
              "in-use: Table already exists: t");

    (void)world.order(kA, add(kB, kSecond));
    EXPECT_TRUE(world.settle());
    EXPECT_EQ(world.describe(kB), "b ACTIVE [a ACTIVE]");
    EXPECT_EQ(answer(world, world.order(kB, CreateTableOrder{})),
              "in-use: Table already exists: t");
    (void)world.order(kB, DeleteTableOrder{kSecond});
    EXPECT_TRUE(world.settle());

    const auto tag = world.order(kA, DeleteTableOrder{5 * kSecond});
    EXPECT_EQ(answer(world, tag), "ok");
    world.run_for(kSecond);
    EXPECT_EQ(world.describe(kA), "a DELETING");
    EXPECT_EQ(answer(world, world.order(kA, DeleteTableOrder{})),
              std::string{kCreated} + "Table is being deleted: t");
    EXPECT_EQ(answer(world, world.order(kA, CreateTableOrder{})),
              "in-use: Table already exists: t");
    EXPECT_TRUE(world.settle());
    EXPECT_EQ(world.describe(kA), "-");
  }
}

// A region keeps still for a replica that is about to come, so nobody creates a table there.
TEST(ControlPlane, NoTableIsCreatedWhereAReplicaIsAboutToCome) {
  World world({.members = {0}});
  (void)world.order(kA, add(kB));
  world.run_for(6 * kMillisecond);
  EXPECT_EQ(world.describe(kB), "-");
  EXPECT_EQ(answer(world, world.order(kB, CreateTableOrder{})), "in-use: Table already exists: t");
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(world.describe(kB), "b ACTIVE [a ACTIVE]");
}

// What was on the way to a replica that is gone is not for the table that has its name now.
TEST(ControlPlane, LateChangesDoNotReachATableOfTheSameName) {
  World world({.members = {0, 1}, .source_lock = Duration{0}});
  for (int i = 0; i < 20; ++i) world.put(kA, i, i);
  world.run_for(kSecond);
  (void)world.order(kB, DeleteTableOrder{kSecond});
  world.run_for(500 * kMillisecond);
  const std::vector<Message> late = world.keep_messages_to(kB, [&] {
    for (int i = 0; i < 20; ++i) world.put(kA, i, 100 + i);
  });
  ASSERT_FALSE(late.empty());
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(world.describe(kB), "-");
  (void)world.order(kB, CreateTableOrder{std::nullopt, kSecond});
  EXPECT_TRUE(world.settle());
  for (const Message& message : late) world.deliver_late(message);
  for (std::uint32_t key = 0; key < 20; ++key) {
    EXPECT_FALSE(world.table(kB).store().get(KeyId{key}).version.ever_written()) << key;
  }
}

// One order after the other: each is judged as the rules judge it with the whole group in view.
TEST(ControlPlane, OrdersOneAfterAnotherAreJudgedByTheRules) {
  int accepted = 0;
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Duration lock = seed % 2 == 0 ? Duration{0} : kMinute;
    World world({.members = {0}, .seed = seed, .source_lock = lock});
    Random random{seed * 77};
    std::vector<TableView::Member> members{{kA, ReplicaStatus::kActive}};
    std::vector<TableView::Copy> copies;
    const std::vector<std::string> names{"a", "b", "c", "d"};
    for (int i = 0; i < 12; ++i) {
      const RegionId asked = World::id(static_cast<int>(random.below(4)));
      const RegionId subject = World::id(static_cast<int>(random.below(4)));
      ControlOrder order{kTable, add(subject, kSecond)};
      const auto kind = random.below(9);
      if (kind >= 4) order.action = remove(subject, kSecond);
      if (kind == 7) order.action = DeleteTableOrder{kSecond};
      if (kind == 8 || members.empty()) order.action = CreateTableOrder{{}, kSecond};
      const bool creates = std::holds_alternative<CreateTableOrder>(order.action);
      // Beside a group it would be a table of its own, which has only its name in common with it.
      const bool is_member = std::any_of(members.begin(), members.end(), [&](const auto& member) {
        return member.region == asked;
      });
      if (creates && !members.empty() && !is_member) continue;

      TableView view;
      view.table = "t";
      view.region_names = names;
      view.asked = asked;
      view.now = world.now;
      view.members = members;
      view.copies = copies;
      view.source_lock = lock;
      const auto refusal = refusal_of(view, order);
      const auto tag = world.order(asked, order.action);
      ASSERT_TRUE(world.settle());
      ASSERT_EQ(answer(world, tag),
                refusal ? text_of(OrderReply{0, refusal->error}) : std::string{"ok"})
          << "seed " << seed << ", order " << i;
      ++(refusal ? refused : accepted);
      if (refusal) continue;
      if (creates) {
        members.push_back({asked, ReplicaStatus::kActive});
      } else if (kind < 4) {
        members.push_back({subject, ReplicaStatus::kActive});
        copies.push_back({asked, subject, view.now});
      } else {
        const RegionId gone = kind == 7 ? asked : subject;
        std::erase_if(members, [&](const auto& member) { return member.region == gone; });
        std::erase_if(
            copies, [&](const auto& copy) { return copy.replica == gone || copy.source == gone; });
      }
      std::sort(members.begin(), members.end(),
                [](const auto& a, const auto& b) { return a.region < b.region; });
      ASSERT_EQ(world.faults(), members.empty() ? "no replica is left\n" : "")
          << "seed " << seed << ", order " << i;
    }
  }
  EXPECT_GT(accepted, 60);
  EXPECT_GT(refused, 100);
}

// Time to live is of the whole group: who is away hears of it later, who joins gets it, and the
// last change wins, whoever made it.
TEST(ControlPlane, TimeToLiveIsOfTheWholeGroup) {
  const auto ttl = [](const World& world, RegionId region) {
    return world.control(region).describe(kTable, world.now)->ttl_attribute.value_or("off");
  };
  World world({.members = {0, 1}});
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{false, "x"})),
            "invalid: TimeToLive is already disabled");
  world.cut(kA, kB, true);
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{true, "expires"})), "ok");
  EXPECT_EQ(ttl(world, kA), "expires") << "at once";
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{true, "expires"})),
            "invalid: TimeToLive is already enabled");
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{false, "other"})),
            "invalid: TimeToLive is active on a different AttributeName: current AttributeName is "
            "expires");
  world.run_for(10 * kSecond);
  EXPECT_EQ(ttl(world, kB), "off");
  world.cut(kA, kB, false);
  world.run_for(kSecond);
  EXPECT_EQ(ttl(world, kB), "expires");

  // C is added by B, which has not heard of the newest; A tells C itself.
  world.cut(kA, kB, true);
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{false, "expires"})), "ok");
  world.run_for(kSecond);
  EXPECT_EQ(ttl(world, kB), "expires");
  world.cut(kA, kB, false);
  (void)world.order(kB, add(kC, kSecond));
  EXPECT_TRUE(world.settle());
  for (const RegionId region : {kA, kB, kC}) EXPECT_EQ(ttl(world, region), "off");
  EXPECT_EQ(world.faults(), "");

  // Two at once: the same everywhere in the end.
  (void)world.order(kA, ChangeTimeToLiveOrder{true, "of_a"});
  (void)world.order(kC, ChangeTimeToLiveOrder{true, "of_c"});
  EXPECT_TRUE(world.settle());
  for (const RegionId region : {kA, kB, kC}) EXPECT_EQ(ttl(world, region), "of_c");

  // While a replica is added nobody may change it; once it has left it has what it likes.
  (void)world.order(kA, add(kD, 10 * kSecond));
  world.run_for(kSecond);
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{false, "of_c"})),
            "invalid: Create/Update/Delete of replica is not allowed while the replica is being "
            "added to table with name: ‘t’ in region: ‘D’.");
  EXPECT_EQ(answer(world, world.order(kD, ChangeTimeToLiveOrder{false, "of_c"})),
            "not-found: Requested resource not found: Table: t not found");
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(ttl(world, kD), "of_c");
}

TEST(ControlPlane, WhoLeavesTellsFirst) {
  World world({.regions = 3, .members = {0, 1, 2}});
  world.cut(kA, kC, true);
  EXPECT_EQ(answer(world, world.order(kA, ChangeTimeToLiveOrder{true, "expires"})), "ok");
  world.cut(kA, kB, true);
  world.run_for(kSecond);
  world.cut(kA, kB, false);
  world.cut(kA, kC, false);
  (void)world.order(kB, remove(kA, kSecond));
  EXPECT_TRUE(world.settle());
  EXPECT_EQ(world.describe(kA), "-");
  for (const RegionId region : {kB, kC}) {
    EXPECT_EQ(world.control(region).describe(kTable, world.now)->ttl_attribute, "expires");
  }
}

TEST(ControlPlane, TagsAreOfOneRegion) {
  World world({.regions = 2, .members = {0, 1}});
  const auto tags = [&](RegionId region) {
    return world.control(region).describe(kTable, world.now)->tags;
  };
  EXPECT_EQ(answer(world, world.order(kA, ChangeTagsOrder{{{"team", "blue"}, {"x", "1"}}, {}})),
            "ok");
  EXPECT_EQ(answer(world, world.order(kA, ChangeTagsOrder{{{"team", "red"}}, {"x", "y"}})), "ok");
  world.run_for(kSecond);
  EXPECT_EQ(tags(kA), (std::map<std::string, std::string>{{"team", "red"}}));
  EXPECT_TRUE(tags(kB).empty());
  ChangeTagsOrder many;
  for (int i = 0; i < 49; ++i) many.set.emplace_back("t" + std::to_string(i), "");
  EXPECT_EQ(answer(world, world.order(kA, many)), "ok");
  EXPECT_EQ(answer(world, world.order(kA, ChangeTagsOrder{{{"team", "blue"}}, {}})), "ok")
      << "no tag more";
  EXPECT_EQ(answer(world, world.order(kA, ChangeTagsOrder{{{"one more", ""}}, {}})),
            "invalid: A table has at most 50 tags");
  (void)world.order(kB, DeleteTableOrder{kSecond});
  EXPECT_TRUE(world.settle());
  (void)world.order(kA, add(kB, kSecond));
  EXPECT_TRUE(world.settle());
  EXPECT_TRUE(tags(kB).empty()) << "a new replica starts with none";
}

int seeds() {
  const char* const told = std::getenv("GTSIM_CONTROL_PLANE_SEEDS");
  return told == nullptr ? 300 : std::atoi(told);
}

// Everything at once: orders from all sides, writes, links cut, messages lost, doubled and
// overtaken, regions down at any moment. In the end both sides agree and no item is missing.
TEST(ControlPlane, WhateverHappensBothSidesAgreeInTheEnd) {
  int accepted = 0;
  int changed = 0;
  for (int seed = 1; seed <= seeds(); ++seed) {
    Random random{static_cast<std::uint64_t>(seed)};
    WorldOptions options;
    options.members = random.chance(0.5) ? std::vector<int>{0} : std::vector<int>{0, 1};
    options.seed = random.next();
    options.loss = random.chance(0.5) ? 0.2 : 0;
    options.duplicate = random.chance(0.5) ? 0.2 : 0;
    options.straggler = random.chance(0.5) ? 0.1 : 0;
    const Duration latencies[]{5 * kMillisecond, 400 * kMillisecond, 5 * kSecond};
    options.latency_max = latencies[random.below(3)];
    options.source_lock = random.chance(0.5) ? Duration{0} : kMinute;
    options.durations = random.chance(0.5) ? kShortDurations : kPlainDurations;
    const bool says_takes = random.chance(0.5);
    World world(options);
    const auto any = [&] { return World::id(static_cast<int>(random.below(world.size()))); };
    std::vector<std::uint64_t> tags;
    bool crashes = false;
    for (int i = 0; i < 200; ++i) {
      switch (random.below(12)) {
        case 0:
        case 1:
          if (random.chance(0.2)) {
            if (random.chance(0.5)) {
              tags.push_back(
                  world.order(any(), ChangeProtectionOrder{random.chance(0.3), kSecond}));
            } else {
              tags.push_back(
                  world.order(any(), ChangeTimeToLiveOrder{random.chance(0.6), "expires"}));
            }
          } else if (random.chance(0.6)) {
            tags.push_back(world.order(
                any(),
                says_takes
                    ? add(any(), Duration{static_cast<std::int64_t>(random.below(3'000'000))})
                    : AddReplicaOrder{any(), std::nullopt}));
          } else {
            tags.push_back(world.order(
                any(), says_takes ? remove(any(), kSecond) : RemoveReplicaOrder{any(), {}}));
          }
          break;
        case 2:
          world.cut(any(), any(), true);
          break;
        case 3:
          world.cut(any(), any(), false);
          break;
        case 4:
          if (random.chance(0.5)) world.heal();
          break;
        case 5:
          world.crash(any());
          crashes = true;
          break;
        case 6:
          world.restart(any());
          break;
        default:
          (void)world.put(any(), static_cast<int>(random.below(20)), random.chance(0.2) ? -1 : i);
      }
      world.run_for(Duration{static_cast<std::int64_t>(random.below(700'000))});
    }
    world.heal();
    world.stop_losing();
    ASSERT_TRUE(world.settle()) << "seed " << seed << ": something hangs\n"
                                << world.describe(kA) << '\n'
                                << world.describe(kB) << '\n'
                                << world.describe(kC) << '\n'
                                << world.describe(kD);
    ASSERT_EQ(world.faults(), "") << "seed " << seed;
    ASSERT_LE(world.most_leading, 1) << "seed " << seed;
    for (const auto tag : tags) {
      ASSERT_TRUE(world.replies[tag] || crashes) << "seed " << seed << ": an order without answer";
      accepted += world.replies[tag] == "ok" ? 1 : 0;
    }
    changed += static_cast<int>(world.statuses.size());
  }
  EXPECT_GT(accepted, 3 * seeds() / 2);
  EXPECT_GT(changed, 3 * seeds());
}

}  // namespace
}  // namespace gtsim::control_world
