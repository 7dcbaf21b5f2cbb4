#include "coordinator/live/node_config_text.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

#include "coordinator/cluster/replication_options.h"
#include "region-node/base/hash.h"

namespace gtsim {
namespace {

// A string of JSON is one of YAML: every name and path there may be is safe in it.
std::string quoted(const std::string& text) {
  return boost::json::serialize(text);
}

std::string list_of(const NodeConfig& config, const std::vector<RegionId>& regions) {
  std::string text;
  for (const RegionId region : regions) {
    text += (text.empty() ? "" : ", ") + quoted(config.regions[region.index()]);
  }
  return "[" + text + "]";
}

std::string key_text(const KeySchema& key) {
  std::string text = quoted(key.hash.name) + ": " + type_name(key.hash.type);
  if (key.range) text += ", " + quoted(key.range->name) + ": " + type_name(key.range->type);
  return "{" + text + "}";
}

void add_table(std::string& out, const NodeConfig& config, const NodeTable& table) {
  out += fmt::format("  {}:\n", quoted(table.name));
  out += fmt::format("    key: {}\n", key_text(table.key));
  out += fmt::format("    stream: {}\n", table.stream ? to_text(*table.stream) : "off");
  out += fmt::format("    shards: {}\n", table.shards);
  out += fmt::format("    shard_rollover: {}\n", to_text(table.shard_rollover));
  if (table.ttl) {
    out += fmt::format("    ttl: {{attribute: {}, delay: {}, by: {}, salt: {}}}\n",
                       quoted(table.ttl->attribute), to_text(table.ttl->delay),
                       table.ttl->every_region ? "all" : "one", table.ttl->salt);
  }
  out += fmt::format("    regions: {}\n",
                     table.regions.empty() ? "none" : list_of(config, table.regions));
  if (table.write_capacity) out += fmt::format("    write_capacity: {}\n", *table.write_capacity);
  out += fmt::format("    records_for_backfill: {}\n", table.records_for_backfill);
  out += fmt::format("    origin_record_time: {}\n", table.origin_record_time);
}

}  // namespace

std::string node_config_text(const NodeConfig& config) {
  std::string out;
  out += fmt::format("cluster: {}\n", quoted(config.cluster));
  out += fmt::format("region: {}\n", quoted(config.region));
  std::string regions;
  for (const std::string& region : config.regions) {
    regions += (regions.empty() ? "" : ", ") + quoted(region);
  }
  out += fmt::format("regions: [{}]\n", regions);
  if (!config.peers.empty()) out += "peers:\n";
  for (const auto& [region, address] : config.peers) {
    out += fmt::format("  {}: {}\n", quoted(region), quoted(address));
  }
  if (!config.data.empty()) out += fmt::format("data: {}\n", quoted(config.data));
  out += fmt::format("sync: {}\n", to_text(config.sync));
  out += fmt::format("journal: {}\n", config.journal);
  out += fmt::format("seed: {}\n", config.seed);
  out += fmt::format("replication_listen: {}\n", quoted(config.replication_listen));
  out += fmt::format("http_listen: {}\n", quoted(config.http_listen));
  out += fmt::format("control_listen: {}\n", quoted(config.control_listen));
  if (config.tls) {
    out += fmt::format("tls: {{certificate: {}, key: {}, authority: {}}}\n",
                       quoted(config.tls->certificate), quoted(config.tls->key),
                       quoted(config.tls->authority));
  }
  const ReplicationOptions& replication = config.replication;
  out +=
      fmt::format("replication: {{batch: {}, in_flight: {}, lanes: {}, retry: {}, coalesce: {}}}\n",
                  replication.batch, replication.in_flight, replication.lanes,
                  to_text(replication.retry), to_text(replication.coalesce));
  out += fmt::format("control_plane: {{source_lock: {}, durations: {}}}\n",
                     to_text(config.source_lock), to_text(config.durations));
  const NodeTime& time = config.time;
  out += "time:\n";
  out += fmt::format("  real_origin_us: {}\n", time.real_origin_us);
  out += fmt::format("  instant_origin_us: {}\n", time.instant_origin.us);
  out += fmt::format("  clock_origin_us: {}\n", time.clock_origin.us);
  out += fmt::format("  rate: {}\n", time.rate);
  out += fmt::format("  clock_offset_us: {}\n", time.clock_offset.count());
  out += fmt::format("  drift_ppm: {}\n", time.drift_ppm);
  out += "tables:\n";
  for (const NodeTable& table : config.tables) add_table(out, config, table);
  return out;
}

NodeConfig node_config_of(const Scenario& scenario, RegionId region, std::uint64_t seed) {
  // The file holds numbers with a sign.
  const auto positive = [](std::uint64_t value) { return value & INT64_MAX; };
  NodeConfig config;
  config.cluster = fmt::format("run-{}", to_hex(hash_bytes(scenario.slug, seed)));
  config.region = scenario.regions[region.index()].name;
  for (const RegionSpec& spec : scenario.regions) config.regions.push_back(spec.name);
  config.journal = true;
  config.seed = positive(hash_bytes(config.region, seed));
  config.replication = replication_options(scenario.replication);
  config.source_lock = scenario.control_plane.source_lock;
  config.durations = scenario.control_plane.durations;
  for (const TableSpec& spec : scenario.tables) {
    NodeTable table;
    table.name = spec.name;
    table.key = spec.key;
    table.stream = spec.stream;
    table.shards = spec.shards;
    table.shard_rollover = spec.shard_rollover;
    if (spec.ttl) {
      table.ttl = TtlOptions{spec.ttl->attribute, spec.ttl->delay, spec.ttl->every_region,
                             positive(hash_bytes("ttl", seed))};
    }
    table.regions = spec.regions;
    if (!spec.write_capacity.empty()) table.write_capacity = spec.write_capacity[region.index()];
    table.records_for_backfill = spec.records_for_backfill;
    table.origin_record_time = spec.origin_record_time;
    config.tables.push_back(std::move(table));
  }
  return config;
}

}  // namespace gtsim
