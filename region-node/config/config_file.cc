#include "region-node/config/config_file.h"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "region-node/base/quantity_text.h"
#include "region-node/config/yaml_reader.h"
#include "region-node/file/read_file.h"
#include "region-node/replication/lane.h"

namespace gtsim {
namespace {

constexpr std::string_view kNameForm = "a name of letters, digits, `-`, `_` and `.`";
constexpr std::string_view kAddressForm = "host:port, for example 127.0.0.1:4001";
constexpr std::int64_t kLongestUs = kLongestDuration.count();
constexpr double kMaxRate = 1'000'000;
constexpr double kMaxDrift = 100'000;  // parts per million: a tenth

class ConfigReader {
 public:
  ConfigReader(const std::string& file, NodeSettings& settings)
      : yaml_(file), settings_(settings), config_(settings.config) {}

  Result<void> run(const std::string& text) {
    const YamlPlace root = yaml_.parse(text);
    if (yaml_.errors().empty()) read_node(root);
    if (yaml_.errors().empty()) return {};
    return Error{Errc::kInput, fmt::format("{}", fmt::join(yaml_.errors(), "\n"))};
  }

 private:
  using Read = std::function<void(const YamlPlace&)>;

  // --- Fields of one kind.
  Read name(std::string& out) {
    return [this, &out](const YamlPlace& place) { read_name(place, out); };
  }
  Read path(std::string& out) {
    return [this, &out](const YamlPlace& place) { yaml_.text(place, "a path", out); };
  }
  Read listen(std::string& out) {
    return [this, &out](const YamlPlace& place) { read_address(place, true, out); };
  }
  Read flag(bool& out) {
    return [this, &out](const YamlPlace& place) { yaml_.boolean(place, out); };
  }
  template <class Number>
  Read number(std::int64_t least, std::int64_t most, Number& out) {
    return [this, least, most, &out](const YamlPlace& place) {
      auto value = static_cast<std::int64_t>(out);
      yaml_.number(place, least, most, value);
      out = static_cast<Number>(value);
    };
  }
  Read decimal(double least, double most, double& out) {
    return [this, least, most, &out](const YamlPlace& place) {
      yaml_.decimal(place, least, most, out);
    };
  }
  // A clock counts its drift in thousandths of a part per million; a finer one would quietly be
  // none.
  Read drift(double& out) {
    return [this, &out](const YamlPlace& place) {
      double value = out;
      yaml_.decimal(place, -kMaxDrift, kMaxDrift, value);
      constexpr double kRounding = 1e-6;  // of a double; beyond that it is meant
      const double thousandths = std::round(value * 1000);
      if (std::fabs(value * 1000 - thousandths) > kRounding || (value != 0 && thousandths == 0)) {
        return yaml_.mismatch(place, "a drift no finer than 0.001");
      }
      out = value;
    };
  }
  Read duration(Duration& out, Duration least = Duration{0}) {
    return [this, &out, least](const YamlPlace& place) {
      const std::string expected = "a duration such as 80ms or 4h";
      std::string text;
      if (!yaml_.text(place, expected, text)) return;
      const auto parsed = parse_duration(text);
      if (!parsed) {
        yaml_.error(place, fmt::format("found {}: {}; expected {}", in_backticks(text),
                                       parsed.error().detail, expected));
      } else if (*parsed < least) {
        yaml_.mismatch(place, fmt::format("a duration of at least {}", to_text(least)));
      } else {
        out = *parsed;
      }
    };
  }
  Read size(std::int64_t least, std::size_t& out) {
    return [this, least, &out](const YamlPlace& place) {
      const std::string expected = fmt::format("a size of {} bytes or more, such as 64MB", least);
      std::string text;
      if (!yaml_.text(place, expected, text)) return;
      const auto parsed = parse_size(text);
      if (!parsed || *parsed < least) return yaml_.mismatch(place, expected);
      out = static_cast<std::size_t>(*parsed);
    };
  }

  bool read_name(const YamlPlace& place, std::string& out) {
    std::string text;
    if (!yaml_.text(place, kNameForm, text)) return false;
    if (!is_name(text)) {
      yaml_.mismatch(place, kNameForm);
      return false;
    }
    out = std::move(text);
    return true;
  }
  bool read_address(const YamlPlace& place, bool may_be_zero, std::string& out) {
    std::string text;
    if (!yaml_.text(place, kAddressForm, text)) return false;
    if (const std::string fault = address_fault(text, may_be_zero); !fault.empty()) {
      yaml_.error(
          place, fmt::format("found {}: {}; expected {}", in_backticks(text), fault, kAddressForm));
      return false;
    }
    out = std::move(text);
    return true;
  }
  bool checked_name(const std::string& name, const YamlPlace& place) {
    if (is_name(name)) return true;
    yaml_.error(place, fmt::format("expected {}", kNameForm));
    return false;
  }

