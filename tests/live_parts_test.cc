// The parts of the live side that need no cluster: what is written for a node is what the node
// reads, cluster files, and which writes of a dead region happened.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "coordinator/language/reader.h"
#include "coordinator/live/call_book.h"
#include "coordinator/live/cluster_file.h"
#include "coordinator/live/live_scenario.h"
#include "coordinator/live/node_config_text.h"
#include "region-node/config/config_file.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

Scenario scenario_of(const std::string& text) {
  auto read = read_scenario_text(text, "test.yaml");
  if (auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    ADD_FAILURE() << errors->front().to_string();
    return {};
  }
  return std::get<Scenario>(std::move(read));
}

// ---------------------------------------------------------------- configuration of a node

TEST(NodeConfigText, TheNodeReadsWhatTheCoordinatorWrote) {
  const Scenario scenario = scenario_of(R"(
regions: [us-east-1, eu-west-1, ap-northeast-1]
replication: {batch: 7, in_flight: 3, retry: 250ms, coalesce: 1s}
tables:
  orders:
    key: {customer: S, number: N}
    ttl: {attribute: expires, delay: 30s, by: all}
    shards: 4
    rollover: 2h
    capacity: 20/s
  audit: {key: {id: B}, regions: [eu-west-1], stream: off}
)");
  NodeConfig written = node_config_of(scenario, RegionId{2}, 7);
  written.data = "/tmp/with \"quotes\" and \\";
  written.replication_listen = "127.0.0.1:4001";
  written.time.real_origin_us = 1'795'370'297'620'513;
  written.time.instant_origin = Instant{5};
  written.time.clock_origin = WallTime{1'767'225'600'000'000};
  written.time.rate = 12.5;
  written.time.drift_ppm = -20;
  NodeSettings settings;
  const auto read = read_config(node_config_text(written), "node.yaml", settings);
  ASSERT_TRUE(read.has_value()) << read.error().detail;
  const auto config = resolve(settings);
  ASSERT_TRUE(config.has_value()) << config.error().detail;
  // Whatever the text can say: written again it is the same.
  EXPECT_EQ(node_config_text(*config), node_config_text(written));
  EXPECT_EQ(config->region, "us-east-1");
  EXPECT_EQ(config->tables[0].key.range->name, "number");
  EXPECT_EQ(config->tables[0].write_capacity, 20);
  EXPECT_EQ(config->tables[1].regions, std::vector{RegionId{1}});
  EXPECT_FALSE(config->tables[1].stream.has_value());
  EXPECT_EQ(config->data, written.data);
  EXPECT_EQ(config->time.rate, 12.5);
}

// ---------------------------------------------------------------- cluster files

class ClusterFiles : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(::mkdtemp(folder_.data()), nullptr); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  Result<ClusterFile> read(const std::string& text) {
    std::ofstream{folder_ + "/nodes.yaml"} << text;
    return read_cluster_file(folder_ + "/nodes.yaml");
  }
  std::string folder_ = (std::filesystem::temp_directory_path() / "gtsim-test-XXXXXX").string();
};

TEST_F(ClusterFiles, SayWhereRegionsAre) {
  const auto file = read(R"(
cluster: shop
tls: {certificate: c.pem, key: /etc/k.pem, authority: ca.pem}
regions:
  us-east-1: {control: "10.0.0.1:4003", replication: "10.0.0.1:4001"}
  eu-west-1: {control: "[::1]:4003"}
tables: {orders: {PK: S, SK: N}}
)");
  ASSERT_TRUE(file.has_value()) << file.error().detail;
  EXPECT_EQ(file->cluster, "shop");
  EXPECT_EQ(file->nodes.at("us-east-1").replication, "10.0.0.1:4001");
  EXPECT_EQ(file->nodes.at("eu-west-1").control, "[::1]:4003");
  EXPECT_EQ(file->tls->certificate, folder_ + "/c.pem");
  EXPECT_EQ(file->tls->key, "/etc/k.pem");
  EXPECT_EQ(file->tables[0].second.range->type, AttributeType::kN);
}

struct BrokenFile {
  const char* name;
  const char* text;
  const char* told;
};
class BrokenClusterFile : public ClusterFiles, public testing::WithParamInterface<BrokenFile> {};

