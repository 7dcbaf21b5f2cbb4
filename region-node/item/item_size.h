// Item size as the service counts it: attribute names in UTF-8 plus values. S, B: length; BOOL,
// NULL: 1; N: see Number::size_bytes; sets: sum of the members; M, L: 3 + 1 per element + contents,
// names counted in maps. Source: quotas page, "DynamoDB item sizes and formats"; the number rule as
// measured against the service.
#pragma once

#include <cstdint>

#include "region-node/base/result.h"
#include "region-node/item/attribute_value.h"

namespace gtsim {

inline constexpr std::uint32_t kMaxItemSizeBytes = 409'600;  // names included; one more is refused
inline constexpr int kMaxNestingLevels = 32;

[[nodiscard]] std::uint64_t size_bytes(const AttributeValue& value);
[[nodiscard]] std::uint64_t size_bytes(const Item& item);

// A scalar or a set is one level, a list or map one more than what it holds: the service takes a
// scalar inside 31 maps and refuses it inside 32.
[[nodiscard]] int nesting_levels(const AttributeValue& value);
[[nodiscard]] Error nesting_error();

enum class SizeCheck { kPut, kUpdate };  // the service words the refusal differently

// ValidationException when the item is larger than 400 KB or nested deeper than 32 levels, in the
// service's words.
[[nodiscard]] Result<void> check_item_limits(const Item& item, SizeCheck which);

}  // namespace gtsim
