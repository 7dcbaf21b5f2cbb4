// The live cluster over nodes in this process (fake_region_node.h): the same scenarios, checks and
// observers as in the simulator, in real time; and nodes that misbehave.
#include "coordinator/live/live_cluster.h"

#include <gtest/gtest.h>

#include <chrono>

#include "coordinator/language/reader.h"
#include "coordinator/live/live_scenario.h"
#include "coordinator/play/play.h"
#include "region-node/item/canonical.h"
#include "tests/fake_region_node.h"

namespace gtsim {

namespace wire = coordinator::v1;

namespace {

constexpr RegionId kEurope{0};
constexpr RegionId kAmerica{1};
constexpr TableId kTable{0};

constexpr const char* kHead = R"(
name: A test
regions: [eu-west-1, us-east-1]
)";
constexpr const char* kTables = "tables: {items: {key: {PK: S}}}\n";

class LiveRun {
 public:
  explicit LiveRun(const std::string& body, double speed = 50)
      : scenario_(live_scenario(read(with_tables(body)), speed)),
        clock_(speed, std::chrono::milliseconds{20}),
        nodes_(scenario_, [this] { return clock_.now() + kAhead; }) {}

  void connect() {
    LiveOptions options;
    options.instants_ahead = kAhead;
    auto made = LiveCluster::connect(scenario_, nodes_, clock_, options);
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error().detail);
    cluster_ = std::move(*made);
  }

  [[nodiscard]] Verdict run() {
    if (!cluster_) connect();
    return play_on(*cluster_, scenario_, /*seed=*/1, {}).verdict;
  }

  [[nodiscard]] FakeCluster& nodes() { return nodes_; }
  [[nodiscard]] LiveCluster& cluster() { return *cluster_; }

 private:
  static constexpr Duration kAhead{1'000'000};
  static std::string with_tables(const std::string& body) {
    return kHead + (body.starts_with("\ntables:") ? std::string{} : kTables) + body;
  }
  static Scenario read(const std::string& text) {
    auto read = read_scenario_text(text, "test.yaml");
    if (auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
      ADD_FAILURE() << errors->front().to_string();
      return {};
    }
    return std::get<Scenario>(std::move(read));
  }

  Scenario scenario_;
  RunClock clock_;
  FakeCluster nodes_;
  std::unique_ptr<LiveCluster> cluster_;
};

std::string told(const Verdict& verdict) {
  std::string text = to_text(verdict.kind);
  if (!verdict.reason.empty()) text += " (" + verdict.reason + ")";
  if (verdict.violation) text += " " + verdict.violation->check + ": " + verdict.violation->message;
  for (const ExpectationResult& result : verdict.expectations) {
    if (!result.holds) text += "\n" + result.text + ": " + result.found;
  }
  return text;
}

TEST(LiveCluster, AWorkloadConvergesAndEveryCheckHolds) {
  LiveRun run{R"(
workload:
  - {regions: all, rate: 20/s, keys: uniform(20), for: 20s,
     mix: {put: 40, update: 20, delete: 10, put_if_absent: 10, increment: 10, transact: 10}}
expect:
  - converged: {within: 60s, after: last-write}
  - digest: equal
)"};
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
  EXPECT_FALSE(run.cluster().compare_with_nodes().has_value());
}

TEST(LiveCluster, APartitionHoldsWritesBackUntilItHeals) {
  LiveRun run{R"(
steps:
  - {at: 1s, partition: [[eu-west-1], [us-east-1]]}
  - {at: 10s, in: eu-west-1, put: {PK: cart, by: europe}}
  - {at: 20s, in: us-east-1, put: {PK: cart, by: america}}
  - {at: 35s, heal: all}
expect:
  # A third of a second of the machine's time after the writes, and before the heal.
  - item: {in: eu-west-1, key: {PK: cart}, at: 30s, has: {by: europe}}
  - item: {in: us-east-1, key: {PK: cart}, at: 30s, has: {by: america}}
  - item: {in: all, key: {PK: cart}, has: {by: america}}
  - lost_writes: {acknowledged: 1}
)",
              30};
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
}