  // --- The file.
  void read_node(const YamlPlace& root) {
    yaml_.object(
        root,
        {{"cluster", name(config_.cluster)},
         {"region", [this](const YamlPlace& place) { read_own_region(place); }},
         {"regions", [this](const YamlPlace& place) { read_names(place, settings_.regions); }},
         {"peers", [this](const YamlPlace& place) { read_peers(place); }},
         {"data", path(config_.data)},
         {"sync", [this](const YamlPlace& place) { read_sync(place); }},
         {"journal", flag(config_.journal)},
         {"seed", number(0, INT64_MAX, config_.seed)},
         {"replication_listen", listen(config_.replication_listen)},
         {"http_listen", listen(config_.http_listen)},
         {"control_listen", listen(config_.control_listen)},
         {"tls", [this](const YamlPlace& place) { read_tls(place); }},
         {"replication", [this](const YamlPlace& place) { read_replication(place); }},
         {"control_plane", [this](const YamlPlace& place) { read_control_plane(place); }},
         {"time", [this](const YamlPlace& place) { read_time(place); }},
         {"limits", [this](const YamlPlace& place) { read_limits(place); }},
         {"tables", [this](const YamlPlace& place) { read_tables(place); }}});
  }

  void read_own_region(const YamlPlace& place) {
    if (read_name(place, settings_.region.text)) settings_.region.where = place.where;
  }

  void read_names(const YamlPlace& place, std::vector<PlacedText>& out) {
    std::vector<PlacedText> names;
    yaml_.list(place, "a list of regions", [&](const YamlPlace& item) {
      PlacedText name{"", item.where};
      if (read_name(item, name.text)) names.push_back(std::move(name));
    });
    if (names.empty() && place.node.IsSequence() && place.node.size() == 0) {
      yaml_.error(place, "found an empty list, expected at least one region");
    }
    out = std::move(names);
  }

  void read_peers(const YamlPlace& place) {
    yaml_.map(place, "a map from region to host:port",
              [&](const std::string& region, const YamlPlace& child) {
                PlacedText address{"", child.where};
                if (!checked_name(region, child)) return;
                if (read_address(child, false, address.text)) settings_.peers[region] = address;
              });
  }

  void read_sync(const YamlPlace& place) {
    yaml_.word<SyncMode>(
        place,
        {{"always", SyncMode::kAlways}, {"batch", SyncMode::kBatch}, {"off", SyncMode::kOff}},
        config_.sync);
  }

  void read_tls(const YamlPlace& place) {
    TlsFiles files;
    yaml_.object(place, {{"certificate", path(files.certificate)},
                         {"key", path(files.key)},
                         {"authority", path(files.authority)}});
    config_.tls = files;
  }

