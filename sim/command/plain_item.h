// An item as a person types it: plain JSON ({"PK": "a", "n": 1}) or DynamoDB's
// ({"PK": {"S": "a"}}).
#pragma once

#include <string>
#include <string_view>

#include "region-node/base/result.h"
#include "region-node/item/attribute_value.h"

namespace gtsim {

// `what` names it in errors: "item" or "key". It is DynamoDB's when every member is an object with
// one member that is named like a type; else a string is S, a number N, true BOOL, null NULL, a
// list L and an object M.
[[nodiscard]] Result<Item> item_from_plain_json(std::string_view text, std::string_view what);
// The plain form back; sets and binaries, which it does not have, as DynamoDB writes them.
[[nodiscard]] std::string item_to_plain_json(const Item& item);

}  // namespace gtsim
