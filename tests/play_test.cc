// What a run is given and what it comes to: no file but those it is handed, and one result, of
// which every report is made.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/report/report.h"
#include "sim/command/worker_pool.h"
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

// Every kind of thing that a result holds: writes, conflicts, lags, consumers with examples, a
// refused order, expectations that hold and that do not.
constexpr const char* kEventful = R"(
name: Eventful
regions: {us-east-1: {fsync: 5ms}, eu-west-1: {fsync: 7ms}}
network: aws
tables: {t: {key: {PK: S}, stream: NEW_AND_OLD_IMAGES}}
workload:
  - {rate: 50/s, keys: uniform(10), mix: {put: 60, update: 20, delete: 20}, for: 10s}
consumers:
  inserts: {region: us-east-1, filter: ['{"eventName": ["INSERT"]}'], wants: {origin: application}}
  all: {region: eu-west-1, faults: {fail_every: 3}}
steps:
  - {at: 2s, crash: us-east-1, restart_after: 1s}
  - {at: 5s, cut: {between: [us-east-1, eu-west-1]}, for: 3s}
expect:
  - converged: {within: 60s, after: last-write}
  - filter: {consumer: inserts, missed: 0}
  - writes: {outcome: ok, count: 1}
)";

SimOptions world_of(SimStorage storage, std::uint64_t seed = 1) {
  SimOptions world;
  world.seed = seed;
  world.storage = storage;
  return world;
}

// All that is told of it, for people and for programs.
std::string told(const Scenario& scenario, const RunResult& result) {
  const RunReport report{.scenario = scenario,
                         .result = result,
                         .wall_seconds = 0,
                         .folder = {},
                         .reproduce = "again",
                         .output_error = {},
                         .profile = {},
                         .storage = {},
                         .mutant = {}};
  return verdict_json(report) + junit_suite(report) + human_report(report, /*color=*/false);
}

class Play : public testing::TestWithParam<SimStorage> {};
GTSIM_ON_BOTH_STORAGES(Play);

TEST_P(Play, GivesOneResultAndOneReport) {
  const Scenario scenario = scenario_of_text(kEventful);
  const RunResult once = play(scenario, world_of(GetParam()));
  const std::string text = told(scenario, once);
  EXPECT_EQ(told(scenario, once), text);
  EXPECT_EQ(told(scenario, RunResult{once}), text);
  EXPECT_EQ(told(scenario, play(scenario, world_of(GetParam()))), text);
  EXPECT_NE(told(scenario, play(scenario, world_of(GetParam(), 2))), text);
  ASSERT_EQ(once.consumers.size(), 2U);
  EXPECT_EQ(once.consumers[0].name, "inserts");
  EXPECT_EQ(once.verdict.kind, VerdictKind::kExpectationFailed) << text_of(once.verdict);
}

// In a process that can open none, and whose folder is not its own. The sanitizer of undefined
// behaviour looks at memory through a pipe: there only the folder is taken away.
#if defined(__SANITIZE_ADDRESS__)
constexpr rlim_t kOpenFiles = 64;
#else
constexpr rlim_t kOpenFiles = 0;
#endif

TEST_P(Play, OpensNoFile) {
  const Scenario scenario = scenario_of_text(kEventful);
  std::string without_files;
  run_in_children(
      {.work =
           [&](std::size_t) {
             SingleRunResult result;
             const rlimit few{kOpenFiles, kOpenFiles};
             if (::chdir("/proc") != 0 || ::setrlimit(RLIMIT_NOFILE, &few) != 0) {
               return result;
             }
             result.json = told(scenario, play(scenario, world_of(GetParam())));
             return result;
           },
       .lost =
           [](std::size_t, VerdictKind, std::string reason) {
             ADD_FAILURE() << reason;
             return SingleRunResult{};
           },
       .done = [&](std::size_t,
                   SingleRunResult result) { without_files = std::move(result.json); }});
  EXPECT_EQ(without_files, told(scenario, play(scenario, world_of(GetParam()))));
}

// ---- The files that it is handed

// Golden files in memory; remembers what it was asked for.
class MemoryFiles final : public RunFiles {
 public:
  std::unique_ptr<KeptLines> golden(const std::string& path) override {
    asked.push_back(path);
    return std::make_unique<Lines>(*this, path);
  }
  std::string errors_path(const std::string& consumer) override {
    asked.push_back(consumer);
    return {};
  }
  std::int64_t error_lines(const std::string& consumer, std::string_view text) override {
    asked.push_back(consumer + ": " + std::string{text});
    return 3;
  }

  std::map<std::string, std::string> texts;
  std::vector<std::string> asked;

