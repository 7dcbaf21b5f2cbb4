// Arbitrary bytes as what comes over a node's control listener: an order and a write. What is taken
// must be something that the state machine can be given; what is refused must be told.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "region-node/base/check.h"
#include "region-node/base/quantity_text.h"
#include "region-node/item/canonical.h"
#include "region-node/item/item_size.h"
#include "region-node/node/control_decode.h"

namespace {

using namespace gtsim;

NodeConfig make_config() {
  NodeConfig config;
  config.region = "b";
  config.regions = {"a", "b", "c"};
  for (const bool ranged : {false, true}) {
    NodeTable table;
    table.name = ranged ? "u" : "t";
    table.key.hash = {"PK", AttributeType::kS};
    if (ranged) table.key.range = KeyAttribute{"SK", AttributeType::kN};
    table.regions = {RegionId(0), RegionId(1), RegionId(2)};
    config.tables.push_back(table);
  }
  return config;
}

void check_write(const DecodedWrite& write, const NodeConfig& config) {
  CHECK(!write.parts.empty());
  CHECK(write.parts.size() <= (write.transaction ? 100u : 1u));
  std::set<std::pair<TableId, std::string>> keys;
  for (const DecodedPart& part : write.parts) {
    CHECK(part.table.index() < config.tables.size());
    const KeySchema& schema = config.tables[part.table.index()].key;
    const auto key = decode_item(part.key);
    CHECK(key.has_value());
    CHECK(check_key(schema, *key).has_value());
    CHECK(part.partition_hash == partition_hash_of(schema, part.key));
    CHECK(keys.emplace(part.table, part.key).second);
    CHECK((part.kind == WriteKind::kPut) == static_cast<bool>(part.image));
    CHECK((part.kind == WriteKind::kUpdate) == (part.update != nullptr));
    if (part.image) CHECK(part.image.size_bytes() <= kMaxItemSizeBytes);
    if (part.update) {
      // What the state machine will do with it, on an item that is not there.
      (void)apply_update(*part.update, {}, part.key);
    }
    if (part.condition) (void)holds(*part.condition, part.image.bytes());
  }
}

void check_probability(const std::optional<double>& probability) {
  if (!probability) return;
  CHECK(*probability >= 0);
  CHECK(*probability <= 1);
}

void check_delay(const std::optional<DelayModel>& delay) {
  if (!delay) return;
  CHECK(delay->first >= Duration{0});
  CHECK(delay->first <= kLongestDuration);
  CHECK(std::isfinite(delay->shape));
  CHECK(delay->kind != DelayModel::Kind::kAws);
}

void check_order(const DecodedOrder& order) {
  if (const auto* link = std::get_if<LinkOrder>(&order)) {
    CHECK(link->to != RegionId(1));
    check_probability(link->settings.loss);
    check_probability(link->settings.duplicate);
    check_probability(link->settings.reorder);
    check_delay(link->settings.latency);
    check_delay(link->settings.jitter);
  }
  if (const auto* clock = std::get_if<ClockOrder>(&order)) {
    if (clock->drift_ppm) CHECK(std::fabs(*clock->drift_ppm) <= 100'000);
  }
  if (const auto* ordered = std::get_if<ControlOrder>(&order)) {
    if (const auto* add = std::get_if<AddReplicaOrder>(&ordered->action)) {
      CHECK(add->region.index() < 3);
      CHECK(add->backfill_items_per_second > 0);
      CHECK(!add->takes || (*add->takes >= Duration{0} && *add->takes <= kLongestDuration));
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const NodeConfig config = make_config();
  const int length = static_cast<int>(std::min<std::size_t>(size, 1u << 20));
  control::Order order;
  if (order.ParseFromArray(data, length)) {
    const auto decoded = decode_order(order, config);
    if (decoded) {
      check_order(*decoded);
    } else {
      CHECK(!decoded.error().detail.empty());
    }
  }
  control::WriteCall call;
  if (call.ParseFromArray(data, length)) {
    const auto decoded = decode_write(call, config);
    if (decoded) {
      check_write(*decoded, config);
    } else {
      CHECK(!decoded.error().detail.empty());
    }
  }
  return 0;
}