TEST(LiveCluster, AReplicaJoinsAndHasWhatWasThereBefore) {
  LiveRun run{R"(
tables: {items: {key: {PK: S}, stream: NEW_AND_OLD_IMAGES, regions: [eu-west-1]}}
steps:
  - {at: 1s, in: eu-west-1, put: {PK: early}}
  - {at: 2s, add_replica: {region: us-east-1}}
expect:
  - replica: {region: us-east-1, status: ACTIVE}
  - digest: equal
)"};
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
}

TEST(LiveCluster, ACrashUnderLoadLosesNothingThatWasAcknowledged) {
  LiveRun run{R"(
workload:
  - {regions: all, rate: 100/s, keys: uniform(30), for: 20s,
     mix: {put: 50, increment: 30, put_if_absent: 20}}
steps:
  - {at: 4s, crash: eu-west-1, restart_after: 3s}
  - {at: 12s, crash: us-east-1, restart_after: 2s}
expect:
  - digest: equal
)",
              20};
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
  EXPECT_FALSE(run.cluster().compare_with_nodes().has_value());
}

TEST(LiveCluster, AFrozenRegionAnswersLateAndItsClientsHaveGivenUp) {
  LiveRun run{R"(
steps:
  - {at: 1s, freeze: eu-west-1, for: 20s}
  - {at: 2s, in: eu-west-1, put: {PK: a}, outcome: timed-out}
  - {at: 20s, in: eu-west-1, put: {PK: b}, outcome: ok}
expect:
  - item: {in: all, key: {PK: a}, has: {PK: a}}
)",
              20};
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
}

TEST(LiveCluster, AConsumerReadsTheMirrorAsItReadsASimulatedStream) {
  LiveRun run{R"(
workload:
  - {regions: all, rate: 20/s, keys: uniform(20), for: 10s}
consumers:
  everything: {region: eu-west-1, handler: record}
steps:
  - {at: 5s, split: {region: eu-west-1}}
expect:
  - stream_status: {region: eu-west-1, at: 8s, shards: 3, open_shards: 2}
  - filter: {consumer: everything, missed: 0}
)",
              20};
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
}

// ---------------------------------------------------------------- nodes that misbehave

TEST(LiveClusterRefuses, ARecordThatTheOriginNeverMade) {
  LiveRun run{"duration: 30s\n"};
  run.connect();
  wire::RunReport report;
  wire::JournalEntry& entry = *report.mutable_entries()->add_entries();
  entry.set_number(2);  // 0 and 1 told of the stream
  wire::Record& record = *entry.mutable_record();
  record.set_in_stream(true);
  record.set_key(encode_item({{"PK", AttributeValue::string("a")}}));
  record.set_new_image(record.key());
  record.mutable_version()->set_timestamp_us(1);
  record.mutable_version()->set_origin("eu-west-1");
  run.nodes().node(kEurope).say(report);
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kCheckFailed) << told(verdict);
  ASSERT_TRUE(verdict.violation.has_value());
  EXPECT_EQ(verdict.violation->check, "one-application-record");
}

struct Nonsense {
  const char* name;
  std::function<void(wire::RunReport&)> make;
  const char* told;  // part of the reason
};

class LiveClusterNonsense : public testing::TestWithParam<Nonsense> {};

TEST_P(LiveClusterNonsense, EndsTheRunWithAReason) {
  LiveRun run{"duration: 1h\n"};
  run.connect();
  wire::RunReport report;
  GetParam().make(report);
  run.nodes().node(kAmerica).say(report);
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kUndecided);
  EXPECT_NE(verdict.reason.find("us-east-1"), std::string::npos) << verdict.reason;
  EXPECT_NE(verdict.reason.find(GetParam().told), std::string::npos) << verdict.reason;
}

wire::JournalEntry& next_entry(wire::RunReport& report, std::uint64_t number = 2) {
  wire::JournalEntry& entry = *report.mutable_entries()->add_entries();
  entry.set_number(number);
  return entry;
}