  void read_replication(const YamlPlace& place) {
    ReplicationOptions& options = config_.replication;
    std::int64_t lanes = options.lanes;
    // A position in a batch has 16 bits (change.h).
    yaml_.object(place, {{"batch", number(1, 10'000, options.batch)},
                         {"in_flight", number(1, 10'000, options.in_flight)},
                         {"lanes", number(1, kMostLanes, lanes)},
                         {"retry", duration(options.retry, Duration{1000})},
                         {"coalesce", duration(options.coalesce)}});
    options.lanes = static_cast<std::uint16_t>(lanes);
  }

  void read_control_plane(const YamlPlace& place) {
    yaml_.object(place, {{"source_lock", duration(config_.source_lock)},
                         {"durations", [this](const YamlPlace& at) {
                            yaml_.word<DurationSet>(at,
                                                    {{"plain", DurationSet::kPlain},
                                                     {"short", DurationSet::kShort},
                                                     {"service", DurationSet::kService}},
                                                    config_.durations);
                          }}});
  }

  void read_time(const YamlPlace& place) {
    NodeTime& time = config_.time;
    std::int64_t offset = time.clock_offset.count();
    yaml_.object(place, {{"real_origin_us", number(0, INT64_MAX / 4, time.real_origin_us)},
                         {"instant_origin_us", number(0, INT64_MAX / 4, time.instant_origin.us)},
                         {"clock_origin_us", number(0, INT64_MAX / 4, time.clock_origin.us)},
                         {"rate", decimal(0.001, kMaxRate, time.rate)},
                         {"clock_offset_us", number(-kLongestUs, kLongestUs, offset)},
                         {"drift_ppm", drift(time.drift_ppm)}});
    time.clock_offset = Duration{offset};
    // A quicker clock that began in 1970 would be beyond every number by now.
    if (time.rate != 1 && time.real_origin_us == 0) {
      yaml_.error(place, "a `rate` other than 1 needs `real_origin_us`: when that began");
    }
  }

  void read_limits(const YamlPlace& place) {
    yaml_.object(place, {{"cache_bytes", size(1 << 20, config_.cache_bytes)},
                         {"write_buffer_bytes", size(1 << 16, config_.write_buffer_bytes)},
                         {"waiting_calls", number(1, 100'000'000, config_.waiting_calls)},
                         {"drain", duration(config_.drain)}});
  }

  void read_tables(const YamlPlace& place) {
    yaml_.map(place, "a map from table to its settings",
              [&](const std::string& name, const YamlPlace& child) {
                if (checked_name(name, child)) read_table(name, child);
              });
  }

  void read_table(const std::string& name, const YamlPlace& place) {
    TableSettings settings;
    settings.where = place.where;
    NodeTable& table = settings.table;
    table.name = name;
    table.key.hash = {"PK", AttributeType::kS};
    if (!place.node.IsNull()) {
      yaml_.object(place,
                   {{"key", [&](const YamlPlace& child) { read_key(child, table.key); }},
                    {"stream", [&](const YamlPlace& child) { read_view(child, table.stream); }},
                    {"shards", number(1, 1000, table.shards)},
                    {"shard_rollover", duration(table.shard_rollover, kShortestShardRollover)},
                    {"ttl", [&](const YamlPlace& child) { read_ttl(child, table.ttl); }},
                    {"regions",
                     [&](const YamlPlace& child) {
                       settings.nowhere = child.node.IsScalar() && child.node.Scalar() == "none";
                       if (!settings.nowhere) read_names(child, settings.regions);
                     }},
                    {"write_capacity",
                     [&](const YamlPlace& child) {
                       std::int64_t units = 0;
                       number(1, 1'000'000'000, units)(child);
                       if (units > 0) table.write_capacity = units;
                     }},
                    {"records_for_backfill", flag(table.records_for_backfill)},
                    {"origin_record_time", flag(table.origin_record_time)}});
    }
    settings_.tables.push_back(std::move(settings));
  }

  void read_key(const YamlPlace& place, KeySchema& out) {
    constexpr std::string_view kForm =
        "one or two attributes with their types, as in {PK: S, SK: N}";
    std::vector<KeyAttribute> attributes;
    yaml_.map(place, kForm, [&](const std::string& name, const YamlPlace& child) {
      KeyAttribute attribute{name, AttributeType::kS};
      if (name.empty() || name.size() > kMaxNameBytes) {
        yaml_.error(child, "the name of a key attribute has 1 to 255 bytes");
      }
      yaml_.word<AttributeType>(
          child, {{"S", AttributeType::kS}, {"N", AttributeType::kN}, {"B", AttributeType::kB}},
          attribute.type);
      attributes.push_back(std::move(attribute));
    });
    if (!place.node.IsMap()) return;
    if (attributes.empty() || attributes.size() > 2) {
      return yaml_.error(place,
                         fmt::format("found {} attributes, expected {}", attributes.size(), kForm));
    }
    out.hash = attributes[0];
    if (attributes.size() > 1) out.range = attributes[1];
  }

  void read_view(const YamlPlace& place, std::optional<StreamViewType>& out) {
    using View = std::optional<StreamViewType>;
    yaml_.word<View>(place,
                     {{"NEW_AND_OLD_IMAGES", StreamViewType::kNewAndOldImages},
                      {"NEW_IMAGE", StreamViewType::kNewImage},
                      {"OLD_IMAGE", StreamViewType::kOldImage},
                      {"KEYS_ONLY", StreamViewType::kKeysOnly},
                      {"off", std::nullopt}},
                     out);
  }

  void read_ttl(const YamlPlace& place, std::optional<TtlOptions>& out) {
    TtlOptions ttl;
    yaml_.object(place,
                 {{"attribute",
                   [&](const YamlPlace& child) {
                     yaml_.text(child, "the name of an attribute", ttl.attribute);
                   }},
                  {"delay", duration(ttl.delay)},
                  {"by",
                   [&](const YamlPlace& child) {
                     yaml_.word<bool>(child, {{"one", false}, {"all", true}}, ttl.every_region);
                   }},
                  {"salt", number(0, INT64_MAX, ttl.salt)}});
    if (ttl.attribute.size() > kMaxNameBytes) {
      yaml_.error(place, "the name of an attribute has 1 to 255 bytes");
    }
    if (place.node.IsMap() && ttl.attribute.empty()) {
      yaml_.error(place, "the field `attribute` is missing");
    }
    out = std::move(ttl);
  }

  YamlReader yaml_;
  NodeSettings& settings_;
  NodeConfig& config_;
};

}  // namespace

Result<void> read_config(const std::string& text, const std::string& file, NodeSettings& settings) {
  return ConfigReader(file, settings).run(text);
}

Result<void> read_config_file(const std::string& path, NodeSettings& settings) {
  const auto text = read_file(path, kMaxConfigFileBytes);
  if (!text) return Error{Errc::kInput, fmt::format("{}: {}", path, text.error().detail)};
  return read_config(*text, path, settings);
}

}  // namespace gtsim
