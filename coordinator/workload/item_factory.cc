#include "coordinator/workload/item_factory.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "region-node/base/hash.h"
#include "region-node/item/canonical.h"

namespace gtsim {
namespace {

constexpr std::size_t kStampDigits = 16;

// An attribute that the factory adds to the key's.
struct OwnAttribute {
  enum Content { kPayload, kExpiry, kRegion };
  std::string_view name;
  Content content = kPayload;
};

void append_stamp(std::string& out, std::uint64_t stamp) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[(stamp >> shift) & 15];
}

}  // namespace

ItemFactory::ItemFactory(const TableSpec& table, KeySpace& keys, std::uint32_t key_count,
                         std::string region_attribute)
    : table_(table),
      keys_(keys),
      region_attribute_(std::move(region_attribute)),
      interned_(key_count, 0) {}

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
    key.emplace(table_.key.hash.name, hash);
    if (table_.key.range) {
      key.emplace(table_.key.range->name, key_value(table_.key.range->type, "item-", number % 8));
    }
    known = keys_.intern(encode_item(key), partition_hash_of(table_.key, key)).value() + 1;
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
                        std::optional<std::int64_t> expires_at_seconds, std::string_view region) {
  const std::string_view key_bytes = keys_.bytes(key);
  if (key.index() >= size_by_key_.size()) size_by_key_.resize(key.index() * 2 + 1);
  std::uint32_t& key_size = size_by_key_[key.index()];
  if (key_size == 0) key_size = canonical_size_bytes(key_bytes);

  // Our own attributes, in name order before they are merged with the key's.
  std::array<OwnAttribute, 3> own;
  std::size_t count = 0;
  std::uint32_t fixed = key_size + static_cast<std::uint32_t>(std::strlen(kPayloadName));
  own[count++] = {kPayloadName, OwnAttribute::kPayload};
  if (expires_at_seconds && table_.ttl) {
    expiry_.clear();
    const Number number = Number::from_integer(*expires_at_seconds);
    append_value(expiry_, AttributeValue::number(number));
    own[count++] = {table_.ttl->attribute, OwnAttribute::kExpiry};
    fixed += static_cast<std::uint32_t>(table_.ttl->attribute.size()) + number.size_bytes();
  }
  if (!region_attribute_.empty()) {
    own[count++] = {region_attribute_, OwnAttribute::kRegion};
    fixed += static_cast<std::uint32_t>(region_attribute_.size() + region.size());
  }
  for (std::size_t i = 1; i < count; ++i) {
    for (std::size_t j = i; j > 0 && own[j].name < own[j - 1].name; --j) {
      std::swap(own[j], own[j - 1]);
    }
  }
  const std::int64_t wanted = size_bytes - static_cast<std::int64_t>(fixed);
  const std::size_t payload_length = wanted > static_cast<std::int64_t>(kStampDigits)
                                         ? static_cast<std::size_t>(wanted)
                                         : kStampDigits;

  buffer_.clear();
  RawAttributeReader reader{key_bytes};
  append_varint(buffer_, reader.count() + count);
  const auto append_name = [this](std::string_view name) {
    append_varint(buffer_, name.size());
    buffer_ += name;
  };
  const auto append_own = [&](const OwnAttribute& attribute) {
    append_name(attribute.name);
    switch (attribute.content) {
      case OwnAttribute::kPayload:
        buffer_ += 'S';
        append_varint(buffer_, payload_length);
        append_stamp(buffer_, stamp);
        buffer_.append(payload_length - kStampDigits, 'x');
        return;
      case OwnAttribute::kExpiry:
        buffer_ += expiry_;
        return;
      case OwnAttribute::kRegion:
        buffer_ += 'S';
        append_varint(buffer_, region.size());
        buffer_ += region;
        return;
    }
  };
  std::size_t next = 0;
  RawAttribute attribute;
  while (reader.next(attribute)) {
    while (next < count && own[next].name < attribute.name) append_own(own[next++]);
    append_name(attribute.name);
    buffer_ += attribute.value;
  }
  while (next < count) append_own(own[next++]);
  return Image::make(buffer_, fixed + static_cast<std::uint32_t>(payload_length));
}

}  // namespace gtsim
