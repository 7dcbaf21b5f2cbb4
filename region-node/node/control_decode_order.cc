#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "region-node/base/quantity_text.h"
#include "region-node/config/node_settings.h"
#include "region-node/node/control_decode.h"

namespace gtsim {
namespace {

constexpr double kMaxDriftPpm = 100'000;  // a tenth
constexpr std::int64_t kMaxUnitsPerSecond = 1'000'000'000;
constexpr int kMinPoints = 2;
constexpr int kMaxPoints = 200;

Error at(const std::string& field, std::string_view what) {
  return validation_error(fmt::format("{}: {}", field, what));
}

Result<RegionId> any_region(const std::string& name, const std::string& field,
                            const NodeConfig& config) {
  const auto found = std::lower_bound(config.regions.begin(), config.regions.end(), name);
  if (found == config.regions.end() || *found != name) {
    return at(field, "no region is called " + in_backticks(name));
  }
  return RegionId(static_cast<std::uint16_t>(found - config.regions.begin()));
}

Result<RegionId> other_region(const std::string& name, const std::string& field,
                              const NodeConfig& config) {
  auto region = any_region(name, field, config);
  if (region && name == config.region) {
    return at(field, in_backticks(name) + " is this region itself");
  }
  return region;
}

Result<Duration> decode_span(std::int64_t us, const std::string& field) {
  if (us < 0 || us > kLongestDuration.count()) {
    return at(field,
              fmt::format("found {}, expected 0 to {} microseconds", us, kLongestDuration.count()));
  }
  return Duration{us};
}

Result<DelayModel> decode_delay(const control::Delay& delay, const std::string& field) {
  using Kind = DelayModel::Kind;
  DelayModel model;
  auto first = decode_span(delay.first_us(), field + ".first_us");
  if (!first) return first.error();
  auto second = decode_span(delay.second_us(), field + ".second_us");
  if (!second) return second.error();
  model.first = *first;
  model.second = *second;
  model.shape = delay.shape();
  if (!std::isfinite(model.shape)) return at(field + ".shape", "is no number");
  const auto shape_within = [&](double least, double most) {
    return model.shape >= least && model.shape <= most;
  };
  switch (delay.kind()) {
    case control::Delay::CONSTANT:
      model.kind = Kind::kConstant;
      break;
    case control::Delay::UNIFORM:
      model.kind = Kind::kUniform;
      if (model.second < model.first) return at(field, "the smallest is larger than the largest");
      break;
    case control::Delay::NORMAL:
      model.kind = Kind::kNormal;
      break;
    case control::Delay::LOG_NORMAL:
      model.kind = Kind::kLogNormal;
      if (!shape_within(0, 5)) return at(field + ".shape", "sigma is a number from 0 to 5");
      break;
    case control::Delay::PARETO:
      model.kind = Kind::kPareto;
      if (!shape_within(0.01, 100))
        return at(field + ".shape", "alpha is a number from 0.01 to 100");
      break;
    case control::Delay::EMPIRICAL: {
      model.kind = Kind::kEmpirical;
      if (delay.points_us_size() < kMinPoints || delay.points_us_size() > kMaxPoints) {
        return at(field + ".points_us",
                  fmt::format("found {}, expected {} to {}", delay.points_us_size(), kMinPoints,
                              kMaxPoints));
      }
      for (const std::int64_t us : delay.points_us()) {
        auto point = decode_span(us, field + ".points_us");
        if (!point) return point.error();
        if (!model.points.empty() && *point < model.points.back()) {
          return at(field + ".points_us", "the durations must ascend");
        }
        model.points.push_back(*point);
      }
      break;
    }
    default:
      return at(field + ".kind",
                fmt::format("{} is no kind of delay", static_cast<int>(delay.kind())));
  }
  if (model.kind != Kind::kEmpirical && delay.points_us_size() > 0) {
    return at(field + ".points_us", "only an EMPIRICAL delay has them");
  }
  return model;
}

Result<std::optional<double>> decode_probability(bool given, double value, const char* field) {
  if (!given) return std::optional<double>{};
  if (!(value >= 0 && value <= 1)) return at(field, "a probability is a number from 0 to 1");
  return std::optional<double>{value};
}

Result<DecodedOrder> decode_link(const control::SetLink& order, const NodeConfig& config) {
  auto to = other_region(order.to(), "set_link.to", config);
  if (!to) return to.error();
  LinkOrder out;
  out.to = *to;
  out.restore = order.restore();
  if (order.has_cut()) out.cut = order.cut();
  if (order.has_latency()) {
    auto latency = decode_delay(order.latency(), "set_link.latency");
    if (!latency) return latency.error();
    out.settings.latency = std::move(*latency);
  }
  if (order.has_jitter()) {
    auto jitter = decode_delay(order.jitter(), "set_link.jitter");
    if (!jitter) return jitter.error();
    out.settings.jitter = std::move(*jitter);
  }
  if (order.has_lag()) {
    auto lag = decode_delay(order.lag(), "set_link.lag");
    if (!lag) return lag.error();
    out.settings.lag = std::move(*lag);
  }
  auto loss = decode_probability(order.has_loss(), order.loss(), "set_link.loss");
  if (!loss) return loss.error();
  auto duplicate =
      decode_probability(order.has_duplicate(), order.duplicate(), "set_link.duplicate");
  if (!duplicate) return duplicate.error();
  auto reorder = decode_probability(order.has_reorder(), order.reorder(), "set_link.reorder");
  if (!reorder) return reorder.error();
  out.settings.loss = *loss;
  out.settings.duplicate = *duplicate;
  out.settings.reorder = *reorder;
  if (order.has_bandwidth_bytes_per_second()) {
    const std::int64_t bandwidth = order.bandwidth_bytes_per_second();
    if (bandwidth < 0) {
      return at("set_link.bandwidth_bytes_per_second", "a bandwidth is not negative");
    }
    // An absent setting leaves what stands, so "unbounded" is a bandwidth that takes no time.
    out.settings.bandwidth_bytes_per_second = bandwidth == 0 ? INT64_MAX : bandwidth;
  }
  return DecodedOrder{std::move(out)};
}

Result<DecodedOrder> decode_peer(const control::SetPeer& order, const NodeConfig& config) {
  auto region = other_region(order.region(), "set_peer.region", config);
  if (!region) return region.error();
  if (std::string fault = address_fault(order.address(), /*may_be_zero=*/false); !fault.empty()) {
    return at("set_peer.address", fault);
  }
  return DecodedOrder{PeerOrder{*region, order.address()}};
}

Result<DecodedOrder> decode_clock(const control::StepClock& order) {
  const std::int64_t most = kLongestDuration.count();
  if (order.step_us() < -most || order.step_us() > most) {
    return at("step_clock.step_us",
              fmt::format("found {}, expected {} to {}", order.step_us(), -most, most));
  }
  ClockOrder out{Duration{order.step_us()}, std::nullopt};
  if (order.has_drift_ppm()) {
    if (!(std::fabs(order.drift_ppm()) <= kMaxDriftPpm)) {
      return at("step_clock.drift_ppm", "a drift is a number from -100000 to 100000");
    }
    out.drift_ppm = order.drift_ppm();
  }
  return DecodedOrder{out};
}

Result<DecodedOrder> decode_capacity(const control::SetCapacity& order, TableId table) {
  CapacityOrder out{table, std::nullopt};
  if (order.has_write_units_per_second()) {
    const std::int64_t units = order.write_units_per_second();
    if (units < 1 || units > kMaxUnitsPerSecond) {
      return at("set_capacity.write_units_per_second",
                fmt::format("found {}, expected 1 to {}", units, kMaxUnitsPerSecond));
    }
    out.units_per_second = units;
  }
  return DecodedOrder{out};
}

template <class Message>
Result<std::optional<Duration>> decode_takes(const Message& order, const char* field) {
  if (!order.has_takes_us()) return std::optional<Duration>{};
  auto takes = decode_span(order.takes_us(), field);
  if (!takes) return takes.error();
  return std::optional{*takes};
}

Result<DecodedOrder> decode_add_replica(const control::AddReplica& order, TableId table,
                                        const NodeConfig& config) {
  AddReplicaOrder out;
  auto region = any_region(order.region(), "add_replica.region", config);
  if (!region) return region.error();
  auto takes = decode_takes(order, "add_replica.takes_us");
  if (!takes) return takes.error();
  const std::int64_t rate = order.items_per_second();
  if (rate < 1 || rate > kMaxUnitsPerSecond) {
    return at("add_replica.items_per_second",
              fmt::format("found {}, expected 1 to {}", rate, kMaxUnitsPerSecond));
  }
  out.region = *region;
  out.takes = *takes;
  out.backfill_items_per_second = rate;
  return DecodedOrder{ControlOrder{table, out}};
}

Result<DecodedOrder> decode_remove_replica(const control::RemoveReplica& order, TableId table,
                                           const NodeConfig& config) {
  auto region = any_region(order.region(), "remove_replica.region", config);
  if (!region) return region.error();
  auto takes = decode_takes(order, "remove_replica.takes_us");
  if (!takes) return takes.error();
  return DecodedOrder{ControlOrder{table, RemoveReplicaOrder{*region, *takes}}};
}

Result<DecodedOrder> decode_delete_table(const control::DeleteTable& order, TableId table) {
  auto takes = decode_takes(order, "delete_table.takes_us");
  if (!takes) return takes.error();
  return DecodedOrder{ControlOrder{table, DeleteTableOrder{*takes}}};
}

Result<StreamViewType> decode_view(const std::string& name, const std::string& field) {
  for (const StreamViewType view : {StreamViewType::kKeysOnly, StreamViewType::kNewImage,
                                    StreamViewType::kOldImage, StreamViewType::kNewAndOldImages}) {
    if (name == to_text(view)) return view;
  }
  return at(field, in_backticks(name) + " is no view type");
}

Result<KeyAttribute> decode_key_attribute(const control::KeyAttribute& told,
                                          const std::string& field) {
  if (told.name().empty() || told.name().size() > kMaxNameBytes) {
    return at(field + ".name",
              fmt::format("found {} bytes, expected 1 to {}", told.name().size(), kMaxNameBytes));
  }
  if (const auto type = key_attribute_type(told.type())) return KeyAttribute{told.name(), *type};
  return at(field + ".type",
            in_backticks(told.type()) + " is no type of a key; expected S, N or B");
}

Result<TableDefinition> decode_definition(const control::CreateTable& order) {
  TableDefinition out;
  if (!is_name(order.table())) {
    return at("create_table.table", in_backticks(order.table()) + " is no name of a table");
  }
  out.name = order.table();
  auto hash = decode_key_attribute(order.hash(), "create_table.hash");
  if (!hash) return hash.error();
  out.key.hash = std::move(*hash);
  if (!order.has_range()) return out;
  auto range = decode_key_attribute(order.range(), "create_table.range");
  if (!range) return range.error();
  if (range->name == out.key.hash.name) {
    return at("create_table.range.name", "the same as that of the hash key");
  }
  out.key.range = std::move(*range);
  return out;
}

Result<DecodedOrder> decode_create_table(const control::CreateTable& order,
                                         const NodeConfig& config) {
  CreateTableOrder out;
  auto takes = decode_takes(order, "create_table.takes_us");
  if (!takes) return takes.error();
  out.takes = *takes;
  if (order.has_stream()) {
    auto view = decode_view(order.stream(), "create_table.stream");
    if (!view) return view.error();
    out.stream = *view;
  }
  if (!order.has_hash()) {
    if (order.has_range()) return at("create_table.range", "needs create_table.hash");
    auto table = decode_table(order.table(), "create_table.table", config);
    if (!table) return table.error();
    return DecodedOrder{ControlOrder{*table, out}};
  }
  auto definition = decode_definition(order);
  if (!definition) return definition.error();
  return DecodedOrder{NewTableOrder{std::move(*definition), out}};
}

Result<DecodedOrder> decode_change_stream(const control::ChangeStream& order, TableId table) {
  ChangeStreamOrder out;
  auto takes = decode_takes(order, "change_stream.takes_us");
  if (!takes) return takes.error();
  out.takes = *takes;
  if (order.has_enable()) {
    auto view = decode_view(order.enable(), "change_stream.enable");
    if (!view) return view.error();
    out.enable = *view;
  }
  return DecodedOrder{ControlOrder{table, out}};
}

Result<DecodedOrder> decode_change_protection(const control::ChangeProtection& order,
                                              TableId table) {
  auto takes = decode_takes(order, "change_protection.takes_us");
  if (!takes) return takes.error();
  return DecodedOrder{ControlOrder{table, ChangeProtectionOrder{order.on(), *takes}}};
}

// Shown to people, and told to other regions.
Result<void> check_plain_text(const std::string& text, std::size_t least, std::size_t most,
                              const std::string& field) {
  if (text.size() < least || text.size() > most) {
    return at(field, fmt::format("found {} bytes, expected {} to {}", text.size(), least, most));
  }
  const bool is_plain = std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (!is_plain) return at(field, "a control character");
  return {};
}

Result<DecodedOrder> decode_change_time_to_live(const control::ChangeTimeToLive& order,
                                                TableId table) {
  auto plain = check_plain_text(order.attribute(), 1, kMaxTtlAttributeBytes,
                                "change_time_to_live.attribute");
  if (!plain) return plain.error();
  return DecodedOrder{
      ControlOrder{table, ChangeTimeToLiveOrder{order.enabled(), order.attribute()}}};
}

Result<DecodedOrder> decode_change_tags(const control::ChangeTags& order, TableId table) {
  constexpr std::size_t kMaxKeyBytes = 128 * 4;  // characters of up to four bytes
  constexpr std::size_t kMaxValueBytes = 256 * 4;
  if (order.set_size() + order.remove_size() == 0) {
    return at("change_tags", "expected `set` or `remove`");
  }
  ChangeTagsOrder out;
  // In an order of their own: a map on the wire has none.
  const std::map<std::string, std::string> sorted(order.set().begin(), order.set().end());
  for (const auto& [key, value] : sorted) {
    if (auto plain = check_plain_text(key, 1, kMaxKeyBytes, "change_tags.set"); !plain) {
      return plain.error();
    }
    if (auto plain = check_plain_text(value, 0, kMaxValueBytes, "change_tags.set"); !plain) {
      return plain.error();
    }
    out.set.emplace_back(key, value);
  }
  out.remove.assign(order.remove().begin(), order.remove().end());
  return DecodedOrder{ControlOrder{table, std::move(out)}};
}

// Everything about one table: `decode` gets its id.
template <class Message, class Decode>
Result<DecodedOrder> for_table(const Message& order, const std::string& name,
                               const NodeConfig& config, Decode decode) {
  auto table = decode_table(order.table(), (name + ".table").c_str(), config);
  if (!table) return table.error();
  return decode(order, *table);
}

}  // namespace

Result<DecodedOrder> decode_order(const control::Order& order, const NodeConfig& config) {
  using Order = control::Order;
  switch (order.kind_case()) {
    case Order::kSetLink:
      return decode_link(order.set_link(), config);
    case Order::kSetPeer:
      return decode_peer(order.set_peer(), config);
    case Order::kStepClock:
      return decode_clock(order.step_clock());
    case Order::kSetPaused: {
      const control::SetPaused& pause = order.set_paused();
      if (pause.table().empty()) return DecodedOrder{PauseOrder{std::nullopt, pause.paused()}};
      auto table = decode_table(pause.table(), "set_paused.table", config);
      if (!table) return table.error();
      return DecodedOrder{PauseOrder{*table, pause.paused()}};
    }
    case Order::kSetCapacity:
      return for_table(order.set_capacity(), "set_capacity", config, decode_capacity);
    case Order::kSplitShard:
      return for_table(order.split_shard(), "split_shard", config,
                       [](const control::SplitShard&, TableId table) {
                         return Result<DecodedOrder>{DecodedOrder{SplitShardOrder{table}}};
                       });
    case Order::kAddReplica:
      return for_table(order.add_replica(), "add_replica", config,
                       [&](const control::AddReplica& add, TableId table) {
                         return decode_add_replica(add, table, config);
                       });
    case Order::kRemoveReplica:
      return for_table(order.remove_replica(), "remove_replica", config,
                       [&](const control::RemoveReplica& remove, TableId table) {
                         return decode_remove_replica(remove, table, config);
                       });
    case Order::kCreateTable:
      return decode_create_table(order.create_table(), config);
    case Order::kDeleteTable:
      return for_table(order.delete_table(), "delete_table", config, decode_delete_table);
    case Order::kChangeStream:
      return for_table(order.change_stream(), "change_stream", config, decode_change_stream);
    case Order::kChangeProtection:
      return for_table(order.change_protection(), "change_protection", config,
                       decode_change_protection);
    case Order::kChangeTimeToLive:
      return for_table(order.change_time_to_live(), "change_time_to_live", config,
                       decode_change_time_to_live);
    case Order::kChangeTags:
      return for_table(order.change_tags(), "change_tags", config, decode_change_tags);
    case Order::KIND_NOT_SET:
      break;
  }
  return validation_error("the order is empty, or of a kind that this version does not know");
}

}  // namespace gtsim
