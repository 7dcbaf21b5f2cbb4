#include "region-node/config/node_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace gtsim {
namespace {

constexpr std::size_t kMaxQuotedBytes = 60;

class Resolver {
 public:
  explicit Resolver(const NodeSettings& settings) : settings_(settings) {}

  Result<NodeConfig> run() {
    config_ = settings_.config;
    resolve_regions();
    resolve_peers();
    resolve_tables();
    check_tls();
    if (!errors_.empty()) return Error{Errc::kInput, fmt::format("{}", fmt::join(errors_, "\n"))};
    return std::move(config_);
  }

 private:
  void error(std::string_view where, std::string_view what) {
    errors_.push_back(where.empty() ? std::string(what) : fmt::format("{}: {}", where, what));
  }

  // The regions as given; if none are, all that are named anywhere.
  void resolve_regions() {
    if (settings_.region.text.empty()) {
      error("", "no region: give `region` in the file or --region");
    }
    std::set<std::string> names;
    for (const PlacedText& region : settings_.regions) {
      if (!names.insert(region.text).second) {
        error(region.where, in_backticks(region.text) + " is listed twice");
      }
    }
    const bool listed = !settings_.regions.empty();
    if (!listed) {
      for (const auto& [name, address] : settings_.peers) names.insert(name);
      if (!settings_.region.text.empty()) names.insert(settings_.region.text);
    } else {
      for (const auto& [name, address] : settings_.peers) {
        if (!names.contains(name)) error(address.where, unknown_region(name, names));
      }
      if (!settings_.region.text.empty() && !names.contains(settings_.region.text)) {
        error(settings_.region.where, unknown_region(settings_.region.text, names));
      }
    }
    if (names.size() > kMaxRegions) {
      error(listed ? settings_.regions.front().where : "peers",
            fmt::format("{} regions; at most {} are supported", names.size(), kMaxRegions));
    }
    config_.region = settings_.region.text;
    config_.regions.assign(names.begin(), names.end());  // a set of strings: in byte order
  }

  template <class Names>
  static std::string unknown_region(const std::string& name, const Names& names) {
    return fmt::format("no region is called {}; regions are {}", in_backticks(name),
                       fmt::join(names, ", "));
  }

  void resolve_peers() {
    for (const auto& [name, address] : settings_.peers) {
      if (name != config_.region) config_.peers.emplace(name, address.text);
    }
  }

  void resolve_tables() {
    if (settings_.tables.size() > kMaxTables) {
      error("tables", fmt::format("{} tables; at most {} are supported", settings_.tables.size(),
                                  kMaxTables));
      return;
    }
    std::set<std::string_view> names;
    for (const TableSettings& settings : settings_.tables) {
      if (!names.insert(settings.table.name).second) {
        error(settings.where, in_backticks(settings.table.name) + " is given twice");
      }
      resolve_table(settings);
    }
  }

  void resolve_table(const TableSettings& settings) {
    NodeTable table = settings.table;
    std::set<RegionId> regions;
    for (const PlacedText& region : settings.regions) {
      const auto found =
          std::lower_bound(config_.regions.begin(), config_.regions.end(), region.text);
      if (found == config_.regions.end() || *found != region.text) {
        error(region.where, unknown_region(region.text, config_.regions));
        continue;
      }
      const RegionId id(static_cast<std::uint16_t>(found - config_.regions.begin()));
      if (!regions.insert(id).second) {
        error(region.where, in_backticks(region.text) + " is listed twice");
      }
    }
    if (settings.regions.empty() && !settings.nowhere) {
      for (std::size_t i = 0; i < config_.regions.size(); ++i) {
        regions.insert(RegionId(static_cast<std::uint16_t>(i)));
      }
    }
    table.regions.assign(regions.begin(), regions.end());
    if (table.regions.size() > 1 && !table.stream) {
      error(settings.where,
            "One or more parameter values were invalid: Disabling Stream is not allowed for a "
            "Global Table replica. `off` needs a table in a single region");
    }
    if (table.ttl && table.key.is_key_attribute(table.ttl->attribute)) {
      error(settings.where, fmt::format("{} is part of the key and cannot hold the time of expiry",
                                        in_backticks(table.ttl->attribute)));
    }
    config_.tables.push_back(std::move(table));
  }

  void check_tls() {
    if (!config_.tls) return;
    const auto check = [&](const std::string& path, std::string_view field, const char* flag) {
      if (path.empty()) {
        error("",
              fmt::format("TLS needs a certificate, its key and an authority; `tls.{}` or {} is "
                          "missing",
                          field, flag));
      }
    };
    check(config_.tls->certificate, "certificate", "--tls-certificate");
    check(config_.tls->key, "key", "--tls-key");
    check(config_.tls->authority, "authority", "--tls-authority");
  }

  const NodeSettings& settings_;
  NodeConfig config_;
  std::vector<std::string> errors_;
};

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxNameBytes) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

std::string address_fault(std::string_view text, bool may_be_zero) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return "the port is missing";
  const std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  std::uint32_t port = 0;
  const char* const end = port_text.data() + port_text.size();
  const auto [stop, wrong] = std::from_chars(port_text.data(), end, port);
  if (port_text.empty() || stop != end || wrong != std::errc{} || port > 65'535) {
    return in_backticks(port_text) + " is no port";
  }
  if (port == 0 && !may_be_zero) return "nobody can be reached at port 0";
  if (host.starts_with('[') && host.ends_with(']') && host.size() > 2) {
    const bool plain = host.find_first_not_of("0123456789abcdefABCDEF:.%", 1) == host.size() - 1;
    return plain ? "" : in_backticks(host) + " is no IPv6 address";
  }
  if (!is_name(host)) return in_backticks(host) + " is no host";
  return "";
}

std::string in_backticks(std::string_view text) {
  std::string out = "`";
  for (const char c : text) {
    if (out.size() > kMaxQuotedBytes) {
      out += "...";
      break;
    }
    const auto byte = static_cast<unsigned char>(c);
    // Bytes above ASCII are escaped too: the text may be cut inside a character, or be none.
    if (byte < 0x20 || byte >= 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  out += '`';
  return out;
}

Result<NodeConfig> resolve(const NodeSettings& settings) {
  return Resolver(settings).run();
}

}  // namespace gtsim
