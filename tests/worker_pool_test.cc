// Runs in processes of their own, and what is said of one that never told its result.
#include "sim/command/worker_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "region-node/base/check.h"

namespace gtsim {
namespace {

struct Told {
  VerdictKind kind;
  std::string text;  // a good run's headline, a lost one's reason
};

using Work = void (*)();

// Each of `works` in a process; a result for those that come back.
std::vector<Told> play(const std::vector<Work>& works, int at_once = 2) {
  std::vector<Told> all;
  run_in_children({.count = works.size(),
                   .at_once = at_once,
                   .work =
                       [&works](std::size_t i) {
                         works[i]();
                         SingleRunResult result;
                         result.headline = "run " + std::to_string(i);
                         return result;
                       },
                   .lost =
                       [](std::size_t, VerdictKind kind, std::string reason) {
                         SingleRunResult result;
                         result.kind = kind;
                         result.headline = std::move(reason);
                         return result;
                       },
                   .done =
                       [&all](std::size_t i, const SingleRunResult& result) {
                         EXPECT_EQ(i, all.size());
                         all.push_back({result.kind, result.headline});
                       }});
  return all;
}

TEST(WorkerPool, AFailedCheckIsToldWithItsPlaceAndValues) {
  const auto told = play({[] { CHECK_DETAIL(1 + 1 == 3, "one and one are 2"); }});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, VerdictKind::kDied);
  EXPECT_NE(told[0].text.find("worker_pool_test.cc:"), std::string::npos) << told[0].text;
  EXPECT_NE(told[0].text.find(": check failed: 1 + 1 == 3: one and one are 2"), std::string::npos)
      << told[0].text;
}

TEST(WorkerPool, AnUncaughtExceptionIsTold) {
  const auto told = play({[] { throw std::runtime_error("no more room"); }});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].kind, VerdictKind::kDied);
  EXPECT_EQ(told[0].text, "uncaught exception: no more room");
}

// The default action, whatever this build's sanitizer does with the signal.
template <int kSignal>
void die_by() {
  std::signal(kSignal, SIG_DFL);
  std::raise(kSignal);
}

TEST(WorkerPool, ACrashIsGtsimsOwnFaultAndAnEndFromOutsideIsNot) {
  const auto told = play({die_by<SIGSEGV>, die_by<SIGKILL>, die_by<SIGTERM>, [] { ::_exit(7); }});
  ASSERT_EQ(told.size(), 4U);
  EXPECT_EQ(told[0].kind, VerdictKind::kDied);
  EXPECT_EQ(told[0].text, "the run's process died by signal 11 (Segmentation fault)");
  EXPECT_EQ(told[1].kind, VerdictKind::kUndecided);
  EXPECT_EQ(told[1].text, "the run's process was ended from outside by signal 9 (Killed)");
  EXPECT_EQ(told[2].kind, VerdictKind::kUndecided);
  EXPECT_EQ(told[3].kind, VerdictKind::kDied);
  EXPECT_EQ(told[3].text, "the run's process ended with status 7");
}

TEST(WorkerPool, OneThatDiesTakesNoOtherWithIt) {
  for (const int at_once : {1, 3}) {
    const auto told =
        play({[] {}, [] { CHECK(false); }, [] {}, [] { std::abort(); }, [] {}}, at_once);
    ASSERT_EQ(told.size(), 5U);
    for (const std::size_t i : {0U, 2U, 4U}) {
      EXPECT_EQ(told[i].kind, VerdictKind::kHolds);
      EXPECT_EQ(told[i].text, "run " + std::to_string(i));
    }
    EXPECT_EQ(told[1].kind, VerdictKind::kDied);
    EXPECT_EQ(told[3].kind, VerdictKind::kDied);
  }
}

}  // namespace
}  // namespace gtsim
