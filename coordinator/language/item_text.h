// An item as one would write it in a scenario: {PK: order-1, total: 20}. For people; programs get
// DynamoDB JSON.
#pragma once

#include <string>

#include "region-node/item/attribute_value.h"

namespace gtsim {

[[nodiscard]] std::string item_text(const Item& item);

}  // namespace gtsim
