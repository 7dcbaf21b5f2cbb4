#include "region-node/transport/hello.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "region-node/base/quantity_text.h"
#include "region-node/config/node_settings.h"

namespace gtsim {
namespace {

namespace wire = replication::v1;

void describe(const KeyAttribute& attribute, wire::KeyAttribute& out) {
  out.set_name(attribute.name);
  out.set_type(type_name(attribute.type));
}

Error bad_table(std::string_view field, std::string_view what) {
  return {Errc::kInput, fmt::format("{}: {}", field, what)};
}

Result<KeyAttribute> key_attribute(const wire::KeyAttribute& told, std::string_view field) {
  if (told.name().empty() || told.name().size() > kMaxNameBytes) {
    return bad_table(fmt::format("{}.name", field),
                     fmt::format("{} bytes, expected 1 to {}", told.name().size(), kMaxNameBytes));
  }
  if (const auto type = key_attribute_type(told.type())) return KeyAttribute{told.name(), *type};
  return bad_table(fmt::format("{}.type", field),
                   fmt::format("found `{}`, expected S, N or B", printable(told.type())));
}

std::optional<std::size_t> find_region(const NodeConfig& config, const std::string& name) {
  const auto found = std::find(config.regions.begin(), config.regions.end(), name);
  if (found == config.regions.end()) return std::nullopt;
  return static_cast<std::size_t>(found - config.regions.begin());
}

grpc::Status precondition(const std::string& text) {
  return {grpc::StatusCode::FAILED_PRECONDITION, text};
}

grpc::Status map_regions(const wire::Hello& hello, const NodeConfig& config, FrameOrigin& out) {
  if (static_cast<std::size_t>(hello.regions_size()) != config.regions.size()) {
    return precondition(fmt::format("the cluster has {} regions here, {} there",
                                    config.regions.size(), hello.regions_size()));
  }
  out.regions.clear();
  for (const std::string& name : hello.regions()) {
    const auto found = find_region(config, name);
    if (!found) return precondition(fmt::format("region {} is unknown here", printable(name)));
    const RegionId region{static_cast<std::uint16_t>(*found)};
    if (std::find(out.regions.begin(), out.regions.end(), region) != out.regions.end()) {
      return precondition(fmt::format("region {} is listed twice", printable(name)));
    }
    out.regions.push_back(region);
  }
  return {};
}

grpc::Status map_tables(const wire::Hello& hello, FrameOrigin& out) {
  if (static_cast<std::size_t>(hello.tables_size()) > kMaxTables) {
    return precondition(
        fmt::format("{} tables, at most {} are allowed", hello.tables_size(), kMaxTables));
  }
  out.tables.clear();
  std::set<std::string> names;
  for (int i = 0; i < hello.tables_size(); ++i) {
    auto defined = definition_of(hello.tables(i));
    if (!defined) return precondition(fmt::format("tables[{}].{}", i, defined.error().detail));
    if (!names.insert(defined->name).second) {
      return precondition(fmt::format("table {} is listed twice", defined->name));
    }
    out.tables.push_back(std::make_shared<const TableDefinition>(std::move(*defined)));
  }
  return {};
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::size_t kMaxLength = 64;
  std::string out;
  for (const char byte : text.substr(0, kMaxLength)) {
    out += byte >= 0x20 && byte < 0x7F ? byte : '?';
  }
  if (text.size() > kMaxLength) out += "...";
  return out;
}

wire::Table table_of(const TableDefinition& table) {
  wire::Table out;
  out.set_name(table.name);
  describe(table.key.hash, *out.mutable_hash());
  if (table.key.range) describe(*table.key.range, *out.mutable_range());
  out.set_shards(static_cast<std::uint32_t>(table.shards));
  out.set_shard_rollover_us(table.shard_rollover.count());
  if (table.ttl) {
    out.mutable_ttl()->set_attribute(table.ttl->attribute);
    out.mutable_ttl()->set_delay_us(table.ttl->delay.count());
    out.mutable_ttl()->set_every_region(table.ttl->every_region);
    out.mutable_ttl()->set_salt(table.ttl->salt);
  }
  out.set_records_for_backfill(table.records_for_backfill);
  out.set_origin_record_time(table.origin_record_time);
  return out;
}

std::string to_text(const KeySchema& key) {
  std::string text = fmt::format("{} {}", key.hash.name, type_name(key.hash.type));
  if (key.range) text += fmt::format(", {} {}", key.range->name, type_name(key.range->type));
  return printable(text);
}

Result<TableDefinition> definition_of(const wire::Table& told) {
  constexpr std::uint32_t kMaxShards = 1000;
  TableDefinition out;
  if (!is_name(told.name())) {
    return bad_table("name", fmt::format("`{}` is no name of a table", printable(told.name())));
  }
  out.name = told.name();
  auto hash = key_attribute(told.hash(), "hash");
  if (!hash) return hash.error();
  out.key.hash = std::move(*hash);
  if (told.has_range()) {
    auto range = key_attribute(told.range(), "range");
    if (!range) return range.error();
    if (range->name == out.key.hash.name) return bad_table("range.name", "the same as hash.name");
    out.key.range = std::move(*range);
  }
  if (told.shards() > kMaxShards) {
    return bad_table("shards",
                     fmt::format("{}, at most {} are allowed", told.shards(), kMaxShards));
  }
  if (told.shards() > 0) out.shards = static_cast<int>(told.shards());
  const auto is_duration = [](std::int64_t us) {
    return us >= 0 && us <= kLongestDuration.count();
  };
  if (!is_duration(told.shard_rollover_us()) ||
      (told.shard_rollover_us() > 0 && told.shard_rollover_us() < kShortestShardRollover.count())) {
    return bad_table("shard_rollover_us", fmt::format("{} is no duration of a second or more",
                                                      told.shard_rollover_us()));
  }
  if (told.shard_rollover_us() > 0) out.shard_rollover = Duration{told.shard_rollover_us()};
  if (told.has_ttl()) {
    const wire::Table::Ttl& ttl = told.ttl();
    if (ttl.attribute().empty() || ttl.attribute().size() > kMaxNameBytes) {
      return bad_table("ttl.attribute", fmt::format("{} bytes, expected 1 to {}",
                                                    ttl.attribute().size(), kMaxNameBytes));
    }
    if (!is_duration(ttl.delay_us())) {
      return bad_table("ttl.delay_us", fmt::format("{} is no duration", ttl.delay_us()));
    }
    out.ttl = TtlOptions{ttl.attribute(), Duration{ttl.delay_us()}, ttl.every_region(), ttl.salt()};
  }
  out.records_for_backfill = told.records_for_backfill();
  out.origin_record_time = told.origin_record_time();
  return out;
}

wire::Hello make_hello(const NodeConfig& config, RegionId to) {
  wire::Hello hello;
  hello.add_versions(kProtocolVersion);
  hello.set_cluster(config.cluster);
  hello.set_from(config.region);
  hello.set_to(config.regions[to.index()]);
  for (const std::string& region : config.regions) hello.add_regions(region);
  for (std::size_t i = 0; i < config.tables.size(); ++i) {
    *hello.add_tables() = table_of(*config.tables.get(TableId{static_cast<std::uint16_t>(i)}));
  }
  return hello;
}

grpc::Status check_hello(const wire::Hello& hello, const NodeConfig& config,
                         const PeerCertificate& certificate, FrameOrigin& out) {
  // First of all: a stranger learns nothing from the other refusals.
  if (certificate.required && std::find(certificate.names.begin(), certificate.names.end(),
                                        hello.from()) == certificate.names.end()) {
    const std::string name = certificate.names.empty() ? "" : certificate.names.front();
    return {grpc::StatusCode::PERMISSION_DENIED,
            fmt::format("the certificate names {}, Hello says {}", printable(name),
                        printable(hello.from()))};
  }
  if (std::find(hello.versions().begin(), hello.versions().end(), kProtocolVersion) ==
      hello.versions().end()) {
    return precondition(fmt::format("this node speaks protocol version {} only", kProtocolVersion));
  }
  if (hello.cluster() != config.cluster) {
    return precondition(
        fmt::format("this is cluster {}, not {}", config.cluster, printable(hello.cluster())));
  }
  if (hello.to() != config.region) {
    return precondition(
        fmt::format("this is region {}, not {}", config.region, printable(hello.to())));
  }
  const auto from = find_region(config, hello.from());
  if (!from || hello.from() == config.region) {
    return precondition(
        fmt::format("region {} is no peer of {}", printable(hello.from()), config.region));
  }
  out.from = RegionId{static_cast<std::uint16_t>(*from)};
  out.to = RegionId{static_cast<std::uint16_t>(*find_region(config, config.region))};
  grpc::Status mapped = map_regions(hello, config, out);
  if (mapped.ok()) mapped = map_tables(hello, out);
  return mapped;
}

}  // namespace gtsim
