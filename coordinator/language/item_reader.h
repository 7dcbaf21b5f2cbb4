// Items as people write them. A value is read by its YAML form:
//
//   word or "text" -> S    12.5 -> N    true, false -> BOOL    null -> NULL    [..] -> L    {..} ->
//   M
//
// except that a map with the single key S, N, B, BOOL, NULL, SS, NS, BS, L or M is a typed value,
// as in DynamoDB JSON: {N: "12.5"}, {SS: [a, b]}, {B: aGVsbG8=}. Inside L and M both ways may be
// used again; {M: {S: x}} is therefore how a map whose single key is called S is written. Key
// attributes written as plain numbers get the type of the table's key.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include "coordinator/language/binding.h"
#include "region-node/table/key_schema.h"

namespace gtsim::language {

[[nodiscard]] bool read_value(ReadContext& context, const Node& node, AttributeValue& out);
// As read_value, for the value of `name`: a plain number takes the type of the key attribute.
[[nodiscard]] bool read_attribute(ReadContext& context, const Node& node, const KeySchema& schema,
                                  std::string_view name, AttributeValue& out);

// Some attributes, by name.
[[nodiscard]] bool read_attributes(ReadContext& context, const Node& node, const KeySchema& schema,
                                   Item& out);
// A whole item: its key must be there and be right, and the item not too large.
[[nodiscard]] bool read_item(ReadContext& context, const Node& node, const KeySchema& schema,
                             Item& out);
// The key attributes and nothing else.
[[nodiscard]] bool read_key(ReadContext& context, const Node& node, const KeySchema& schema,
                            Item& out);
// Checks key attributes that happen to be among `attributes` against the schema.
[[nodiscard]] bool check_key_types(ReadContext& context, const Node& node, const KeySchema& schema,
                                   const Item& attributes);

// S, N, B, BOOL, NULL, SS, NS, BS, L or M.
[[nodiscard]] std::optional<AttributeType> attribute_type_named(std::string_view name);

// What fields hold of an item: in reading the place where it stands, until the table, and with it
// the schema, is known; in printing the item. REQUIRES: the tree lives on.
struct ItemNode {
  const Node* node = nullptr;
  Item item = {};
};
// For printing; nothing of an item without attributes.
[[nodiscard]] std::optional<ItemNode> item_to_print(Item item);
[[nodiscard]] Type<ItemNode> item_node();
[[nodiscard]] Type<ItemNode> key_node();

}  // namespace gtsim::language
