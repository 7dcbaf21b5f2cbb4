// The primary key of a table: a hash attribute and perhaps a range attribute, each S, N or B.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "region-node/base/result.h"
#include "region-node/item/attribute_value.h"

namespace gtsim {

inline constexpr std::size_t kMaxHashKeyBytes = 2048;
inline constexpr std::size_t kMaxRangeKeyBytes = 1024;

struct KeyAttribute {
  std::string name;
  AttributeType type = AttributeType::kS;

  friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

struct KeySchema {
  KeyAttribute hash;
  std::optional<KeyAttribute> range;

  [[nodiscard]] bool is_key_attribute(std::string_view name) const {
    return name == hash.name || (range && name == range->name);
  }
  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

// S, N or B. Nothing: it is no type of a key.
[[nodiscard]] std::optional<AttributeType> key_attribute_type(std::string_view name);

// The key attributes of `item` as an item of their own. ValidationException in the service's words
// when one is missing, has another type, is empty or is too long.
[[nodiscard]] Result<Item> extract_key(const KeySchema& schema, const Item& item);

// The same for a key given by itself (delete, update): other attributes are refused too.
[[nodiscard]] Result<Item> check_key(const KeySchema& schema, const Item& key);

// Of the hash attribute's value alone: decides the shard. `key` is an item as extract_key gives it.
[[nodiscard]] std::uint64_t partition_hash_of(const KeySchema& schema, const Item& key);
// The same from the canonical bytes of such an item.
[[nodiscard]] std::uint64_t partition_hash_of(const KeySchema& schema, std::string_view key_bytes);

}  // namespace gtsim
