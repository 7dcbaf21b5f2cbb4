// The configuration of a region node: what its file and its flags may say, and how each mistake is
// told.
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <variant>

#include "region-node/config/command_line.h"
#include "region-node/config/config_file.h"

namespace gtsim {
namespace {

Result<NodeConfig> read(const std::string& text) {
  NodeSettings settings;
  if (auto read = read_config(text, "node.yaml", settings); !read) return read.error();
  return resolve(settings);
}

std::string errors_of(const std::string& text) {
  const auto config = read(text);
  return config ? "" : config.error().detail;
}

constexpr const char* kWhole = R"(
cluster: shop
region: eu-west-1
regions: [us-east-1, eu-west-1, ap-northeast-1]
peers:
  us-east-1: 10.0.0.1:4001
  eu-west-1: 10.0.0.2:4001        # its own: the same file serves every host
  ap-northeast-1: "[::1]:4001"
data: /var/lib/gtsim
sync: batch
journal: true
seed: 7
replication_listen: 0.0.0.0:4001
http_listen: 127.0.0.1:4002
control_listen: 127.0.0.1:4003
tls: {certificate: a.pem, key: a.key, authority: ca.pem}
replication: {batch: 100, in_flight: 8, retry: 2s, coalesce: 50ms}
time:
  real_origin_us: 1767225600000000
  instant_origin_us: 5
  clock_origin_us: 6
  rate: 2.5
  clock_offset_us: -1000
  drift_ppm: 20
limits: {cache_bytes: 8MB, write_buffer_bytes: 1MB, waiting_calls: 10, drain: 1s}
tables:
  orders:
    key: {PK: S, SK: N}
    stream: KEYS_ONLY
    shards: 4
    shard_rollover: 30m
    ttl: {attribute: expires, delay: 10m, by: all, salt: 9}
    regions: [us-east-1, eu-west-1]
    write_capacity: 100
    records_for_backfill: true
    origin_record_time: true
  local:
    stream: off
    regions: [us-east-1]
  plain:
)";

TEST(NodeConfigFile, SaysEverythingThatANodeCanBeTold) {
  const auto config = read(kWhole);
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->cluster, "shop");
  EXPECT_EQ(config->region, "eu-west-1");
  EXPECT_EQ(config->regions,
            (std::vector<std::string>{"ap-northeast-1", "eu-west-1", "us-east-1"}));
  EXPECT_EQ(config->peers, (std::map<std::string, std::string>{{"ap-northeast-1", "[::1]:4001"},
                                                               {"us-east-1", "10.0.0.1:4001"}}));
  EXPECT_EQ(config->data, "/var/lib/gtsim");
  EXPECT_EQ(config->sync, SyncMode::kBatch);
  EXPECT_TRUE(config->journal);
  EXPECT_EQ(config->seed, 7u);
  EXPECT_EQ(config->replication_listen, "0.0.0.0:4001");
  EXPECT_EQ(config->http_listen, "127.0.0.1:4002");
  EXPECT_EQ(config->control_listen, "127.0.0.1:4003");
  ASSERT_TRUE(config->tls);
  EXPECT_EQ(config->tls->key, "a.key");
  EXPECT_EQ(config->replication.batch, 100);
  EXPECT_EQ(config->replication.in_flight, 8);
  EXPECT_EQ(config->replication.retry, Duration{2'000'000});
  EXPECT_EQ(config->replication.coalesce, Duration{50'000});
  EXPECT_EQ(config->time.real_origin_us, 1'767'225'600'000'000);
  EXPECT_EQ(config->time.instant_origin.us, 5);
  EXPECT_EQ(config->time.clock_origin.us, 6);
  EXPECT_EQ(config->time.rate, 2.5);
  EXPECT_EQ(config->time.clock_offset, Duration{-1000});
  EXPECT_EQ(config->time.drift_ppm, 20);
  EXPECT_EQ(config->cache_bytes, 8u << 20);
  EXPECT_EQ(config->write_buffer_bytes, 1u << 20);
  EXPECT_EQ(config->waiting_calls, 10u);
  EXPECT_EQ(config->drain, Duration{1'000'000});
  ASSERT_EQ(config->tables.size(), 3u);
  const NodeTable& orders = config->tables[0];
  EXPECT_EQ(orders.name, "orders");
  EXPECT_EQ(orders.key.hash.name, "PK");
  ASSERT_TRUE(orders.key.range);
  EXPECT_EQ(orders.key.range->type, AttributeType::kN);
  EXPECT_EQ(orders.stream, StreamViewType::kKeysOnly);
  EXPECT_EQ(orders.shards, 4);
  EXPECT_EQ(orders.shard_rollover, Duration{1'800'000'000});
  ASSERT_TRUE(orders.ttl);
  EXPECT_EQ(orders.ttl->attribute, "expires");
  EXPECT_EQ(orders.ttl->delay, Duration{600'000'000});
  EXPECT_TRUE(orders.ttl->every_region);
  EXPECT_EQ(orders.ttl->salt, 9u);
  EXPECT_EQ(orders.regions, (std::vector<RegionId>{RegionId(1), RegionId(2)}));
  EXPECT_EQ(orders.write_capacity, 100);
  EXPECT_TRUE(orders.records_for_backfill);
  EXPECT_TRUE(orders.origin_record_time);
  EXPECT_EQ(config->tables[1].stream, std::nullopt);
  EXPECT_EQ(config->tables[2].key.hash.name, "PK");
  EXPECT_EQ(config->tables[2].regions.size(), 3u);
}

TEST(NodeConfigFile, RegionsAreThoseThatAreNamedWhenNoneAreListed) {
  const auto config = read("region: b\npeers: {c: h:1, a: h:2}\n");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->regions, (std::vector<std::string>{"a", "b", "c"}));
}

struct Refused {
  const char* name;
  const char* text;
  const char* message;  // the whole of it
};
void PrintTo(const Refused& refused, std::ostream* out) {
  *out << refused.name;
}

class NodeConfigError : public testing::TestWithParam<Refused> {};

TEST_P(NodeConfigError, IsToldWhereItIs) {
  EXPECT_EQ(errors_of(GetParam().text), GetParam().message);
}

const Refused kRefused[] = {
    {"UnknownField", "region: a\nregoin: b\n",
     "node.yaml:2:9: regoin: there is no such field; fields here are cluster, region, regions, "
     "peers, data, sync, journal, seed, replication_listen, http_listen, control_listen, tls, "
     "replication, control_plane, time, limits, tables"},
    {"UnknownTableField", "region: a\ntables:\n  t: {keys: {PK: S}}\n",
     "node.yaml:3:13: tables.t.keys: there is no such field; fields here are key, stream, shards, "
     "shard_rollover, ttl, regions, write_capacity, records_for_backfill, origin_record_time"},
    {"FieldTwice", "region: a\nregion: b\n", "node.yaml:2:1: region: the field stands twice"},
    {"NoRegion", "cluster: c\n", "no region: give `region` in the file or --region"},
    {"BadName", "region: a b\n",
     "node.yaml:1:9: region: found `a b`, expected a name of letters, digits, `-`, `_` and `.`"},
    {"NameThatIsNoText", "region: \"\\e[31m\"\n",
     "node.yaml:1:9: region: found `\\x1b[31m`, expected a name of letters, digits, `-`, `_` and "
     "`.`"},
    {"ListForText", "region: [a]\n",
     "node.yaml:1:9: region: found a list, expected a name of letters, digits, `-`, `_` and `.`"},
    {"TextForList", "region: a\nregions: a\n",
     "node.yaml:2:10: regions: found `a`, expected a list of regions"},
    {"NoRegions", "region: a\nregions: []\n",
     "node.yaml:2:10: regions: found an empty list, expected at least one region"},
    {"NothingForText", "region:\n",
     "node.yaml:1:1: region: found nothing, expected a name of letters, digits, `-`, `_` and `.`"},
    {"RegionTwice", "region: a\nregions: [a, b, a]\n",
     "node.yaml:2:17: regions[2]: `a` is listed twice"},
    {"OwnRegionNotListed", "region: c\nregions: [a, b]\n",
     "node.yaml:1:9: region: no region is called `c`; regions are a, b"},
    {"PeerNotListed", "region: a\nregions: [a, b]\npeers: {c: h:1}\n",
     "node.yaml:3:12: peers.c: no region is called `c`; regions are a, b"},
    {"PeerWithoutPort", "region: a\npeers: {b: localhost}\n",
     "node.yaml:2:12: peers.b: found `localhost`: the port is missing; expected host:port, for "
     "example 127.0.0.1:4001"},
    {"PeerAtPortZero", "region: a\npeers: {b: h:0}\n",
     "node.yaml:2:12: peers.b: found `h:0`: nobody can be reached at port 0; expected host:port, "
     "for example 127.0.0.1:4001"},
    {"PortTooLarge", "region: a\nhttp_listen: 1.2.3.4:65536\n",
     "node.yaml:2:14: http_listen: found `1.2.3.4:65536`: `65536` is no port; expected host:port, "
     "for example 127.0.0.1:4001"},
    {"BadSync", "region: a\nsync: never\n",
     "node.yaml:2:7: sync: found `never`, expected one of always, batch, off"},
    {"QuotedBoolean", "region: a\njournal: \"true\"\n",
     "node.yaml:2:10: journal: found `true`, expected true or false"},
    {"DurationWithoutUnit", "region: a\nlimits: {drain: 5}\n",
     "node.yaml:2:17: limits.drain: found `5`: the unit is missing; expected a duration such as "
     "80ms or 4h"},
    {"DurationTooFine", "region: a\nlimits: {drain: 0.0000000000001s}\n",
     "node.yaml:2:17: limits.drain: found `0.0000000000001s`: finer than a microsecond; expected a "
     "duration such as 80ms or 4h"},
    {"DriftTooFine", "region: a\ntime: {drift_ppm: 0.0001}\n",
     "node.yaml:2:19: time.drift_ppm: found `0.0001`, expected a drift no finer than 0.001"},
    {"DriftTooFineByFar", "region: a\ntime: {drift_ppm: 1e-30}\n",
     "node.yaml:2:19: time.drift_ppm: found `1e-30`, expected a drift no finer than 0.001"},
    {"CacheTooSmall", "region: a\nlimits: {cache_bytes: 5KB}\n",
     "node.yaml:2:23: limits.cache_bytes: found `5KB`, expected a size of 1048576 bytes or more, "
     "such as 64MB"},
    {"BatchTooLarge", "region: a\nreplication: {batch: 10001}\n",
     "node.yaml:2:22: replication.batch: found `10001`, expected a whole number from 1 to 10000"},
    {"RateOfNothing", "region: a\ntime: {rate: 0}\n",
     "node.yaml:2:14: time.rate: found `0`, expected a number from 0.001 to 1000000"},
    {"RateThatIsNoNumber", "region: a\ntime: {rate: nan}\n",
     "node.yaml:2:14: time.rate: found `nan`, expected a number from 0.001 to 1000000"},
    {"KeyOfThree", "region: a\ntables:\n  t: {key: {A: S, B: S, C: S}}\n",
     "node.yaml:3:12: tables.t.key: found 3 attributes, expected one or two attributes with their "
     "types, as in {PK: S, SK: N}"},
    {"KeyOfAnotherType", "region: a\ntables: {t: {key: {A: BOOL}}}\n",
     "node.yaml:2:23: tables.t.key.A: found `BOOL`, expected one of S, N, B"},
    {"TtlWithoutAttribute", "region: a\ntables: {t: {ttl: {delay: 1s}}}\n",
     "node.yaml:2:19: tables.t.ttl: the field `attribute` is missing"},
    {"TtlInKey", "region: a\ntables: {t: {ttl: {attribute: PK}}}\n",
     "node.yaml:2:13: tables.t: `PK` is part of the key and cannot hold the time of expiry"},
    {"NoStreamInTwoRegions", "region: a\nregions: [a, b]\ntables: {t: {stream: off}}\n",
     "node.yaml:3:13: tables.t: One or more parameter values were invalid: Disabling Stream is not "
     "allowed for a Global Table replica. `off` needs a table in a single region"},
    {"TableInUnknownRegion", "region: a\ntables: {t: {regions: [a, z]}}\n",
     "node.yaml:2:27: tables.t.regions[1]: no region is called `z`; regions are a"},
    {"HalfOfTls", "region: a\ntls: {certificate: c.pem}\n",
     "TLS needs a certificate, its key and an authority; `tls.key` or --tls-key is missing\n"
     "TLS needs a certificate, its key and an authority; `tls.authority` or --tls-authority is "
     "missing"},
    {"NotYaml", "region: [a\n", "node.yaml:2:1: not YAML: end of sequence flow not found"},
    {"TwoDocuments", "region: a\n---\nregion: b\n",
     "node.yaml:1:1: found more than one document, or a bracket that nothing opened"},
    {"StrayBracket", "region: a\n}\n", "node.yaml:2:1: not YAML: illegal flow end"},
    {"ListOfFields", "[a, b]\n", "node.yaml:1:1: found a list, expected a map of fields"},
    {"AllErrorsOfAFile", "region: a b\nsync: never\nseed: -1\n",
     "node.yaml:1:9: region: found `a b`, expected a name of letters, digits, `-`, `_` and `.`\n"
     "node.yaml:2:7: sync: found `never`, expected one of always, batch, off\n"
     "node.yaml:3:7: seed: found `-1`, expected a whole number from 0 to 9223372036854775807"},
};

INSTANTIATE_TEST_SUITE_P(All, NodeConfigError, testing::ValuesIn(kRefused),
                         [](const auto& test) { return std::string(test.param.name); });

// --- flags

struct Told {
  std::variant<CommandLine, int> result = 0;
  std::string out, err;
};

Told read_flags(const std::vector<std::string>& arguments) {
  std::ostringstream out, err;
  Told told;
  told.result = read_command_line(arguments, "region-node 1.2.3\nand more", out, err);
  told.out = out.str();
  told.err = err.str();
  return told;
}

TEST(NodeCommandLine, TellsItsVersionAndEnds) {
  const Told told = read_flags({"--version"});
  ASSERT_TRUE(std::holds_alternative<int>(told.result));
  EXPECT_EQ(std::get<int>(told.result), kExitOk);
  EXPECT_EQ(told.out, "region-node 1.2.3\nand more\n");
  EXPECT_EQ(told.err, "");
}

TEST(NodeCommandLine, FlagsAloneMakeANode) {
  const Told told = read_flags({"--region",
                                "b",
                                "--peer",
                                "a=127.0.0.1:1",
                                "--peer=c=[::1]:2",
                                "--data",
                                "d",
                                "--sync",
                                "off",
                                "--journal",
                                "--cluster",
                                "x",
                                "--http-listen",
                                "127.0.0.1:3",
                                "--replication-listen",
                                "h:4",
                                "--control-listen",
                                "h:5",
                                "--table",
                                "t:PK=S,SK=B",
                                "--table=u:K=N",
                                "--tls-certificate",
                                "c",
                                "--tls-key",
                                "k",
                                "--tls-authority",
                                "a",
                                "--check"});
  const auto* line = std::get_if<CommandLine>(&told.result);
  ASSERT_NE(line, nullptr) << told.err;
  EXPECT_TRUE(line->check);
  const NodeConfig& config = line->config;
  EXPECT_EQ(config.region, "b");
  EXPECT_EQ(config.cluster, "x");
  EXPECT_EQ(config.regions, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(config.peers.at("c"), "[::1]:2");
  EXPECT_EQ(config.data, "d");
  EXPECT_EQ(config.sync, SyncMode::kOff);
  EXPECT_TRUE(config.journal);
  EXPECT_EQ(config.http_listen, "127.0.0.1:3");
  EXPECT_EQ(config.replication_listen, "h:4");
  EXPECT_EQ(config.control_listen, "h:5");
  ASSERT_EQ(config.tables.size(), 2u);
  ASSERT_TRUE(config.tables[0].key.range);
  EXPECT_EQ(config.tables[0].key.range->type, AttributeType::kB);
  EXPECT_EQ(config.tables[1].key.hash.name, "K");
  EXPECT_EQ(config.tls->authority, "a");
}

struct BadFlags {
  const char* name;
  std::vector<std::string> arguments;
  const char* fragment;
};
void PrintTo(const BadFlags& bad, std::ostream* out) {
  *out << bad.name;
}

class NodeFlagError : public testing::TestWithParam<BadFlags> {};

TEST_P(NodeFlagError, IsRefusedWithAText) {
  const Told told = read_flags(GetParam().arguments);
  ASSERT_TRUE(std::holds_alternative<int>(told.result));
  EXPECT_EQ(std::get<int>(told.result), kExitUnusable);
  EXPECT_NE(told.err.find(GetParam().fragment), std::string::npos) << told.err;
  EXPECT_EQ(told.out, "");
}

const BadFlags kBadFlags[] = {
    {"Unknown", {"--regoin", "a"}, "--regoin"},
    {"NoRegion", {}, "no region: give `region` in the file or --region"},
    {"NoFile", {"--config", "/no/such/node.yaml"}, "/no/such/node.yaml: No such file or directory"},
    {"Directory", {"--config", "/"}, "/: this is a folder, not a file"},
    {"Region", {"--region", "a b"}, "--region: found `a b`, expected a name of letters"},
    {"RegionTwice", {"--region", "a", "--region", "b"}, "--region"},
    {"Sync", {"--region", "a", "--sync", "x"}, "--sync: found `x`, expected one of always"},
    {"Peer", {"--region", "a", "--peer", "b"}, "--peer: found `b`, expected REGION=HOST:PORT"},
    {"PeerPort", {"--region", "a", "--peer", "b=h:0"}, "--peer: found `b=h:0`"},
    {"Listen", {"--region", "a", "--http-listen", "h"}, "--http-listen: found `h`"},
    {"Table", {"--region", "a", "--table", "t"}, "--table: found `t`, expected NAME:PK=S"},
    {"TableType", {"--region", "a", "--table", "t:PK=X"}, "--table: found `t:PK=X`"},
    {"TableTwiceTheKey", {"--region", "a", "--table", "t:A=S,A=S"}, "--table: found"},
    {"Tls", {"--region", "a", "--tls-key", "k"}, "`tls.certificate` or --tls-certificate"},
};

INSTANTIATE_TEST_SUITE_P(All, NodeFlagError, testing::ValuesIn(kBadFlags),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(NodeCommandLine, HelpNamesEveryFlag) {
  const Told told = read_flags({"--help"});
  ASSERT_TRUE(std::holds_alternative<int>(told.result));
  EXPECT_EQ(std::get<int>(told.result), 0);
  for (const char* flag :
       {"--config", "--region", "--data", "--replication-listen", "--http-listen",
        "--control-listen", "--peer", "--cluster", "--sync", "--journal", "--tls-certificate",
        "--tls-key", "--tls-authority", "--table", "--check"}) {
    EXPECT_NE(told.out.find(flag), std::string::npos) << flag;
  }
}

}  // namespace
}  // namespace gtsim
