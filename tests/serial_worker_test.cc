// One thread, one task after another: what the committer, the housekeeper and LevelDB's background
// work rely on.
#include "region-node/storage/serial_worker.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gtsim {
namespace {

// Holds whoever comes until it is opened; tells when somebody has come.
class Gate {
 public:
  void pass() {
    std::unique_lock lock{mutex_};
    reached_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_until_reached() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return reached_; });
  }
  void open() {
    const std::lock_guard lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
};

TEST(SerialWorker, RunsWhatItWasGivenInOrderBeforeItGoes) {
  std::vector<int> ran;
  {
    SerialWorker<int> worker({}, [&](int task) { ran.push_back(task); });
    for (int i = 0; i < 1000; ++i) worker.submit(i);
  }
  ASSERT_EQ(ran.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(ran[static_cast<std::size_t>(i)], i);
}

TEST(SerialWorker, ATaskMaySubmitAnotherAlsoAtTheEnd) {
  std::vector<int> ran;
  SerialWorker<int>* self = nullptr;
  {
    Gate gate;
    SerialWorker<int> worker({}, [&](int task) {
      if (task == 3) gate.pass();
      ran.push_back(task);
      if (task > 0) self->submit(task - 1);
    });
    self = &worker;
    worker.submit(3);
    gate.open();
  }
  EXPECT_EQ(ran, (std::vector<int>{3, 2, 1, 0}));
}

TEST(SerialWorker, MayDropWhatWaitsButEndsWhatIsUnderWay) {
  std::vector<int> ran;
  Gate gate;
  {
    SerialWorker<int> worker({.at_end = SerialWorkerOptions::AtEnd::kDrop}, [&](int task) {
      gate.pass();
      ran.push_back(task);
    });
    for (int i = 0; i < 5; ++i) worker.submit(i);
    gate.wait_until_reached();
    worker.request_stop();
    gate.open();
  }
  EXPECT_EQ(ran, (std::vector<int>{0}));
}

TEST(SerialWorker, IsBusyWhileATaskWaitsOrIsUnderWay) {
  Gate gate;
  Gate second;
  SerialWorker<Gate*> worker({}, [](Gate* task) { task->pass(); });
  EXPECT_FALSE(worker.busy());
  worker.submit(&gate);
  worker.submit(&second);
  gate.wait_until_reached();
  EXPECT_TRUE(worker.busy());
  gate.open();
  second.wait_until_reached();
  EXPECT_TRUE(worker.busy());
  second.open();
  while (worker.busy()) std::this_thread::yield();
}

TEST(SerialWorkerDeathTest, MoreThanMayWaitIsAMistakeOfTheCaller) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_DEATH(
      {
        Gate gate;
        SerialWorker<int> worker({.waiting_max = 1}, [&](int) { gate.pass(); });
        worker.submit(1);
        gate.wait_until_reached();
        worker.submit(2);  // waits behind the first
        worker.submit(3);
      },
      "waiting_max");
}

TEST(SerialWorker, ItsThreadHasANameAndStandsBack) {
  std::string name;
  int niceness = 0;
  {
    SerialWorker<int> worker({.name = "sweeper", .niceness = 3}, [&](int) {
      char text[16] = {};
      pthread_getname_np(pthread_self(), text, sizeof text);
      name = text;
      niceness = getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
    });
    worker.submit(0);
  }
  EXPECT_EQ(name, "sweeper");
  EXPECT_EQ(niceness, std::min(19, getpriority(PRIO_PROCESS, 0) + 3));
}

}  // namespace
}  // namespace gtsim