TEST_P(BrokenClusterFile, IsRefusedWhereItIsWrong) {
  const auto file = read(GetParam().text);
  ASSERT_FALSE(file.has_value());
  EXPECT_NE(file.error().detail.find(GetParam().told), std::string::npos) << file.error().detail;
}

INSTANTIATE_TEST_SUITE_P(
    All, BrokenClusterFile,
    testing::Values(
        BrokenFile{"NoRegions", "cluster: a\n", "it has no regions"},
        BrokenFile{"AnUnknownField", "region: {}\n", "nodes.yaml:1:1: unknown field `region`"},
        BrokenFile{"NoControl", "regions: {a: {replication: \"h:1\"}}\n", "a has no `control`"},
        BrokenFile{"NoPort", "regions: {a: {control: host}}\n", "expected host:port"},
        BrokenFile{"HalfOfTls", "tls: {key: k}\nregions: {a: {control: \"h:1\"}}\n",
                   "certificate, key and authority are needed"},
        BrokenFile{"AKeyOfAnUnknownType",
                   "regions: {a: {control: \"h:1\"}}\ntables: {t: {PK: X}}\n",
                   "expected one or two attributes with their types"},
        BrokenFile{"NoYaml", "regions: [", "nodes.yaml:1:"}),
    [](const auto& param) { return std::string{param.param.name}; });

TEST(LiveScenario, StepsOnProcessesAreRefusedOnNodesOfOthers) {
  const Scenario scenario = scenario_of(
      "regions: [a, b]\nnetwork: 10ms\nsteps:\n  - {at: 1s, crash: a, restart_after: 1s}\n");
  EXPECT_EQ(live_refusal(scenario, /*processes=*/true), "");
  EXPECT_NE(live_refusal(scenario, /*processes=*/false).find("test.yaml:4:"), std::string::npos);
}

// ---------------------------------------------------------------- writes of a region that died

class CallBooks : public testing::Test {
 protected:
  static Operation put(std::uint32_t key, const char* value) {
    Operation operation;
    operation.key = KeyId{key};
    operation.image = Image::make(encode_item({{"v", AttributeValue::string(value)}}));
    return operation;
  }
  void ask(const Operation& operation) {
    OutstandingCall outstanding;
    outstanding.call.operations.push_back(operation);
    book_.add(next_++, std::move(outstanding));
  }
  void record(std::uint32_t key, const char* value, std::int64_t version) {
    StreamRecord record;
    record.key = KeyId{key};
    record.new_image = put(key, value).image;
    record.version = {WallTime{version}, RegionId{0}};
    book_.on_record(TableId{0}, record);
  }
  // Versions of those that happened, "-" for those that did not.
  std::string settle() {
    book_.lose_all({});
    std::string text;
    for (const LostCall& lost : book_.settle_lost()) {
      text +=
          lost.results.empty() ? "-" : std::to_string(lost.results.front().version.timestamp.us);
      text += ' ';
    }
    return text;
  }
  CallBook book_;
  std::uint64_t next_ = 0;
};

TEST_F(CallBooks, TellWhichWritesHappenedByTheirRecords) {
  ask(put(1, "a"));
  ask(put(2, "b"));
  ask(put(1, "c"));
  ask(put(3, "d"));
  record(1, "a", 10);
  record(1, "c", 11);
  EXPECT_EQ(settle(), "10 - 11 - ");
}

TEST_F(CallBooks, DoNotTakeOneWriteForAnother) {
  ask(put(1, "refused by its condition"));
  ask(put(1, "b"));
  record(1, "b", 10);
  EXPECT_EQ(settle(), "- 10 ");
}

TEST_F(CallBooks, LeaveOutWhatWasAnswered) {
  const Operation first = put(1, "a");
  ask(first);
  ask(put(1, "a again"));
  record(1, "a", 10);
  record(1, "a again", 11);
  const auto call = book_.take(0);
  ASSERT_TRUE(call.has_value());
  OperationResults results(1);
  results.front().changed = true;
  results.front().version = {WallTime{10}, RegionId{0}};
  book_.on_reply(call->call, results);
  EXPECT_EQ(settle(), "11 ");
}

}  // namespace
}  // namespace gtsim
