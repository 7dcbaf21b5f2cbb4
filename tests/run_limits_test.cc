// Where a run that goes wrong is stopped: at the limit, however low it is.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "coordinator/language/reader.h"
#include "coordinator/play/play.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

struct Ended {
  Verdict verdict;
  std::uint64_t events = 0;
  Instant at;
};

Ended run(const std::string& text, SimStorage storage = SimStorage::kMemory) {
  auto read = read_scenario_text(text, "limits.yaml");
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    ADD_FAILURE() << errors->front().to_string();
    return {};
  }
  const Scenario& scenario = std::get<Scenario>(read);
  SimOptions options;
  options.storage = storage;
  SimCluster cluster{scenario, std::move(options)};
  Verdict verdict = play_on(cluster, scenario, /*seed=*/1, {}).verdict;
  return {std::move(verdict), cluster.events(), cluster.now()};
}

const std::string kWrites =
    "regions: [a, b]\nnetwork: 50ms\n"
    "workload: [{rate: 100/s, arrival: constant, for: 10s}]\n";

TEST(RunLimits, EventsStopTheRunAtTheLimit) {
  for (const int limit : {1, 2, 10, 4095, 4096, 4097}) {
    const Ended ended = run(kWrites + "limits: {events: " + std::to_string(limit) + "}\n");
    EXPECT_EQ(ended.verdict.kind, VerdictKind::kUndecided) << limit;
    EXPECT_EQ(ended.events, static_cast<std::uint64_t>(limit));
    EXPECT_EQ(ended.verdict.reason.find("limits.events: " + std::to_string(limit) +
                                        " events have happened at "),
              0U)
        << ended.verdict.reason;
  }
}

TEST(RunLimits, ARunThatTakesExactlyItsEventsHolds) {
  const Ended free = run(kWrites);
  ASSERT_EQ(free.verdict.kind, VerdictKind::kHolds);
  const std::string exact = std::to_string(free.events);
  EXPECT_EQ(run(kWrites + "limits: {events: " + exact + "}\n").verdict.kind, VerdictKind::kHolds);
  const std::string one_less = std::to_string(free.events - 1);
  EXPECT_EQ(run(kWrites + "limits: {events: " + one_less + "}\n").verdict.kind,
            VerdictKind::kUndecided);
}

// a's 31st write is the first that makes more than 30 changes wait; the cut keeps them all.
const std::string kCut =
    "regions: [a, b]\nnetwork: 50ms\nsteps: [{at: 0s, isolate: a, for: 9s}]\n"
    "workload: [{regions: a, rate: 100/s, arrival: constant, for: 5s}]\n";

TEST(RunLimits, BacklogStopsTheRunAtTheLimit) {
  for (const SimStorage storage : {SimStorage::kMemory, SimStorage::kLevelDb}) {
    const Ended ended = run(kCut + "limits: {backlog: 30}\n", storage);
    EXPECT_EQ(ended.verdict.kind, VerdictKind::kUndecided);
    EXPECT_EQ(ended.verdict.reason.find("limits.backlog: 31 changes wait in the logs at "), 0U)
        << ended.verdict.reason;
    EXPECT_LT(ended.at, Instant{} + Duration{400'000});
  }
}

// 1000 changes go through the logs, but never more than a dozen at once.
TEST(RunLimits, BacklogCountsOnlyWhatWaits) {
  const Ended ended = run(kWrites + "limits: {backlog: 40}\n");
  EXPECT_EQ(ended.verdict.kind, VerdictKind::kHolds) << ended.verdict.reason;
}

TEST(RunLimits, SettleIsOverWhenItIsOver) {
  const Ended ended =
      run("regions: [a, b]\nnetwork: 30ms\nsettle: 10ms\nsteps: [{at: 1s, in: a, put: {PK: x}}]\n");
  EXPECT_EQ(ended.verdict.kind, VerdictKind::kUndecided);
  EXPECT_EQ(ended.at, Instant{} + Duration{1'010'000});
}

}  // namespace
}  // namespace gtsim
