// Scenarios on LevelDB in virtual time: the storage of the daemon under the simulator, with a power
// cut at each crash. The verdicts and the tables must be those of the stores in memory.
#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "tests/scenario_run.h"

namespace gtsim {
namespace {

Scenario scenario_of(const std::string& name) {
  const std::string path = std::string{GTSIM_SOURCE_DIR} + "/scenarios/" + name + ".yaml";
  auto read = read_scenario_file(path);
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    ADD_FAILURE() << errors->front().to_string();
    return {};
  }
  return std::move(std::get<Scenario>(read));
}

class OnLevelDb : public testing::TestWithParam<const char*> {};

TEST_P(OnLevelDb, GivesTheVerdictAndTheTablesOfMemory) {
  const Scenario scenario = scenario_of(GetParam());
  const Verdict memory = play(scenario, SimOptions{}).verdict;
  SimOptions options;
  options.storage = SimStorage::kLevelDb;
  const Verdict once = play(scenario, options).verdict;
  EXPECT_EQ(memory.kind, VerdictKind::kHolds) << text_of(memory);
  EXPECT_EQ(once.kind, VerdictKind::kHolds) << text_of(once);
  EXPECT_EQ(once.tables_digest, memory.tables_digest);
  const Verdict again = play(scenario, options).verdict;
  EXPECT_EQ(once.history_digest, again.history_digest);
}

// Writers that are answered when their group is durable, and a power cut every few seconds in the
// middle of one.
constexpr const char* kCrashes = R"(
name: Power cuts in a burst
regions:
  us-east-1: {fsync: 5ms}
  eu-west-1: {fsync: 7ms}
network: aws
tables:
  orders: {key: {PK: S}, shards: 2}
workload:
  - {table: orders, rate: 300/s, keys: uniform(200), mix: {put: 60, delete: 40}, for: 40s}
steps:
  - {at: 3s, crash: us-east-1, restart_after: 1s}
  - {at: 6s, crash: eu-west-1, restart_after: 1s}
  - {at: 7.5s, split: {region: us-east-1}}
  - {at: 9s, crash: us-east-1, restart_after: 1s}
  - {at: 12001ms, split: {region: eu-west-1}}
  - {at: 12002ms, crash: eu-west-1, restart_after: 1s}
  - {at: 15s, partition: [[us-east-1], [eu-west-1]]}
  - {at: 17s, crash: us-east-1, restart_after: 1s}
  - {at: 19s, crash: eu-west-1, restart_after: 1s}
  - {at: 21s, heal: all}
  - {at: 24s, crash: us-east-1, restart_after: 1s}
  - {at: 27s, crash: eu-west-1, restart_after: 1s}
  - {at: 30s, crash: us-east-1, restart_after: 1s}
  - {at: 33s, crash: eu-west-1, restart_after: 1s, name: last}
expect:
  - converged: {within: 20s, after: last}
)";

// The group that was being written: all of it gone, a part of it in the log, or all of it there
// though nobody was told.
TEST(PowerCuts, LoseNothingAcknowledgedWhateverIsLeftOfTheLastGroup) {
  const Scenario scenario = scenario_of_text(kCrashes);
  for (const auto unsynced :
       {PowerCut::Unsynced::kLost, PowerCut::Unsynced::kPrefix, PowerCut::Unsynced::kKept}) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      SimOptions options;
      options.seed = seed;
      options.storage = SimStorage::kLevelDb;
      options.power_cut.unsynced = unsynced;
      const Verdict verdict = play(scenario, options).verdict;
      EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << "seed " << seed << ": " << text_of(verdict);
    }
  }
}

// A test of the test: a disk that only says it has synced the log is found out.
TEST(PowerCuts, ADiskThatDoesNotSyncIsCaughtByTheChecker) {
  SimOptions options;
  options.storage = SimStorage::kLevelDb;
  options.storage_faults.log_fsync_lies = true;
  const Verdict verdict = play(scenario_of_text(kCrashes), options).verdict;
  ASSERT_TRUE(verdict.violation) << text_of(verdict);
  EXPECT_EQ(verdict.violation->check, "storage") << verdict.violation->message;
}

// What the control plane has ordered is in the group that is on its way when the power goes.
TEST(PowerCuts, TakeNoOrderBack) {
  for (const char* crash : {"10001ms", "10100ms", "10299ms", "10300ms", "10301ms", "10700ms"}) {
    const Scenario scenario = scenario_of_text(std::string{R"(
name: A replica that joins, and loses its power
regions: {a: {fsync: 300ms}, b: {fsync: 5ms}}
network: 20ms
duration: 40s
tables:
  t: {key: {PK: S}, regions: [b]}
steps:
  - {at: 1s, put: {PK: x, v: 1}, in: b}
  - {at: 10s, add_replica: {region: a, source: b}}
  - {crash: a, restart_after: 1s, at: )"} + crash +
                                               R"(}
  - {at: 39s, put: {PK: y, v: 1}, in: b}
expect:
  - converged: {within: 30s, after: last-write}
  - replica: {region: a, status: ACTIVE}
)");
    SimOptions options;
    options.storage = SimStorage::kLevelDb;
    const Verdict verdict = play(scenario, options).verdict;
    EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << crash << ": " << text_of(verdict);
  }
}

// A region whose disk refuses stops as a node does, and comes back when the disk has been put
// right: whoever was told "ok" has his write, and the others went on meanwhile.
TEST(RefusingDisks, StopTheirRegionAndLoseNothingAcknowledged) {
  class Stops : public ClusterObserver {
   public:
    void on_region_state(Instant, RegionId, RegionState state) override {
      if (state == RegionState::kDown) ++count;
    }
    int count = 0;
  };
  const std::string regions[] = {"{us-east-1: {fsync: 5ms}, eu-west-1: {fsync: 7ms}}",
                                 "[us-east-1, eu-west-1]"};
  for (const std::string& each : regions) {
    const Scenario scenario = scenario_of_text("name: Disks that refuse\nregions: " + each +
                                               R"(
network: aws
workload:
  - {rate: 100/s, keys: uniform(100), mix: {put: 60, update: 20, delete: 20}, for: 20s}
expect:
  - converged: {within: 60s, after: last-write}
)");
    int stops = 0;
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SimOptions options;
      options.seed = seed;
      options.storage = SimStorage::kLevelDb;
      (seed % 2 == 0 ? options.storage_faults.fsync_fails : options.storage_faults.append_fails) =
          0.002;
      Stops heard;
      PlayOptions listening;
      listening.attach = [&heard](const Stage& stage) { stage.cluster.add_observer(&heard); };
      const Verdict verdict = play(scenario, options, listening).verdict;
      EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << "seed " << seed << ": " << text_of(verdict);
      stops += heard.count;
    }
    EXPECT_GT(stops, 5) << each;
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, OnLevelDb,
                         testing::Values("crash-in-burst", "consumer-fails-over",
                                         "consumer-falls-behind", "shard-split-consumer",
                                         "split-brain", "ttl", "add-replica", "remove-replica",
                                         "stream-reenabled", "stream-after-24h", "shard-split",
                                         "coalescing", "transaction-in-part", "throttled-replica",
                                         "flapping-link", "replication-paused"),
                         [](const auto& tested) {
                           std::string name;
                           for (const char c : std::string{tested.param}) {
                             if (c != '-') name += c;
                           }
                           return name;
                         });

}  // namespace
}  // namespace gtsim
