// The items of the table that tests of storage and of live nodes write: key-<number> with a
// payload.
#pragma once

#include <string>

#include "region-node/item/canonical.h"
#include "region-node/table/key_schema.h"
#include "region-node/table/key_space.h"

namespace gtsim {

inline constexpr TableId kOrders{0};

inline KeySchema order_key() {
  return {{"PK", AttributeType::kS}, std::nullopt};
}

// Canonical.
inline std::string order_key_bytes(std::uint64_t number) {
  return encode_item({{"PK", AttributeValue::string("key-" + std::to_string(number))}});
}

inline Image order_image(std::uint64_t number, const std::string& payload) {
  Item item;
  item.emplace("PK", AttributeValue::string("key-" + std::to_string(number)));
  item.emplace("payload", AttributeValue::string(payload));
  return Image::make(encode_item(item));
}

inline KeyId intern_order(KeySpace& keys, std::uint64_t number) {
  const std::string bytes = order_key_bytes(number);
  return keys.intern(bytes, partition_hash_of(order_key(), bytes));
}

}  // namespace gtsim
