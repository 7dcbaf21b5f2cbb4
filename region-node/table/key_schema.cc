#include "region-node/table/key_schema.h"

#include <fmt/format.h>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

std::size_t key_length(const AttributeValue& value) {
  if (const auto* text = value.get_if<std::string>()) return text->size();
  if (const auto* binary = value.get_if<Binary>()) return binary->bytes.size();
  return 1;  // a number is never empty
}

Result<void> check_attribute(const KeyAttribute& attribute, const AttributeValue& value,
                             std::size_t limit, const char* which) {
  if (value.type() != attribute.type) {
    return validation_error(
        fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: "
                    "{} actual: {}",
                    attribute.name, type_name(attribute.type), type_name(value.type())));
  }
  const std::size_t length = key_length(value);
  if (length == 0) {
    const bool text = attribute.type == AttributeType::kS;
    return validation_error(
        fmt::format("One or more parameter values are not valid. The AttributeValue for a key "
                    "attribute cannot contain an empty {} value. Key: {}",
                    text ? "string" : "binary", attribute.name));
  }
  if (length > limit) {
    return validation_error(fmt::format(
        "One or more parameter values were invalid: Size of {} has exceeded the maximum size limit "
        "of {} bytes",
        which, limit));
  }
  return {};
}

}  // namespace

Result<Item> extract_key(const KeySchema& schema, const Item& item) {
  Item key;
  const auto take = [&](const KeyAttribute& attribute, std::size_t limit,
                        const char* which) -> Result<void> {
    const auto found = item.find(attribute.name);
    if (found == item.end()) {
      return validation_error(
          fmt::format("One or more parameter values were invalid: Missing the key {} in the item",
                      attribute.name));
    }
    auto checked = check_attribute(attribute, found->second, limit, which);
    if (checked) key.emplace(found->first, found->second);
    return checked;
  };
  if (auto taken = take(schema.hash, kMaxHashKeyBytes, "hashkey"); !taken) return taken.error();
  if (schema.range) {
    if (auto taken = take(*schema.range, kMaxRangeKeyBytes, "rangekey"); !taken) {
      return taken.error();
    }
  }
  return key;
}

Result<Item> check_key(const KeySchema& schema, const Item& key) {
  for (const auto& [name, value] : key) {
    if (!schema.is_key_attribute(name)) {
      return validation_error("The provided key element does not match the schema");
    }
  }
  return extract_key(schema, key);
}

std::optional<AttributeType> key_attribute_type(std::string_view name) {
  for (const AttributeType type : {AttributeType::kS, AttributeType::kN, AttributeType::kB}) {
    if (name == type_name(type)) return type;
  }
  return std::nullopt;
}

std::uint64_t partition_hash_of(const KeySchema& schema, const Item& key) {
  std::string hash_value;
  append_value(hash_value, key.find(schema.hash.name)->second);
  return hash_bytes(hash_value);
}

std::uint64_t partition_hash_of(const KeySchema& schema, std::string_view key_bytes) {
  const auto value = find_attribute(key_bytes, schema.hash.name);
  CHECK(value.has_value());
  return hash_bytes(*value);
}

}  // namespace gtsim
