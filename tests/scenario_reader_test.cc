// From good files to the whole AST: defaults, every section, and what the reader works out.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "region-node/item/dynamodb_json.h"
#include "tests/scenario_reading.h"

namespace gtsim {
namespace {

// ---------------------------------------------------------------- the whole

TEST(ScenarioReader, SmallestFile) {
  const Scenario scenario = read("regions: [b, a]\n");
  EXPECT_EQ(scenario.path, "folder/some-name.yaml");
  EXPECT_EQ(scenario.slug, "some-name");
  EXPECT_EQ(scenario.name, "some-name");
  EXPECT_EQ(scenario.text, "regions: [b, a]\n");
  EXPECT_EQ(scenario.description, "");
  ASSERT_EQ(scenario.regions.size(), 2u);
  EXPECT_EQ(scenario.regions[0].name, "a");  // in the order of names
  EXPECT_EQ(scenario.regions[0].position.column, 14);
  EXPECT_EQ(scenario.regions[1].name, "b");
  EXPECT_EQ(scenario.regions[0].clock.offset.count(), 0);
  EXPECT_EQ(scenario.regions[0].clock.drift_ppm, 0);
  EXPECT_EQ(scenario.regions[0].fsync.count(), 0);

  ASSERT_TRUE(scenario.network.defaults.latency.has_value());
  EXPECT_EQ(scenario.network.defaults.latency->kind, DelayModel::Kind::kConstant);
  EXPECT_EQ(scenario.network.defaults.latency->first.count(), 50'000);
  EXPECT_FALSE(scenario.network.defaults.loss.has_value());
  EXPECT_TRUE(scenario.network.links.empty());

  ASSERT_EQ(scenario.tables.size(), 1u);
  const TableSpec& table = scenario.tables[0];
  EXPECT_EQ(table.name, "table");
  EXPECT_EQ(table.key.hash.name, "PK");
  EXPECT_EQ(table.key.hash.type, AttributeType::kS);
  EXPECT_FALSE(table.key.range.has_value());
  EXPECT_EQ(table.stream, StreamViewType::kNewAndOldImages);
  EXPECT_EQ(table.regions, (Regions{kA, kB}));
  EXPECT_FALSE(table.ttl.has_value());
  EXPECT_EQ(table.write_capacity.size(), 2u);
  EXPECT_FALSE(table.write_capacity[0].has_value());
  EXPECT_EQ(table.shards, 1);
  EXPECT_EQ(table.shard_rollover, seconds(4 * 3600));

  EXPECT_EQ(scenario.replication.batch, 100);
  EXPECT_FALSE(scenario.seed.has_value());
  EXPECT_EQ(to_iso8601(scenario.start, 0), "2026-01-01T00:00:00Z");
  EXPECT_FALSE(scenario.duration.has_value());
  EXPECT_EQ(scenario.history, HistoryMode::kAuto);
  EXPECT_EQ(scenario.limits.settle, seconds(3600));
}

TEST(ScenarioReader, Settings) {
  const Scenario scenario = read(
      "# What to watch.\n# More.\nname: A title\nseed: 7\nstart: 2026-03-29T00:59:59.5Z\n"
      "duration: 10m\nhistory: off\nsettle: 2h\nlimits: {backlog: 5, events: 6}\n"
      "replication: {batch: 1, in_flight: 2, retry: 3s, coalesce: 4s}\nregions: [a]\n");
  EXPECT_EQ(scenario.name, "A title");
  EXPECT_EQ(scenario.description, "What to watch.\nMore.");
  EXPECT_EQ(scenario.seed, 7u);
  EXPECT_EQ(to_iso8601(scenario.start, 6), "2026-03-29T00:59:59.500000Z");
  EXPECT_EQ(scenario.duration, seconds(600));
  EXPECT_EQ(scenario.history, HistoryMode::kOff);
  EXPECT_EQ(scenario.limits.settle, seconds(7200));
  EXPECT_EQ(scenario.limits.backlog, 5);
  EXPECT_EQ(scenario.limits.events, 6);
  EXPECT_EQ(scenario.replication.batch, 1);
  EXPECT_EQ(scenario.replication.in_flight, 2);
  EXPECT_EQ(scenario.replication.retry, seconds(3));
  EXPECT_EQ(scenario.replication.coalesce, seconds(4));
}

TEST(ScenarioReader, RegionsInTheLongForm) {
  const Scenario scenario =
      read("regions:\n  b: {clock: {offset: -1s, drift: 50ppm}, fsync: 2ms}\n  a:\n");
  ASSERT_EQ(scenario.regions.size(), 2u);
  EXPECT_EQ(scenario.regions[0].name, "a");
  EXPECT_EQ(scenario.regions[1].clock.offset, seconds(-1));
  EXPECT_DOUBLE_EQ(scenario.regions[1].clock.drift_ppm, 50);
  EXPECT_EQ(scenario.regions[1].fsync.count(), 2000);
}

TEST(ScenarioReader, NetworkOfAwsRegionsUsesTheirRoundTrips) {
  const Scenario scenario = read("regions: [us-east-1, eu-west-1]\n");
  EXPECT_EQ(scenario.network.defaults.latency->kind, DelayModel::Kind::kAws);
  const Scenario mixed = read("regions: [us-east-1, moon]\n");
  EXPECT_EQ(mixed.network.defaults.latency->kind, DelayModel::Kind::kConstant);
}

TEST(ScenarioReader, NetworkInShortForm) {
  const Scenario scenario = read("regions: [a, b]\nnetwork: lognormal(80ms, 0.3)\n");
  EXPECT_EQ(scenario.network.defaults.latency->kind, DelayModel::Kind::kLogNormal);
  EXPECT_DOUBLE_EQ(scenario.network.defaults.latency->shape, 0.3);
}

TEST(ScenarioReader, NetworkLinksAreDirectedAndMerged) {
  const Scenario scenario = read(
      "regions: [a, b]\nnetwork:\n"
      "  default: {jitter: uniform(0ms, 5ms), loss: 1%, duplicate: 0.1%, reorder: 2%, bandwidth: "
      "1MB/s}\n"
      "  links:\n    - {between: [b, a], loss: 5%}\n    - {from: a, to: b, latency: 2s}\n");
  const LinkSettings& defaults = scenario.network.defaults;
  EXPECT_EQ(defaults.latency->first.count(), 50'000);
  EXPECT_EQ(defaults.jitter->kind, DelayModel::Kind::kUniform);
  EXPECT_DOUBLE_EQ(*defaults.loss, 0.01);
  EXPECT_DOUBLE_EQ(*defaults.duplicate, 0.001);
  EXPECT_DOUBLE_EQ(*defaults.reorder, 0.02);
  EXPECT_EQ(*defaults.bandwidth_bytes_per_second, 1 << 20);
  ASSERT_EQ(scenario.network.links.size(), 2u);
  EXPECT_EQ(scenario.network.links[0].from, kA);
  EXPECT_EQ(scenario.network.links[0].to, kB);
  EXPECT_EQ(scenario.network.links[0].settings.latency->first, seconds(2));
  EXPECT_DOUBLE_EQ(*scenario.network.links[0].settings.loss, 0.05);
  EXPECT_EQ(scenario.network.links[1].from, kB);
  EXPECT_FALSE(scenario.network.links[1].settings.latency.has_value());
}

TEST(ScenarioReader, Tables) {
  const Scenario scenario = read(
      "regions: [a, b]\ntables:\n"
      "  users:\n"
      "  orders: {key: {PK: S, SK: N}, stream: KEYS_ONLY, regions: [b, a], ttl: expires,\n"
      "    capacity: {write: 100/s, regions: {b: 20/s}}, shards: 3, rollover: 1h,\n"
      "    backfill_records: true, record_time: origin}\n"
      "  local: {regions: b, capacity: 7/s, ttl: {attribute: e, delay: 5s, by: all}}\n"
      "  streamed: {regions: [a], stream: OLD_IMAGE, capacity: {regions: {a: unlimited}}}\n");
  ASSERT_EQ(scenario.tables.size(), 4u);
  EXPECT_EQ(scenario.tables[0].name, "users");  // in the order of the file
  EXPECT_EQ(scenario.tables[0].key.hash.name, "PK");
  EXPECT_EQ(scenario.tables[0].position.line, 3);

  const TableSpec& orders = scenario.tables[1];
  EXPECT_EQ(orders.key.range->name, "SK");
  EXPECT_EQ(orders.key.range->type, AttributeType::kN);
  EXPECT_EQ(orders.stream, StreamViewType::kKeysOnly);
  EXPECT_EQ(orders.regions, (Regions{kA, kB}));
  EXPECT_EQ(orders.ttl->attribute, "expires");
  EXPECT_EQ(orders.ttl->delay, seconds(600));
  EXPECT_FALSE(orders.ttl->every_region);
  EXPECT_EQ(orders.write_capacity[0], 100);
  EXPECT_EQ(orders.write_capacity[1], 20);
  EXPECT_EQ(orders.shards, 3);
  EXPECT_EQ(orders.shard_rollover, seconds(3600));
  EXPECT_TRUE(orders.records_for_backfill);
  EXPECT_TRUE(orders.origin_record_time);

  const TableSpec& local = scenario.tables[2];
  EXPECT_EQ(local.regions, Regions{kB});
  EXPECT_FALSE(local.stream.has_value());
  EXPECT_EQ(local.write_capacity[1], 7);
  EXPECT_EQ(local.ttl->delay, seconds(5));
  EXPECT_TRUE(local.ttl->every_region);
  EXPECT_EQ(scenario.tables[3].stream, StreamViewType::kOldImage);
  EXPECT_FALSE(scenario.tables[3].write_capacity[0].has_value());
}

// ---------------------------------------------------------------- workload and replay

TEST(ScenarioReader, WorkloadDefaults) {
  const Scenario scenario = read("regions: [a, b]\nworkload:\n  - {for: 10m}\n");
  ASSERT_EQ(scenario.workload.size(), 1u);
  const WorkloadSpec& workload = scenario.workload[0];
  EXPECT_EQ(workload.regions, (Regions{kA, kB}));
  EXPECT_EQ(workload.table, TableId{0});
  EXPECT_DOUBLE_EQ(workload.rate_per_second, 1);
  EXPECT_TRUE(workload.poisson);
  EXPECT_EQ(workload.keys.kind, KeyDistribution::Kind::kUniform);
  EXPECT_EQ(workload.keys.keys, 1000);
  EXPECT_EQ(workload.mix.put, 1);
  EXPECT_EQ(workload.mix.update, 0);
  EXPECT_EQ(workload.item_size_bytes_min, 200);
  EXPECT_EQ(workload.start.count(), 0);
  EXPECT_EQ(workload.for_duration, seconds(600));
  EXPECT_FALSE(workload.count.has_value());
}

TEST(ScenarioReader, Workload) {
  const Scenario scenario = read(
      "regions: [a, b, c]\ntables: {x: {}, y: {regions: [a, b], ttl: e}}\nworkload:\n"
      "  - {regions: [b, a], table: y, rate: 30/m, arrival: constant, keys: zipf(50, 0.9),\n"
      "     mix: {update: 1, delete: 2, put_if_absent: 3, increment: 4, transact: 5},\n"
      "     size: uniform(100, 1KB), start: 5s, for: 1m, count: 9, expires_after: 1h}\n"
      "  - {table: y, count: 1}\n");
  ASSERT_EQ(scenario.workload.size(), 2u);
  const WorkloadSpec& workload = scenario.workload[0];
  EXPECT_EQ(workload.regions, (Regions{kA, kB}));
  EXPECT_EQ(workload.table, TableId{1});
  EXPECT_DOUBLE_EQ(workload.rate_per_second, 0.5);
  EXPECT_FALSE(workload.poisson);
  EXPECT_DOUBLE_EQ(workload.keys.exponent, 0.9);
  EXPECT_EQ(workload.mix.put, 0);  // not named: does not happen
  EXPECT_EQ(workload.mix.update, 1);
  EXPECT_EQ(workload.mix.remove, 2);
  EXPECT_EQ(workload.mix.put_if_absent, 3);
  EXPECT_EQ(workload.mix.increment, 4);
  EXPECT_EQ(workload.mix.transact, 5);
  EXPECT_EQ(workload.item_size_bytes_min, 100);
  EXPECT_EQ(workload.item_size_bytes_max, 1024);
  EXPECT_EQ(workload.start, seconds(5));
  EXPECT_EQ(workload.count, 9);
  EXPECT_EQ(workload.expires_after, seconds(3600));
  EXPECT_EQ(scenario.workload[1].regions, (Regions{kA, kB}));  // where the table is
}

TEST(ScenarioReader, ReplayFilesAreResolvedAgainstTheScenario) {
  std::string folder = testing::TempDir() + "/gtsim-replay-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/trace.jsonl") << "{}\n";
  const Scenario scenario = read(
      "regions: [a, b]\nreplay:\n  - {trace: trace.jsonl, start: 1s, speed: 0.5}\n"
      "  - {records: ./trace.jsonl, region: b, table: table}\n",
      folder + "/s.yaml");
  std::filesystem::remove_all(folder);
  ASSERT_EQ(scenario.replay.size(), 2u);
  EXPECT_EQ(scenario.replay[0].format, ReplaySpec::Format::kTrace);
  EXPECT_EQ(scenario.replay[0].path, folder + "/trace.jsonl");
  EXPECT_FALSE(scenario.replay[0].region.has_value());
  EXPECT_EQ(scenario.replay[0].table, TableId{0});
  EXPECT_EQ(scenario.replay[0].start, seconds(1));
  EXPECT_DOUBLE_EQ(scenario.replay[0].speed, 0.5);
  EXPECT_EQ(scenario.replay[1].format, ReplaySpec::Format::kRecords);
  EXPECT_EQ(scenario.replay[1].region, kB);
}

// ---------------------------------------------------------------- writes

TEST(ScenarioReader, Put) {
  const auto step = only_action<WriteStep>(
      "{at: 1s, in: b, put: {PK: a, n: 5}, if: {not_exists: PK}, outcome: condition-failed}");
  EXPECT_EQ(step.region, kB);
  EXPECT_FALSE(step.transaction);
  EXPECT_EQ(step.outcome, WriteOutcome::kConditionFailed);
  ASSERT_EQ(step.writes.size(), 1u);
  EXPECT_EQ(item_to_json(std::get<PutWrite>(step.writes[0].action).item),
            R"({"PK":{"S":"a"},"n":{"N":"5"}})");
  ASSERT_EQ(step.writes[0].condition.size(), 1u);
  EXPECT_EQ(step.writes[0].condition[0].comparison, Comparison::kNotExists);
  EXPECT_EQ(step.writes[0].condition[0].attribute, "PK");
}

TEST(ScenarioReader, Update) {
  const auto step = only_action<WriteStep>(
      "{at: 1s, in: a, update: {key: {PK: 1}, set: {s: x, m: {}}, add: {n: -1}, remove: [z, y]}}");
  const auto& write = std::get<UpdateWrite>(step.writes.at(0).action);
  EXPECT_EQ(item_to_json(write.key), R"({"PK":{"S":"1"}})");
  EXPECT_EQ(item_to_json(write.update.set), R"({"m":{"M":{}},"s":{"S":"x"}})");
  ASSERT_EQ(write.update.add.size(), 1u);
  EXPECT_EQ(write.update.add.at("n").to_string(), "-1");
  EXPECT_EQ(write.update.remove, (std::set<std::string, std::less<>>{"y", "z"}));
}

TEST(ScenarioReader, Conditions) {
  const auto step = only_action<WriteStep>(
      "{at: 1s, in: a, delete: {PK: a}, if: {exists: [PK, v], equals: {v: 1, PK: 7}, "
      "not_equals: {w: x}, less: {n: 3}, less_or_equal: {n: 4}, greater: {n: 1}, "
      "greater_or_equal: {n: 2}}}");
  std::string printed;
  for (const ConditionTerm& term : step.writes.at(0).condition) {
    printed += std::to_string(static_cast<int>(term.comparison)) + ' ' + term.attribute + ' ' +
               item_to_json({{"", term.operand}}) + '\n';
  }
  EXPECT_EQ(printed,
            "0 PK {\"\":{\"NULL\":true}}\n"
            "0 v {\"\":{\"NULL\":true}}\n"
            "2 PK {\"\":{\"S\":\"7\"}}\n"
            "2 v {\"\":{\"N\":\"1\"}}\n"
            "3 w {\"\":{\"S\":\"x\"}}\n"
            "4 n {\"\":{\"N\":\"3\"}}\n"
            "5 n {\"\":{\"N\":\"4\"}}\n"
            "6 n {\"\":{\"N\":\"1\"}}\n"
            "7 n {\"\":{\"N\":\"2\"}}\n");
}

TEST(ScenarioReader, Transaction) {
  const Scenario scenario = read(
      "regions: [a]\ntables: {x: {}, y: {}}\nsteps:\n"
      "  - {at: 1s, in: a, table: x, transact: [{put: {PK: p}}, {update: {key: {PK: u}, set: {a: "
      "1}}},\n"
      "     {delete: {PK: d}, table: y}, {check: {PK: c}, if: {exists: PK}}]}\n");
  ASSERT_EQ(scenario.steps.size(), 1u);
  const auto& step = std::get<WriteStep>(scenario.steps[0].action);
  EXPECT_TRUE(step.transaction);
  ASSERT_EQ(step.writes.size(), 4u);
  EXPECT_TRUE(std::holds_alternative<PutWrite>(step.writes[0].action));
  EXPECT_EQ(step.writes[0].table, TableId{0});
  EXPECT_TRUE(std::holds_alternative<UpdateWrite>(step.writes[1].action));
  EXPECT_TRUE(std::holds_alternative<DeleteWrite>(step.writes[2].action));
  EXPECT_EQ(step.writes[2].table, TableId{1});
  EXPECT_TRUE(std::holds_alternative<CheckWrite>(step.writes[3].action));
  EXPECT_EQ(step.writes[3].condition.size(), 1u);
}

TEST(ScenarioReader, OneEntryTransactionIsOne) {
  const auto step = only_action<WriteStep>("{at: 1s, in: a, transact: [{put: {PK: p}}]}");
  EXPECT_TRUE(step.transaction);
  EXPECT_EQ(step.writes.size(), 1u);
}

TEST(ScenarioReader, OnlyRegionAndTableNeedNotBeNamed) {
  const Scenario scenario = read("regions: [a]\nsteps: [{at: 0s, put: {PK: x}}]\n");
  ASSERT_EQ(scenario.steps.size(), 1u);
  EXPECT_EQ(std::get<WriteStep>(scenario.steps[0].action).region, kA);
}

// ---------------------------------------------------------------- other steps

TEST(ScenarioReader, StepsComeInTheOrderOfTimeThenOfTheFile) {
  const Scenario scenario = read_steps(
      "  - {at: 2s, isolate: a, for: 1s, name: third}\n  - {at: 1s, isolate: a, for: 1s, name: "
      "first}\n"
      "  - {at: 1s, isolate: b, for: 1s, name: second}\n");
  ASSERT_EQ(scenario.steps.size(), 3u);
  EXPECT_EQ(scenario.steps[0].name, "first");
  EXPECT_EQ(scenario.steps[1].name, "second");
  EXPECT_EQ(scenario.steps[2].name, "third");
  EXPECT_EQ(scenario.steps[2].position.line, 3);
  EXPECT_EQ(scenario.steps[2].position.column, 5);
  EXPECT_EQ(scenario.steps[2].for_duration, seconds(1));
}

TEST(ScenarioReader, NetworkFaults) {
  EXPECT_EQ(only_action<PartitionStep>("{at: 1s, partition: [[a], [c, b]]}").sides,
            (std::vector<Regions>{{kA}, {kC, kB}}));
  EXPECT_EQ(only_action<CutStep>("{at: 1s, cut: {from: a, to: b}}").links, (Links{{kA, kB}}));
  EXPECT_EQ(only_action<CutStep>("{at: 1s, cut: {between: [a, b]}}").links,
            (Links{{kA, kB}, {kB, kA}}));
  EXPECT_EQ(only_action<IsolateStep>("{at: 1s, isolate: c}").region, kC);

  const auto flap =
      only_action<FlapStep>("{at: 1s, flap: {between: [a, b], down: 5s, up: 10s, times: 20}}");
  EXPECT_EQ(flap.links.size(), 2u);
  EXPECT_EQ(flap.down, seconds(5));
  EXPECT_EQ(flap.up, seconds(10));
  EXPECT_EQ(flap.times, 20);

  const auto link = only_action<LinkStep>(
      "{at: 1s, link: {from: a, to: b, latency: uniform(1s, 2s), loss: 10%}, for: 1m}");
  EXPECT_EQ(link.links, (Links{{kA, kB}}));
  EXPECT_EQ(link.settings.latency->second, seconds(2));
  EXPECT_DOUBLE_EQ(*link.settings.loss, 0.1);
  EXPECT_FALSE(link.settings.jitter.has_value());
}

TEST(ScenarioReader, Heal) {
  const Scenario scenario = read_steps(
      "  - {at: 1s, isolate: b}\n  - {at: 2s, heal: {from: a, to: b}}\n  - {at: 3s, heal: b}\n"
      "  - {at: 4s, isolate: b}\n  - {at: 5s, heal: all}\n");
  ASSERT_EQ(scenario.steps.size(), 5u);
  EXPECT_EQ(std::get<HealStep>(scenario.steps[1].action).links, (Links{{kA, kB}}));
  EXPECT_EQ(std::get<HealStep>(scenario.steps[2].action).links,
            (Links{{kB, kA}, {kA, kB}, {kB, kC}, {kC, kB}}));
  EXPECT_TRUE(std::get<HealStep>(scenario.steps[4].action).all);
  EXPECT_TRUE(std::get<HealStep>(scenario.steps[4].action).links.empty());
}

TEST(ScenarioReader, PauseOfReplication) {
  const auto step = only_action<PauseReplicationStep>("{at: 1s, pause_replication: b}");
  EXPECT_EQ(step.region, kB);
  EXPECT_FALSE(step.table.has_value());
  EXPECT_EQ(step.onset.kind, DelayModel::Kind::kUniform);
  EXPECT_EQ(step.onset.first.count(), 0);
  EXPECT_EQ(step.onset.second, seconds(300));
  const auto other = only_action<PauseReplicationStep>(
      "{at: 1s, pause_replication: {region: b, table: table, onset: 0s}, for: 10m}");
  EXPECT_EQ(other.table, TableId{0});
  EXPECT_EQ(other.onset.kind, DelayModel::Kind::kConstant);
}

TEST(ScenarioReader, RegionFaults) {
  EXPECT_EQ(only_action<CrashStep>("{at: 1s, crash: b, restart_after: 30s}").restart_after,
            seconds(30));
  EXPECT_FALSE(only_action<CrashStep>("{at: 1s, crash: b}").restart_after.has_value());
  EXPECT_EQ(only_action<FreezeStep>("{at: 1s, freeze: b, for: 10s}").region, kB);
  const auto clock =
      only_action<ClockStep>("{at: 1s, clock: {region: b, step: -1s, drift: 100ppm}}");
  EXPECT_EQ(clock.step, seconds(-1));
  EXPECT_EQ(clock.drift_ppm, 100);
  EXPECT_FALSE(only_action<ClockStep>("{at: 1s, clock: {region: b, step: 1s}}").drift_ppm);
}

TEST(ScenarioReader, Operations) {
  const auto capacity = only_action<CapacityStep>("{at: 1s, capacity: {region: b, write: 10/s}}");
  EXPECT_EQ(capacity.write_units_per_second, 10);
  const auto unlimited =
      only_action<CapacityStep>("{at: 1s, capacity: {region: b, write: unlimited}}");
  EXPECT_FALSE(unlimited.write_units_per_second.has_value());
  const auto left = only_action<ControlStep>("{at: 1s, remove_replica: {region: b}}");
  EXPECT_EQ(left.asked, kB);
  EXPECT_FALSE(std::get<DeleteTableOrder>(left.order.action).takes);
  EXPECT_FALSE(left.outcome.has_value());
  const auto removed =
      only_action<ControlStep>("{at: 1s, in: a, remove_replica: {region: b}, outcome: in-use}");
  EXPECT_EQ(removed.asked, kA);
  EXPECT_EQ(std::get<RemoveReplicaOrder>(removed.order.action).region, kB);
  EXPECT_EQ(removed.outcome, OrderOutcome::kInUse);
  EXPECT_EQ(only_action<SplitStep>("{at: 1s, split: {region: b}}").region, kB);
}

TEST(ScenarioReader, NewReplicaCopiesFromTheFirstOneThereIs) {
  const Scenario scenario = read(
      "regions: [a, b, c]\ntables: {t: {regions: [b]}}\ncontrol_plane: {source_lock: 0s}\n"
      "steps:\n"
      "  - {at: 1s, add_replica: {region: c, takes: 5s, backfill: 10/s}}\n"
      "  - {at: 10s, remove_replica: {region: b, takes: 1s}}\n"
      "  - {at: 20s, add_replica: {region: a}}\n"
      "  - {at: 60s, add_replica: {region: b, source: c}}\n");
  ASSERT_EQ(scenario.steps.size(), 4u);
  const auto added = [&](std::size_t step) {
    return std::get<AddReplicaOrder>(
        std::get<ControlStep>(scenario.steps[step].action).order.action);
  };
  const auto source = [&](std::size_t step) {
    return std::get<ControlStep>(scenario.steps[step].action).asked;
  };
  EXPECT_EQ(source(0), kB);
  EXPECT_EQ(added(0).takes, seconds(5));
  EXPECT_EQ(added(0).backfill_items_per_second, 10);
  EXPECT_EQ(source(2), kC);
  EXPECT_FALSE(added(2).takes) << "as the durations of the control plane say";
  EXPECT_EQ(added(2).backfill_items_per_second, 1000);
  EXPECT_EQ(source(3), kC);
}

// What depends on how long other operations take is a matter of the run; the rest is a mistake
// unless the file says that it is meant.
TEST(ScenarioReader, OrdersThatTheRegionsWillRefuse) {
  const std::string head =
      "regions: [a, b, c]\ntables: {t: {regions: [a]}}\nsteps:\n"
      "  - {at: 1s, add_replica: {region: b}}\n";
  for (const char* step : {
           "{at: 2s, add_replica: {region: c}}",                    // the group is busy
           "{at: 2s, add_replica: {region: b}}",                    // it is CREATING
           "{at: 2s, add_replica: {region: c, source: b}}",         // its source is
           "{at: 2s, remove_replica: {region: b}}",                 // it is CREATING
           "{at: 1h, remove_replica: {region: a}}",                 // it was a source today
           "{at: 1h, in: b, remove_replica: {region: a}}",          // the same
           "{at: 25h, remove_replica: {region: a}, outcome: ok}",   // yesterday
           "{at: 1h, add_replica: {region: b}, outcome: invalid}",  // there already
           "{at: 1h, in: a, remove_replica: {region: c}, outcome: invalid}",
           "{at: 1h, in: c, remove_replica: {region: a}, outcome: not-found}",
           "{at: 1h, in: a, remove_replica: {region: a}, outcome: invalid}",
           "{at: 1h, stream: {region: a, disable: true}, outcome: invalid}",
       }) {
    EXPECT_EQ(read(head + "  - " + step + '\n').steps.size(), 2u) << step;
  }
}

TEST(ScenarioReader, StreamOfATableInOneRegion) {
  const Scenario scenario = read(
      "regions: [a]\nsteps:\n  - {at: 1s, stream: {region: a, enable: NEW_IMAGE}}\n"
      "  - {at: 9s, stream: {region: a, disable: true, takes: 1s}}\n");
  ASSERT_EQ(scenario.steps.size(), 2u);
  const auto change = [&](std::size_t step) {
    return std::get<ChangeStreamOrder>(
        std::get<ControlStep>(scenario.steps[step].action).order.action);
  };
  EXPECT_EQ(change(0).enable, StreamViewType::kNewImage);
  EXPECT_FALSE(change(0).takes);
  EXPECT_FALSE(change(1).enable.has_value());
}

// What is unusual but can be meant.
TEST(ScenarioReader, UnusualSequencesPass) {
  for (const char* steps : {
           "  - {at: 1s, isolate: a, for: 1m}\n  - {at: 61s, heal: all}\n",
           "  - {at: 1s, isolate: a}\n  - {at: 2s, partition: [[a], [b]]}\n  - {at: 3s, heal: a}\n",
           "  - {at: 1s, crash: a, restart_after: 9s}\n  - {at: 5s, restart: a}\n"
           "  - {at: 6s, crash: a}\n",
           "  - {at: 1s, crash: a}\n  - {at: 2s, in: a, put: {PK: x}, outcome: unavailable}\n"
           "  - {at: 3s, in: a, put: {PK: x}}\n",
           "  - {at: 1s, crash: a, restart_after: 1s}\n"
           "  - {at: 2001ms, in: a, put: {PK: x}, outcome: ok}\n",
           "  - {at: 1s, pause_replication: a, for: 10m}\n  - {at: 2s, resume_replication: a}\n",
           "  - {at: 1s, flap: {from: a, to: b, down: 1s, up: 1s, times: 9}}\n  - {at: 5s, heal: "
           "all}\n",
           "  - {at: 5s, heal: all}\n  - {at: 1s, isolate: a}\n",
           "  - {at: 1s, remove_replica: {region: a}}\n"
           "  - {at: 5m, in: a, put: {PK: x}, outcome: not-found}\n",
       }) {
    read_steps(steps);
  }
}

// ---------------------------------------------------------------- files

TEST(ScenarioReader, ReadsFiles) {
  std::string folder = testing::TempDir() + "/gtsim-reader-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string path = folder + "/two.regions.yaml";
  std::ofstream(path) << "\xEF\xBB\xBF# Watch.\r\nregions: [a, b]\r\n";
  const ScenarioOrErrors result = read_scenario_file(path);
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(std::holds_alternative<Scenario>(result));
  const Scenario& scenario = std::get<Scenario>(result);
  EXPECT_EQ(scenario.slug, "two.regions");
  EXPECT_EQ(scenario.description, "Watch.");
  EXPECT_EQ(scenario.regions.size(), 2u);
}

TEST(ScenarioReader, DiagnosticsPrintLikeCompilers) {
  EXPECT_EQ((Diagnostic{"a.yaml", {3, 7}, "wrong"}.to_string()), "a.yaml:3:7: wrong");
  EXPECT_EQ((Diagnostic{"a.yaml", {0, 0}, "missing"}.to_string()), "a.yaml: missing");
}

}  // namespace
}  // namespace gtsim