INSTANTIATE_TEST_SUITE_P(
    All, LiveClusterNonsense,
    testing::Values(
        Nonsense{"AGapInTheJournal", [](auto& report) { next_entry(report, 7).mutable_record(); },
                 "journal entry 7, 2 was to come next"},
        Nonsense{"NothingAtAll", [](auto&) {}, "does not know"},
        Nonsense{"AnEntryWithoutAKind", [](auto& report) { next_entry(report); },
                 "journal entry 2 says nothing"},
        Nonsense{"ATableThatIsNotThere",
                 [](auto& report) { next_entry(report).mutable_discard()->set_table(9); },
                 "table number 9"},
        Nonsense{"AKeyThatIsNotCanonical",
                 [](auto& report) { next_entry(report).mutable_quiet_apply()->set_key("?"); },
                 "a key is not canonical"},
        Nonsense{"AnUnknownRegion",
                 [](auto& report) {
                   wire::QuietApply& apply = *next_entry(report).mutable_quiet_apply();
                   apply.set_key(encode_item({{"PK", AttributeValue::string("a")}}));
                   apply.mutable_version()->set_origin("atlantis");
                 },
                 "`atlantis`"},
        Nonsense{"AnAnswerToNobody", [](auto& report) { report.mutable_result()->set_id(77); },
                 "a call that nobody made"},
        Nonsense{"AnOutcomeThatIsNone", [](auto& report) { report.mutable_order()->set_id(77); },
                 "does not know"},
        Nonsense{"AnAnswerToNoOrder",
                 [](auto& report) {
                   report.mutable_order()->set_id(77);
                   report.mutable_order()->set_outcome(wire::ORDER_TAKEN);
                 },
                 "an order that nobody gave"},
        Nonsense{"AStatusThatThereIsNot",
                 [](auto& report) {
                   next_entry(report).mutable_table_fact()->set_replica_status("GONE");
                 },
                 "a replica with the status `GONE`"},
        Nonsense{"ARecordOutOfOrder",
                 [](auto& report) {
                   wire::Record& record = *next_entry(report).mutable_record();
                   record.set_in_stream(true);
                   record.set_number(5);
                   record.set_key(encode_item({{"PK", AttributeValue::string("a")}}));
                   record.mutable_version()->set_origin("us-east-1");
                 },
                 "record 5 of a stream, 0 was to come"}),
    [](const auto& param) { return std::string{param.param.name}; });

TEST(LiveCluster, ANodeThatEndsByItselfEndsTheRun) {
  LiveRun run{"duration: 1h\n"};
  run.connect();
  run.nodes().ended_by_itself = "was ended by signal 6 (SIGABRT)";
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kUndecided);
  EXPECT_NE(verdict.reason.find("ended by itself: was ended by signal 6"), std::string::npos)
      << verdict.reason;
}

TEST(LiveCluster, WritesThatADeadRegionHadMadeAreToldWhenItIsBack) {
  LiveRun run{R"(
steps:
  - {at: 2s, in: eu-west-1, put: {PK: a}, outcome: timed-out}
  - {at: 3s, crash: eu-west-1, restart_after: 2s}
expect:
  - item: {in: all, key: {PK: a}, has: {PK: a}}
)"};
  run.connect();
  run.nodes().node(kEurope).set_silent(true);
  const Verdict verdict = run.run();
  EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
}

TEST(LiveCluster, ReadingBackFindsAnItemThatWasNeverTold) {
  LiveRun run{R"(
steps:
  - {at: 1s, in: eu-west-1, put: {PK: a}}
)"};
  const Verdict verdict = run.run();
  ASSERT_EQ(verdict.kind, VerdictKind::kHolds) << told(verdict);
  run.nodes().node(kAmerica).forget("a");
  const auto violation = run.cluster().compare_with_nodes();
  ASSERT_TRUE(violation.has_value());
  EXPECT_EQ(violation->check, "mirror");
  EXPECT_EQ(violation->region, kAmerica);
  EXPECT_EQ(violation->table, kTable);
}

}  // namespace
}  // namespace gtsim
