// What the tests of replication's transport share: a small cluster's configuration, messages about
// its items, and how they print.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/hash.h"
#include "region-node/config/node_config.h"
#include "region-node/control_plane/control_message.h"
#include "region-node/item/canonical.h"
#include "region-node/replication/message.h"
#include "region-node/table/key_space.h"
#include "region-node/transport/codec.h"

namespace gtsim::transport_fixture {

inline constexpr RegionId kFrankfurt{0};
inline constexpr RegionId kIreland{1};
inline constexpr RegionId kVirginia{2};
inline constexpr TableId kOrders{0};  // key PK: S, SK: N
inline constexpr TableId kBlobs{1};   // key id: B

inline NodeConfig config_of(const std::string& region) {
  NodeConfig config;
  config.region = region;
  config.regions = {"eu-central-1", "eu-west-1", "us-east-1"};
  NodeTable orders;
  orders.name = "orders";
  orders.key.hash.name = "PK";
  orders.key.range = KeyAttribute{"SK", AttributeType::kN};
  NodeTable blobs;
  blobs.name = "blobs";
  blobs.key.hash.name = "id";
  blobs.key.hash.type = AttributeType::kB;
  config.tables = {orders, blobs};
  return config;
}

// The keys of one node's tables.
struct Keys {
  KeySpace orders;
  KeySpace blobs;
  [[nodiscard]] std::vector<KeySpace*> all() { return {&orders, &blobs}; }
};

inline Item order_key(std::string_view name, std::int64_t number) {
  return Item{{"PK", AttributeValue::string(std::string(name))},
              {"SK", AttributeValue::number(Number::from_integer(number))}};
}

inline KeyId intern_order(KeySpace& keys, const Item& key) {
  const std::string bytes = encode_item(key);
  return keys.intern(bytes, partition_hash_of(config_of("eu-west-1").tables[0].key, bytes));
}

// A put of an order, written by `origin` at `timestamp_us`.
inline Change order_put(KeySpace& keys, std::string_view name, std::int64_t number,
                        std::string payload, RegionId origin, std::int64_t timestamp_us) {
  Item item = order_key(name, number);
  Change change;
  change.key = intern_order(keys, item);
  item.emplace("payload", AttributeValue::string(std::move(payload)));
  change.image = Image::make(encode_item(item));
  change.version = {WallTime{timestamp_us}, origin};
  change.committed_at = Instant{timestamp_us - 5};
  return change;
}

inline Message orders_changes(RegionId from, RegionId to, std::uint64_t first, std::uint64_t next) {
  Message message;
  message.table = kOrders;
  message.from = from;
  message.to = to;
  message.first_position = first;
  message.next_position = next;
  return message;
}

inline Message acknowledgement(RegionId from, RegionId to, std::uint64_t next) {
  Message message = orders_changes(from, to, 0, next);
  message.kind = MessageKind::kAcknowledgement;
  return message;
}

inline std::string to_text(const OperationId& operation) {
  return fmt::format("{}/{}/{}", operation.ordered_at.us, operation.initiator.value(),
                     operation.number);
}

inline std::string to_text(const ControlMessage& control) {
  std::string out = fmt::format(
      "kind {} table {} {}->{} operation {} what {} subject {} phase {} tries {} position {} view "
      "{} holder {} refusal {} '{}'",
      static_cast<int>(control.kind), control.table.value(), control.from.value(),
      control.to.value(), to_text(control.operation), static_cast<int>(control.what),
      control.subject.value(), gtsim::to_text(control.phase), control.tries, control.position,
      gtsim::to_text(control.view), to_text(control.holder), error_name(control.refusal.code),
      control.refusal.detail);
  for (const ControlMessage::Place& place : control.places) {
    out += fmt::format(" place {}@{}", place.region.value(), place.position);
  }
  for (const Duration wait : control.waits) out += fmt::format(" wait {}", wait.count());
  if (control.settings) {
    out += fmt::format(" settings {} {}", to_text(control.settings->version),
                       control.settings->ttl_attribute.value_or("off"));
  }
  for (const TableView::Copy& copy : control.copies) {
    out +=
        fmt::format(" copy {}->{}@{}", copy.source.value(), copy.replica.value(), copy.added_at.us);
  }
  return out;
}

// The whole value as text; keys and images as hashes of their bytes, because ids differ by node.
inline std::string to_text(const Message& message, const KeySpace& keys) {
  std::string out =
      fmt::format("kind {} gap {} table {} {}->{} attempt {} [{}, {}) hold-off {}",
                  static_cast<int>(message.kind), message.gap, message.table.value(),
                  message.from.value(), message.to.value(), message.attempt, message.first_position,
                  message.next_position, message.hold_off.count());
  if (message.control != nullptr) out += "\n  control " + to_text(*message.control);
  for (const Change& change : message.changes) {
    out += fmt::format(
        "\n  +{} key {} hash {} image {} size {} version {}/{} at {} {}", change.offset,
        to_hex(hash_bytes(keys.bytes(change.key))), to_hex(keys.partition_hash(change.key)),
        change.image ? to_hex(change.image.hash()) : "deleted", change.image.size_bytes(),
        change.version.timestamp.us, change.version.origin.value(), change.committed_at.us,
        change.acknowledged ? "acknowledged" : "unacknowledged");
  }
  return out;
}

inline std::string to_text(const std::vector<Message>& messages,
                           const std::vector<KeySpace*>& keys) {
  std::string out;
  for (const Message& message : messages) {
    out += to_text(message, *keys[message.table.index()]) + "\n";
  }
  return out;
}

}  // namespace gtsim::transport_fixture
