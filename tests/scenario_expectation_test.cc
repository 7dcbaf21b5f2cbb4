// Expectations from YAML to the AST, and the line that a verdict shows for them.
#include <gtest/gtest.h>

#include "region-node/item/dynamodb_json.h"
#include "tests/scenario_reading.h"

namespace gtsim {
namespace {

const std::string kTwo = "regions: [a, b]\n";
const std::string kFault = kTwo + "steps: [{at: 1s, isolate: a, for: 1s, name: outage}]\n";

TEST(ScenarioExpectation, Converged) {
  using Kind = AfterSpec::Kind;
  const auto read_after = [](const std::string& head, const std::string& text) {
    return only_expectation<ConvergedExpectation>(head, text).after;
  };
  EXPECT_EQ(read_after(kFault, "converged: 5s").kind, Kind::kLastFault);
  EXPECT_EQ(read_after(kTwo, "converged: 5s").kind, Kind::kLastWrite);
  EXPECT_EQ(read_after(kFault, "converged: {within: 5s, after: last-fault}").kind,
            Kind::kLastFault);
  EXPECT_EQ(read_after(kFault, "converged: {within: 5s, after: last-write}").kind,
            Kind::kLastWrite);
  const AfterSpec time = read_after(kTwo, "converged: {within: 5s, after: 5m}");
  EXPECT_EQ(time.kind, Kind::kTime);
  EXPECT_EQ(time.time, seconds(300));
  const AfterSpec step = read_after(kFault, "converged: {within: 5s, after: outage}");
  EXPECT_EQ(step.kind, Kind::kStep);
  EXPECT_EQ(step.step, "outage");
}

TEST(ScenarioExpectation, Lag) {
  const auto lag = only_expectation<LagExpectation>(
      kTwo, "lag: {to: b, p50: < 1s, p90: < 2s, p99: < 3s, p999: < 4s, max: 1s..5s}");
  EXPECT_FALSE(lag.from.has_value());
  EXPECT_EQ(lag.to, kB);
  ASSERT_EQ(lag.percentiles.size(), 5u);
  EXPECT_DOUBLE_EQ(lag.percentiles[0].first, 0.5);
  EXPECT_DOUBLE_EQ(lag.percentiles[3].first, 0.999);
  EXPECT_DOUBLE_EQ(lag.percentiles[4].first, 1.0);
  EXPECT_EQ(lag.percentiles[4].second.minimum, seconds(1));
}

TEST(ScenarioExpectation, ItemInAllRegionsThatHaveItThen) {
  const std::string head =
      "regions: [a, b, c]\ntables: {t: {regions: [a, b]}}\n"
      "control_plane: {source_lock: 0s}\n"
      "steps: [{at: 1m, add_replica: {region: c, takes: 10s}}, {at: 2m, remove_replica: {region: "
      "a}}]\n";
  const auto regions_of = [&](const std::string& rest) {
    return only_expectation<ItemExpectation>(head, "item: {key: {PK: x}, absent: true" + rest + '}')
        .regions;
  };
  EXPECT_EQ(regions_of(", at: 30s"), (Regions{kA, kB}));
  EXPECT_EQ(regions_of(", at: 65s"), (Regions{kA, kB}));  // c is still CREATING
  EXPECT_EQ(regions_of(", at: 90s, in: all"), (Regions{kA, kB, kC}));
  EXPECT_EQ(regions_of(""), (Regions{kB, kC}));
  EXPECT_EQ(regions_of(", in: [c]"), Regions{kC});
}

TEST(ScenarioExpectation, Item) {
  const auto whole = only_expectation<ItemExpectation>(
      kTwo, "item: {key: {PK: x}, equals: {PK: x, n: 1}, at: 90s}");
  EXPECT_EQ(item_to_json(whole.key), R"({"PK":{"S":"x"}})");
  EXPECT_EQ(item_to_json(whole.equals.value()), R"({"PK":{"S":"x"},"n":{"N":"1"}})");
  EXPECT_FALSE(whole.has.has_value());
  EXPECT_FALSE(whole.absent);
  EXPECT_EQ(whole.at, seconds(90));
  const auto absent = only_expectation<ItemExpectation>(kTwo, "item: {key: {PK: x}, absent: true}");
  EXPECT_TRUE(absent.absent);
  EXPECT_FALSE(absent.at.has_value());
}

TEST(ScenarioExpectation, Counts) {
  EXPECT_EQ(only_expectation<ConflictsExpectation>(kTwo, "conflicts: 3").count.minimum, 3);
  const auto conflicts = only_expectation<ConflictsExpectation>(
      kTwo, "conflicts: {count: \">= 1\", winner: a, loser: b, table: table}");
  EXPECT_FALSE(conflicts.count.maximum.has_value());
  EXPECT_EQ(conflicts.winner, kA);
  EXPECT_EQ(conflicts.loser, kB);
  EXPECT_EQ(conflicts.table, TableId{0});
  const auto lost =
      only_expectation<LostWritesExpectation>(kTwo, "lost_writes: {acknowledged: 0, region: a}");
  EXPECT_EQ(lost.region, kA);
  EXPECT_EQ(lost.acknowledged.maximum, 0);
  const auto writes =
      only_expectation<WritesExpectation>(kTwo, "writes: {outcome: timed-out, count: < 5}");
  EXPECT_EQ(writes.outcome, WriteOutcome::kTimedOut);
  EXPECT_EQ(writes.count.maximum, 4);
  const auto counter =
      only_expectation<CounterExpectation>(kTwo, "counter: {key: {PK: x}, attribute: n, lost: 37}");
  EXPECT_EQ(counter.attribute, "n");
  EXPECT_EQ(counter.lost.minimum, 37);
}

TEST(ScenarioExpectation, Streams) {
  const auto records =
      only_expectation<RecordsExpectation>(kTwo + "tables: {t: {ttl: e}}\n",
                                           "records: {region: a, event: REMOVE, origin: "
                                           "APPLICATION, origin_region: a, ttl: false, count: 1}");
  EXPECT_EQ(records.event, "REMOVE");
  EXPECT_EQ(records.origin, "APPLICATION");
  EXPECT_EQ(records.origin_region, kA);
  EXPECT_EQ(records.ttl, false);
  const auto stream =
      only_expectation<StreamExpectation>(kTwo, "stream: {region: b, matches: golden/x.jsonl}");
  EXPECT_EQ(stream.path, "folder/golden/x.jsonl");
  using From = StreamReadExpectation::From;
  const auto latest = only_expectation<StreamReadExpectation>(
      kTwo, "stream_read: {region: a, at: 25h, iterator_at: 24h, from: latest, records: 0}");
  EXPECT_EQ(latest.from, From::kLatest);
  EXPECT_EQ(latest.iterator_at, seconds(24 * 3600));
  const auto after = only_expectation<StreamReadExpectation>(
      kTwo,
      "stream_read: {region: a, at: 25h, from: {after: 3}, error: TrimmedDataAccessException}");
  EXPECT_EQ(after.from, From::kAfterRecord);
  EXPECT_EQ(after.record, 3);
  EXPECT_EQ(after.error, "TrimmedDataAccessException");
  EXPECT_FALSE(after.records.has_value());
  const auto status = only_expectation<StreamStatusExpectation>(
      kTwo, "stream_status: {region: a, status: ENABLED, shards: 3, open_shards: 2}");
  EXPECT_EQ(status.status, "ENABLED");
  EXPECT_EQ(status.open_shards->maximum, 2);
}

TEST(ScenarioExpectation, ReplicaAndDigest) {
  const auto replica =
      only_expectation<ReplicaExpectation>(kTwo, "replica: {region: b, at: 30s, status: ACTIVE}");
  EXPECT_EQ(replica.region, kB);
  EXPECT_EQ(replica.at, seconds(30));
  EXPECT_EQ(replica.status, "ACTIVE");
  EXPECT_FALSE(only_expectation<DigestExpectation>(kTwo, "digest: equal").is.has_value());
  const auto digest =
      only_expectation<DigestExpectation>(kTwo, "digest: {is: \"0123456789012345\", table: table}");
  EXPECT_EQ(digest.is, "0123456789012345");
  EXPECT_EQ(digest.table, TableId{0});
}

TEST(ScenarioExpectation, ExpectationsAreReadable) {
  const std::string head = kFault;
  const std::pair<const char*, const char*> cases[] = {
      {"converged: 5s", "converged within 5s after the last fault"},
      {"converged: {within: 5s, after: outage}", "converged within 5s after step outage"},
      {"lag: {from: a, to: b, p99: < 2s, p999: < 3s, max: 1s..5s}",
       "lag a -> b p99 < 2s, p999 < 3s, max in 1s..5s"},
      {"lag: {p50: < 1s}", "lag any region -> any region p50 < 1s"},
      {"item: {key: {PK: x}, in: b, has: {n: 1}}", "item {PK: x} in b at the end has {n: 1}"},
      {"item: {key: {PK: x}, at: 90s, absent: true}", "item {PK: x} in a, b at 1m30s is absent"},
      {"counter: {key: {PK: x}, attribute: n, lost: 37}",
       "counter n of {PK: x}: lost increments = 37"},
      {"conflicts: {count: 3, winner: a, loser: b}", "conflicts won by a lost by b = 3"},
      {"lost_writes: 0", "acknowledged writes lost unseen = 0"},
      {"records: {region: a, event: INSERT, origin: REPLICATION, origin_region: b, count: 10}",
       "records INSERT with origin REPLICATION written in b in a = 10"},
      {"writes: {region: a, outcome: ok, count: < 2}", "writes that end ok in a < 2"},
      {"stream: {region: a, matches: g.jsonl}", "stream in a matches folder/g.jsonl"},
      {"stream_read: {region: a, at: 25h, from: {at: 1}, records: 0}",
       "reading the stream in a from record 1 at 1d1h: records = 0"},
      {"replica: {region: a, status: ACTIVE}", "replica in a at the end is ACTIVE"},
      {"stream_status: {region: a, at: 30s, shards: 3}", "stream in a at 30s, shards = 3"},
      {"digest: equal", "digest is equal in all regions"},
  };
  for (const auto& [yaml, text] : cases) {
    const Scenario scenario = read(head + "expect:\n  - " + yaml + '\n');
    ASSERT_EQ(scenario.expect.size(), 1u) << yaml;
    EXPECT_EQ(scenario.expect[0].text, text);
    EXPECT_EQ(scenario.expect[0].position.line, 4);
  }
}

}  // namespace
}  // namespace gtsim
