#include "region-node/transport/hello.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace gtsim {
namespace {

namespace wire = replication::v1;

void describe(const KeyAttribute& attribute, wire::KeyAttribute& out) {
  out.set_name(attribute.name);
  out.set_type(type_name(attribute.type));
}

bool same(const KeyAttribute& ours, const wire::KeyAttribute& theirs) {
  return ours.name == theirs.name() && theirs.type() == type_name(ours.type);
}

bool same(const KeySchema& ours, const wire::Table& theirs) {
  return theirs.has_hash() && same(ours.hash, theirs.hash()) &&
         ours.range.has_value() == theirs.has_range() &&
         (!ours.range || same(*ours.range, theirs.range()));
}

std::string to_text(const wire::Table& table) {
  std::string text = fmt::format("{} {}", table.hash().name(), table.hash().type());
  if (table.has_range()) {
    text += fmt::format(", {} {}", table.range().name(), table.range().type());
  }
  return printable(text);
}

wire::Table table_of(const NodeTable& table) {
  wire::Table out;
  out.set_name(table.name);
  describe(table.key.hash, *out.mutable_hash());
  if (table.key.range) describe(*table.key.range, *out.mutable_range());
  return out;
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

grpc::Status map_tables(const wire::Hello& hello, const NodeConfig& config, FrameOrigin& out) {
  if (static_cast<std::size_t>(hello.tables_size()) != config.tables.size()) {
    return precondition(fmt::format("there are {} tables here, {} there", config.tables.size(),
                                    hello.tables_size()));
  }
  out.tables.clear();
  out.schemas.clear();
  for (const NodeTable& table : config.tables) out.schemas.push_back(&table.key);
  for (const wire::Table& theirs : hello.tables()) {
    const auto ours = std::find_if(config.tables.begin(), config.tables.end(),
                                   [&](const NodeTable& t) { return t.name == theirs.name(); });
    if (ours == config.tables.end()) {
      return precondition(fmt::format("table {} is unknown here", printable(theirs.name())));
    }
    if (!same(ours->key, theirs)) {
      return precondition(fmt::format("the key of table {} is ({}) here, ({}) there", ours->name,
                                      to_text(table_of(*ours)), to_text(theirs)));
    }
    const TableId table{static_cast<std::uint16_t>(ours - config.tables.begin())};
    if (std::find(out.tables.begin(), out.tables.end(), table) != out.tables.end()) {
      return precondition(fmt::format("table {} is listed twice", ours->name));
    }
    out.tables.push_back(table);
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

wire::Hello make_hello(const NodeConfig& config, RegionId to) {
  wire::Hello hello;
  hello.add_versions(kProtocolVersion);
  hello.set_cluster(config.cluster);
  hello.set_from(config.region);
  hello.set_to(config.regions[to.index()]);
  for (const std::string& region : config.regions) hello.add_regions(region);
  for (const NodeTable& table : config.tables) *hello.add_tables() = table_of(table);
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
  if (mapped.ok()) mapped = map_tables(hello, config, out);
  return mapped;
}

}  // namespace gtsim
