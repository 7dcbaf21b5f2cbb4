// DynamoDB JSON ({"PK": {"S": "a"}}) to items and back. The way out works straight from canonical
// bytes, because it runs for every stream record that is written to a file.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "region-node/base/result.h"
#include "region-node/item/attribute_value.h"

namespace gtsim {

// Errors name the path to the offending member and say what was expected, e.g.
// "Item.tags.SS[1]: expected a JSON string, found a number". `path` is the prefix ("Item").
[[nodiscard]] Result<Item> item_from_json(const boost::json::value& json, std::string_view path);
[[nodiscard]] Result<AttributeValue> value_from_json(const boost::json::value& json,
                                                     std::string_view path);
// The same from text; a syntax error says line and column.
[[nodiscard]] Result<Item> item_from_json_text(std::string_view text, std::string_view path);

// Members in name order, no white space, base64 for B, numbers as strings in canonical form.
void append_item_json(std::string& out, std::string_view canonical_bytes);
[[nodiscard]] std::string item_to_json(const Item& item);

// A JSON string literal with its quotes; `text` is UTF-8.
void append_json_string(std::string& out, std::string_view text);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
// Strict: alphabet, padding and length are checked.
[[nodiscard]] bool base64_decode(std::string_view text, std::string& out);

}  // namespace gtsim
