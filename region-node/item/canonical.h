// Canonical bytes of an item: two items are equal by value exactly when their bytes are equal.
//
//   item   := count:varint (name value)*          names in byte order, no name twice
//   name   := length:varint byte*
//   value  := 'S' length:varint byte*  |  'B' length:varint byte*  |  'N' number (number.h)
//          |  'T'  |  'F'  |  '0' (NULL)
//          |  's' count:varint (length:varint byte*)+     string set, members in byte order
//          |  'b' count:varint (length:varint byte*)+     binary set, members in byte order
//          |  'n' count:varint number+                    number set, members in number order
//          |  'L' count:varint value*
//          |  'M' count:varint (name value)*              names in byte order
//   varint := LEB128, shortest form
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "region-node/base/result.h"
#include "region-node/item/attribute_value.h"

namespace gtsim {

[[nodiscard]] std::string encode_item(const Item& item);
void append_value(std::string& out, const AttributeValue& value);
void append_varint(std::string& out, std::uint64_t value);

// Refuses anything but canonical bytes (order, duplicates, empty sets, trailing bytes, nesting past
// 32, non-shortest varints): the decoder is an edge that untrusted input may reach.
[[nodiscard]] Result<Item> decode_item(std::string_view bytes);
[[nodiscard]] Result<AttributeValue> decode_value(std::string_view bytes);

// --- Reading canonical bytes without decoding. REQUIRES: bytes made by encode_item or checked by
// decode_item.

// One attribute as it stands in the bytes; `value` starts with the type letter.
struct RawAttribute {
  std::string_view name;
  std::string_view value;
};

// Walks the top-level attributes in name order.
class RawAttributeReader {
 public:
  explicit RawAttributeReader(std::string_view item_bytes);
  [[nodiscard]] bool next(RawAttribute& out);
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::string_view rest_;
  std::uint64_t count_ = 0;
  std::uint64_t read_ = 0;
};

// The encoded value of a top-level attribute, or nothing.
[[nodiscard]] std::optional<std::string_view> find_attribute(std::string_view item_bytes,
                                                             std::string_view name);

// Attribute names plus values, by the service's arithmetic (item_size.h).
[[nodiscard]] std::uint32_t canonical_size_bytes(std::string_view item_bytes);

}  // namespace gtsim
