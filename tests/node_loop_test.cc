// The loop of a live node: what it acknowledges is durable, what it ships arrives, and a stop, a
// cut or a new start changes neither.
#include "region-node/node/node_loop.h"

#include <gtest/gtest.h>

#include "proto/coordinator/v1/coordinator.pb.h"
#include "tests/node_fixture.h"

namespace gtsim {
namespace {

const std::vector<std::string> kOne = {"eu-west-1"};
const std::vector<std::string> kTwo = {"eu-west-1", "us-east-1"};
const std::vector<std::string> kThree = {"ap-south-1", "eu-west-1", "us-east-1"};

TEST(NodeLoop, WhatItAcknowledgedIsThereAfterARestart) {
  const TemporaryDirectory directory;
  TestNode node{node_config(0, directory.path() + "/data", kOne)};
  for (int i = 0; i < 50; ++i) ASSERT_EQ(node.put(i, "kept " + std::to_string(i)), "");
  const std::uint64_t digest = node.digest();
  node.stop();
  node.start();
  EXPECT_EQ(node.get(17), "kept 17");
  EXPECT_EQ(node.digest(), digest);
  EXPECT_EQ(node.ask<std::uint64_t>([](NodeLoop& loop) {
    return loop.replica().table(kOrders).stream()->next_number();
  }),
            50u);
}

TEST(NodeLoop, ServesFromMemoryWithoutADirectory) {
  TestNode node{node_config(0, "", kOne)};
  EXPECT_EQ(node.put(1, "x"), "");
  EXPECT_EQ(node.get(1), "x");
}

TEST(NodeLoop, TwoNodesShareNoDirectory) {
  const TemporaryDirectory directory;
  TestNode node{node_config(0, directory.path() + "/data", kOne)};
  const auto second = NodeLoop::open(node_config(0, directory.path() + "/data", kOne));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::kInput);
}

TEST(NodeLoop, WritesReachTheOtherRegions) {
  TestCluster cluster{kThree};
  for (int i = 0; i < 30; ++i)
    ASSERT_EQ(cluster[i % 3].put(i, "from " + std::to_string(i % 3)), "");
  ASSERT_TRUE(cluster.converged());
  EXPECT_EQ(cluster[0].get(2), "from 2");
  EXPECT_EQ(cluster[2].get(0), "from 0");
}

TEST(NodeLoop, BothSidesOfACutWriteAndAgreeAfterwards) {
  TestCluster cluster{kTwo};
  ASSERT_EQ(cluster[0].put(1, "before"), "");
  ASSERT_TRUE(cluster.converged());
  cluster.cut(0, 1, true);
  cluster.cut(1, 0, true);
  ASSERT_EQ(cluster[0].put(1, "left"), "");
  ASSERT_EQ(cluster[1].put(1, "right"), "");
  ASSERT_EQ(cluster[0].put(2, "only left"), "");
  EXPECT_EQ(cluster[1].get(2), "");
  EXPECT_NE(cluster[0].digest(), cluster[1].digest());
  cluster.cut(0, 1, false);
  cluster.cut(1, 0, false);
  ASSERT_TRUE(cluster.converged());
  EXPECT_EQ(cluster[0].get(1), "right") << "the later write wins";
  EXPECT_EQ(cluster[1].get(2), "only left");
}

TEST(NodeLoop, ACutOneWayStopsOneWayOnly) {
  TestCluster cluster{kTwo};
  cluster.cut(0, 1, true);
  ASSERT_EQ(cluster[1].put(1, "right"), "");
  EXPECT_TRUE(eventually([&] { return cluster[0].get(1) == "right"; }));
  ASSERT_EQ(cluster[0].put(2, "left"), "");
  EXPECT_EQ(cluster[1].get(2), "");
  cluster.cut(0, 1, false);
  EXPECT_TRUE(cluster.converged());
}

TEST(NodeLoop, ALossyReorderingDuplicatingLinkLosesNothing) {
  TestCluster cluster{kTwo};
  cluster[0].ask<bool>([](NodeLoop& loop) {
    LinkSettings settings;
    settings.latency = DelayModel{.first = Duration{2'000}};
    settings.loss = 0.3;
    settings.duplicate = 0.3;
    settings.reorder = 0.3;
    loop.set_link(RegionId{1}, std::nullopt, settings, false);
    return true;
  });
  for (int i = 0; i < 100; ++i) ASSERT_EQ(cluster[0].put(i, std::to_string(i)), "");
  EXPECT_TRUE(cluster.converged());
  EXPECT_EQ(cluster[1].get(99), "99");
}

TEST(NodeLoop, ABacklogOutlivesARestartOfItsOrigin) {
  TestCluster cluster{kTwo, [](NodeConfig& config) { config.drain = Duration{0}; }};
  cluster.cut(0, 1, true);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(cluster[0].put(i, "backlog"), "");
  cluster[0].stop();
  cluster[0].start();  // without the cut
  cluster.introduce(0);
  EXPECT_TRUE(cluster.converged());
  EXPECT_EQ(cluster[1].get(19), "backlog");
}

TEST(NodeLoop, AReceiverThatWasAwayIsCaughtUp) {
  TestCluster cluster{kTwo};
  ASSERT_EQ(cluster[0].put(0, "first"), "");
  ASSERT_TRUE(cluster.converged());
  cluster[1].stop();
  for (int i = 0; i < 500; ++i) ASSERT_EQ(cluster[0].put(i, "meanwhile"), "");
  cluster[1].start();
  cluster.introduce(1);
  EXPECT_TRUE(cluster.converged());
  EXPECT_EQ(cluster[1].get(499), "meanwhile");
}

TEST(NodeLoop, ADirectoryThatIsOlderThanWhatItShippedIsRefused) {
  TestCluster cluster{kTwo};
  for (int i = 0; i < 5; ++i) ASSERT_EQ(cluster[0].put(i, "x"), "");
  ASSERT_TRUE(cluster.converged());
  cluster[0].stop();
  std::filesystem::remove_all(cluster[0].config().data);
  cluster[0].start();
  cluster.introduce(0);
  EXPECT_TRUE(eventually([&] { return !cluster[0].loop().failure().empty(); }));
  EXPECT_NE(cluster[0].loop().failure().find("older than what was replicated"), std::string::npos)
      << cluster[0].loop().failure();
  EXPECT_NE(cluster[0].put(6, "y"), "");
}

TEST(NodeLoop, AStopLetsThePeersHaveTheRest) {
  TestCluster cluster{kTwo};
  ASSERT_EQ(cluster[0].put(0, "first"), "");
  ASSERT_TRUE(cluster.converged());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(cluster[0].put(i, "last"), "");
  cluster[0].stop();
  EXPECT_EQ(cluster[1].get(99), "last");
}

// ---------------------------------------------------------------- the journal

class Listener final : public JournalListener {
 public:
  void on_entries(std::vector<std::string> entries) override {
    const std::lock_guard lock{mutex_};
    for (const std::string& entry : entries) {
      coordinator::v1::JournalEntry parsed;
      EXPECT_TRUE(parsed.ParseFromString(entry));
      numbers_.push_back(parsed.number());
      if (parsed.has_record()) ++records_;
    }
  }
  void on_superseded() override { superseded_ = true; }
  std::vector<std::uint64_t> numbers() {
    const std::lock_guard lock{mutex_};
    return numbers_;
  }
  std::size_t records() {
    const std::lock_guard lock{mutex_};
    return records_;
  }
  std::mutex mutex_;
  std::vector<std::uint64_t> numbers_;
  std::size_t records_ = 0;
  bool superseded_ = false;
};

TEST(NodeLoop, TheJournalIsToldOnceInOrderAcrossARestart) {
  const TemporaryDirectory directory;
  NodeConfig config = node_config(0, directory.path() + "/data", kOne);
  config.journal = true;
  TestNode node{std::move(config)};
  Listener first;
  const auto attach = [](std::uint64_t from, Listener& listener) {
    return [from, &listener](NodeLoop& loop) {
      const auto attached = loop.attach(from, &listener);
      return attached ? std::string{} : attached.error().detail;
    };
  };
  EXPECT_EQ(node.ask<std::string>(attach(0, first)), "");
  for (int i = 0; i < 10; ++i) ASSERT_EQ(node.put(i, "x"), "");
  EXPECT_TRUE(eventually([&] { return first.records() == 10; }));
  node.stop();
  const std::vector<std::uint64_t> heard = first.numbers();
  for (std::size_t i = 0; i < heard.size(); ++i) EXPECT_EQ(heard[i], i);

  node.start();
  Listener second;
  EXPECT_EQ(node.ask<std::string>(attach(heard.size() - 3, second)), "");
  ASSERT_EQ(node.put(11, "y"), "");
  EXPECT_TRUE(eventually([&] { return second.numbers().size() == 4; }));
  EXPECT_EQ(second.numbers().front(), heard.size() - 3);
  EXPECT_NE(node.ask<std::string>(attach(1000, second)), "") << "nobody can have seen those";
  Listener third;
  EXPECT_EQ(node.ask<std::string>(attach(heard.size(), third)), "");
  EXPECT_TRUE(second.superseded_);
  node.stop();
}

}  // namespace
}  // namespace gtsim
