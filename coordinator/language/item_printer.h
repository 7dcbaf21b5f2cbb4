// Items as item_reader.h reads them: what is printed of a value reads back to it, whatever the key
// of the table.
#pragma once

#include "coordinator/language/yaml_node.h"
#include "region-node/item/attribute_value.h"

namespace gtsim::language {

[[nodiscard]] Node value_node(const AttributeValue& value);
// The attributes by name; its own name is never taken for a type.
[[nodiscard]] Node attributes_node(const Item& item);

}  // namespace gtsim::language
