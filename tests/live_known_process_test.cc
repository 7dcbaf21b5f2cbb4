// A process that a file tells of is signalled only when it is that very one.
#include <gtest/gtest.h>

#include <csignal>

#include "coordinator/live/known_process.h"
#include "tests/spawned_node.h"

namespace gtsim {
namespace {

class KnownProcessTest : public testing::Test {
 protected:
  KnownProcessTest()
      : config_(folder_.write("a.yaml", "region: a\ntables: {t: {}}\n")),
        node_({"--config", config_}, folder_ / "errors") {}

  TestFolder folder_;
  std::string config_;
  SpawnedNode node_;
};

TEST_F(KnownProcessTest, IsSignalledAndWaitedFor) {
  ASSERT_FALSE(node_.ready().empty()) << node_.errors();
  const auto known = KnownProcess::find(node_.pid(), process_birth(node_.pid()), config_);
  ASSERT_TRUE(known);
  EXPECT_FALSE(known->wait(std::chrono::milliseconds{1}));
  known->signal(SIGTERM);
  EXPECT_TRUE(known->wait(std::chrono::seconds{60}));
  EXPECT_EQ(node_.wait(), 0);
  known->signal(SIGKILL);  // nobody any more
  EXPECT_TRUE(known->wait(std::chrono::milliseconds{0}));
}

TEST_F(KnownProcessTest, AnotherProcessIsNotTakenForIt) {
  ASSERT_FALSE(node_.ready().empty()) << node_.errors();
  const std::uint64_t birth = process_birth(node_.pid());
  EXPECT_FALSE(KnownProcess::find(node_.pid(), birth + 1, config_)) << "another birth";
  EXPECT_FALSE(KnownProcess::find(node_.pid(), birth, folder_.write("b.yaml", "region: b\n")))
      << "another configuration";
  EXPECT_FALSE(KnownProcess::find(::getpid(), process_birth(::getpid()), config_))
      << "this test is no region node";
  for (const pid_t group : {0, -1, -node_.pid(), 1}) {
    EXPECT_FALSE(KnownProcess::find(group, birth, config_)) << group;
    EXPECT_FALSE(KnownProcess::find(group, process_birth(group), config_)) << group;
  }
}

// A node on a leash, as `gtsim up` starts it.
TEST(Leash, ANodeEndsWhenItsStarterDoesAndLivesOnWhenItIsReleased) {
  const TestFolder folder;
  const std::vector<std::string> arguments = {"--region", "a", "--table", "t:PK=S", "--leash"};
  const int held = ::dup(STDIN_FILENO);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  ASSERT_GE(::dup2(ends[0], STDIN_FILENO), 0);
  SpawnedNode left(arguments, folder / "left");
  SpawnedNode released(arguments, folder / "released");
  ::dup2(held, STDIN_FILENO);
  ::close(held);
  ::close(ends[0]);
  ASSERT_FALSE(left.ready().empty()) << left.errors();
  ASSERT_FALSE(released.ready().empty()) << released.errors();
  // One byte for two: whoever gets it lives on.
  ASSERT_EQ(::write(ends[1], "\n", 1), 1);
  ::close(ends[1]);
  int status = 0;
  SpawnedNode* ended = nullptr;
  ASSERT_TRUE(eventually([&] {
    for (SpawnedNode* node : {&left, &released}) {
      siginfo_t how{};
      if (::waitid(P_PID, static_cast<id_t>(node->pid()), &how, WEXITED | WNOHANG | WNOWAIT) == 0 &&
          how.si_pid == node->pid()) {
        ended = node;
        status = how.si_status;
        return true;
      }
    }
    return false;
  }));
  EXPECT_EQ(status, 0);
  SpawnedNode& other = ended == &left ? released : left;
  EXPECT_NE(
      talk(other.address("http"), "GET /live HTTP/1.1\r\nConnection: close\r\n\r\n").find("200 OK"),
      std::string::npos);
  EXPECT_EQ(other.stop(), 0) << other.errors();
}

}  // namespace
}  // namespace gtsim