 private:
  class Lines final : public KeptLines {
   public:
    Lines(MemoryFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
    bool readable() const override { return files_.texts.contains(path_); }
    std::optional<std::string> next() override {
      const std::string& text = files_.texts.at(path_);
      if (from_ == text.size()) return std::nullopt;
      const std::size_t end = text.find('\n', from_);
      return text.substr(std::exchange(from_, end + 1), end - from_);
    }
    std::string replace(std::string_view text) override {
      files_.texts[path_] = text;
      return {};
    }

   private:
    MemoryFiles& files_;
    std::string path_;
    std::size_t from_ = 0;
  };
};

constexpr const char* kGolden = R"(
regions: [a]
tables: {t: {key: {PK: S}, stream: NEW_AND_OLD_IMAGES}}
consumers:
  c: {region: a}
steps:
  - {at: 1s, put: {PK: x, v: 1}}
  - {at: 2s, put: {PK: x, v: 2}}
expect:
  - stream: {region: a, matches: /gone/stream.jsonl}
  - deliveries: {consumer: c, matches: /gone/deliveries.jsonl}
  - output: {consumer: c, contains: "word", lines: 3}
)";

TEST(PlayFiles, AreThoseThatItIsHanded) {
  const Scenario scenario = scenario_of_text(kGolden);
  MemoryFiles files;
  PlayOptions options;
  options.files = &files;
  const auto verdict = [&] { return play(scenario, SimOptions{}, options).verdict; };

  const Verdict unreadable = verdict();
  EXPECT_EQ(unreadable.kind, VerdictKind::kExpectationFailed);
  EXPECT_NE(text_of(unreadable).find("/gone/stream.jsonl: cannot be read"), std::string::npos);
  EXPECT_EQ(files.asked,
            (std::vector<std::string>{"/gone/stream.jsonl", "/gone/deliveries.jsonl", "c: word"}));
  EXPECT_TRUE(files.texts.empty());

  options.update_golden = true;
  EXPECT_EQ(verdict().kind, VerdictKind::kHolds);
  EXPECT_EQ(files.texts.size(), 2U);

  options.update_golden = false;
  const Verdict equal = verdict();
  EXPECT_EQ(equal.kind, VerdictKind::kHolds) << text_of(equal);

  files.texts["/gone/stream.jsonl"] += "{}\n";
  EXPECT_NE(text_of(verdict()).find("the stream ended before this line\n    {}"),
            std::string::npos);
}

TEST(PlayFiles, ThatNobodyHandsItAreNotThere) {
  const Scenario scenario = scenario_of_text(kGolden);
  PlayOptions options;
  const std::string text = text_of(play(scenario, SimOptions{}, options).verdict);
  EXPECT_NE(text.find("/gone/stream.jsonl: cannot be read"), std::string::npos) << text;
  EXPECT_NE(text.find("lines 0"), std::string::npos) << text;

  options.update_golden = true;
  const Verdict updated = play(scenario, SimOptions{}, options).verdict;
  EXPECT_NE(updated.expectations[0].found.find("it could not be rewritten: this run has no files"),
            std::string::npos)
      << updated.expectations[0].found;
}

// ---- The story

TEST(PlayStory, IsTheViolatedKeysAndComesWithoutConsumers) {
  const Scenario scenario = scenario_of_text(R"(
regions: {a: {fsync: 300ms}, b: {fsync: 5ms}}
network: 20ms
tables: {t: {key: {PK: S}, stream: NEW_AND_OLD_IMAGES}}
consumers: {c: {region: b}}
workload: [{rate: 50/s, keys: uniform(20), for: 20s}]
steps:
  - {at: 5s, crash: a, restart_after: 1s}
  - {at: 10s, crash: a, restart_after: 1s}
)");
  SimOptions world = world_of(SimStorage::kLevelDb);
  world.storage_faults.log_fsync_lies = true;
  int times = 0;
  PlayOptions options;
  options.attach = [&times](const Stage& stage) {
    ++times;
    EXPECT_FALSE(stage.runner.consumers().empty());
  };
  const RunResult result = play(scenario, world, options);
  ASSERT_TRUE(result.verdict.violation) << text_of(result.verdict);
  EXPECT_FALSE(result.verdict.story.empty());
  EXPECT_EQ(times, 1);
  EXPECT_EQ(play(scenario, world).verdict.story, result.verdict.story);
}

TEST(PlayLost, TellsTheExpectationsThatNobodyLookedAt) {
  const Scenario scenario = scenario_of_text(kEventful);
  const RunResult lost = lost_result(scenario, 7, VerdictKind::kDied, "a check failed");
  ASSERT_EQ(lost.verdict.expectations.size(), 3U);
  const std::string text = told(scenario, lost);
  EXPECT_NE(text.find(R"("seed":7,"verdict":"died")"), std::string::npos) << text;
  EXPECT_EQ(text.find("history_digest"), std::string::npos) << text;
}

}  // namespace
}  // namespace gtsim
