#include "coordinator/workload/item_factory.h"

#include <fmt/format.h>

#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

constexpr std::size_t kStampDigits = 16;

void append_stamp(std::string& out, std::uint64_t stamp) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(stamp >> shift) & 15];
}

}  // namespace

ItemFactory::ItemFactory(const TableSpec& table, KeySpace& keys, std::uint32_t key_count)
    : table_(table), keys_(keys), interned_(key_count, 0) {}

AttributeValue ItemFactory::key_value(AttributeType type, std::string_view prefix,
                                      std::uint32_t number) const {
  switch (type) {
    case AttributeType::kN:
      return AttributeValue::number(Number::from_integer(number));
    case AttributeType::kB:
      return AttributeValue{
          AttributeValue::Variant{Binary{fmt::format("{}{:08}", prefix, number)}}};
    default:
      return AttributeValue::string(fmt::format("{}{:08}", prefix, number));
  }
}

KeyId ItemFactory::key(std::uint32_t number) {
  std::uint32_t& known = interned_[number];
  if (known == 0) {
    Item key;
    // With a range key eight items share a partition.
    const std::uint32_t hash_number = table_.key.range ? number / 8 : number;
    const AttributeValue hash = key_value(table_.key.hash.type, "key-", hash_number);
    std::string hash_bytes_of_value;
    append_value(hash_bytes_of_value, hash);
    key.emplace(table_.key.hash.name, hash);
    if (table_.key.range) {
      key.emplace(table_.key.range->name, key_value(table_.key.range->type, "item-", number % 8));
    }
    known = keys_.intern(encode_item(key), hash_bytes(hash_bytes_of_value)).value() + 1;
  }
  return KeyId{known - 1};
}

std::string ItemFactory::payload(std::uint64_t stamp, std::size_t length) {
  std::string text;
  append_stamp(text, stamp);
  if (length > text.size()) text.append(length - text.size(), 'x');
  return text;
}

Image ItemFactory::item(KeyId key, std::int64_t size_bytes, std::uint64_t stamp,
                        std::optional<std::int64_t> expires_at_seconds) {
  const std::string_view key_bytes = keys_.bytes(key);
  std::string expiry;
  if (expires_at_seconds && table_.ttl) {
    append_value(expiry, AttributeValue::number(Number::from_integer(*expires_at_seconds)));
  }
  const std::string_view payload_name = kPayloadName;
  if (key.index() >= size_by_key_.size()) size_by_key_.resize(key.index() * 2 + 1);
  std::uint32_t& key_size = size_by_key_[key.index()];
  if (key_size == 0) key_size = canonical_size_bytes(key_bytes);
  std::uint32_t fixed = key_size + static_cast<std::uint32_t>(payload_name.size());
  if (!expiry.empty()) {
    fixed += static_cast<std::uint32_t>(table_.ttl->attribute.size()) +
             Number::from_integer(*expires_at_seconds).size_bytes();
  }
  const std::int64_t wanted = size_bytes - static_cast<std::int64_t>(fixed);
  const std::size_t payload_length = wanted > static_cast<std::int64_t>(kStampDigits)
                                         ? static_cast<std::size_t>(wanted)
                                         : kStampDigits;

  // Attributes in name order: merge the key's with the one or two of our own.
  buffer_.clear();
  RawAttributeReader reader{key_bytes};
  append_varint(buffer_, reader.count() + 1 + (expiry.empty() ? 0 : 1));
  bool payload_due = true;
  bool expiry_due = !expiry.empty();
  const auto append_name = [this](std::string_view name) {
    append_varint(buffer_, name.size());
    buffer_ += name;
  };
  const auto append_own_before = [&](std::optional<std::string_view> name) {
    while (true) {
      const bool payload_next =
          payload_due && (!name || payload_name < *name) &&
          (!expiry_due || payload_name < std::string_view{table_.ttl->attribute});
      const bool expiry_next =
          !payload_next && expiry_due && (!name || std::string_view{table_.ttl->attribute} < *name);
      if (payload_next) {
        append_name(payload_name);
        buffer_ += 'S';
        append_varint(buffer_, payload_length);
        append_stamp(buffer_, stamp);
        buffer_.append(payload_length - kStampDigits, 'x');
        payload_due = false;
      } else if (expiry_next) {
        append_name(table_.ttl->attribute);
        buffer_ += expiry;
        expiry_due = false;
      } else {
        return;
      }
    }
  };
  RawAttribute attribute;
  while (reader.next(attribute)) {
    append_own_before(attribute.name);
    append_name(attribute.name);
    buffer_ += attribute.value;
  }
  append_own_before(std::nullopt);
  return Image::make(buffer_, fixed + static_cast<std::uint32_t>(payload_length));
}

}  // namespace gtsim
