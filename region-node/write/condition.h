// Conditions on the local item. A condition is a conjunction of simple tests; it is evaluated on
// the local version only, in every region, which is why attribute_not_exists can succeed in two
// regions.
#pragma once

#include <string>
#include <vector>

#include "region-node/item/attribute_value.h"

namespace gtsim {

enum class Comparison : std::uint8_t {
  kExists,
  kNotExists,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};

struct ConditionTerm {
  Comparison comparison = Comparison::kExists;
  std::string attribute;
  AttributeValue operand;  // unused by kExists and kNotExists
};

using Condition = std::vector<ConditionTerm>;  // empty: always true

// `item_bytes` is canonical, empty when there is no item. Values of different types are unequal and
// unordered (a comparison with them is false), as in the service.
[[nodiscard]] bool holds(const Condition& condition, std::string_view item_bytes);

}  // namespace gtsim
