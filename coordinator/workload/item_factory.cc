#include "coordinator/workload/item_factory.h"

#include <fmt/format.h>

#include <algorithm>
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

void write_stamp(char* at, std::uint64_t stamp) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) *at++ = kDigits[(stamp >> shift) & 15];
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
  std::string text(std::max(length, kStampDigits), 'x');
  write_stamp(text.data(), stamp);
  return text;
}

Image ItemFactory::item(KeyId key, std::int64_t size_bytes, std::uint64_t stamp,
                        std::optional<std::int64_t> expires_at_seconds, std::string_view region) {
  const std::string_view key_bytes = keys_.bytes(key);
  if (layout_.size_bytes != size_bytes || layout_.key_bytes != key_bytes.size() ||
      layout_.region_text != region.size() || expires_at_seconds) {
    return compose(key, key_bytes, size_bytes, stamp, expires_at_seconds, region);
  }
  const std::string_view key_text = key_bytes.substr(key_bytes.size() - layout_.key_text);
  std::copy(key_text.begin(), key_text.end(), buffer_.data() + layout_.key_at);
  write_stamp(buffer_.data() + layout_.stamp_at, stamp);
  if (!region_attribute_.empty()) {
    std::copy(region.begin(), region.end(), buffer_.data() + layout_.region_at);
  }
  return Image::make(buffer_, layout_.image_size_bytes);
}

Image ItemFactory::compose(KeyId key, std::string_view key_bytes, std::int64_t size_bytes,
                           std::uint64_t stamp, std::optional<std::int64_t> expires_at_seconds,
                           std::string_view region) {
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

  layout_ = {};
  buffer_.clear();
  RawAttributeReader reader{key_bytes};
  append_varint(buffer_, reader.count() + count);
  const auto append_text = [this](std::string_view text) {
    append_varint(buffer_, text.size());
    buffer_ += text;
  };
  const auto append_own = [&](const OwnAttribute& attribute) {
    append_text(attribute.name);
    switch (attribute.content) {
      case OwnAttribute::kPayload:
        buffer_ += 'S';
        append_varint(buffer_, payload_length);
        layout_.stamp_at = buffer_.size();
        buffer_.append(payload_length, 'x');
        write_stamp(buffer_.data() + layout_.stamp_at, stamp);
        return;
      case OwnAttribute::kExpiry:
        buffer_ += expiry_;
        return;
      case OwnAttribute::kRegion:
        buffer_ += 'S';
        append_text(region);
        layout_.region_at = buffer_.size() - region.size();
        return;
    }
  };
  std::size_t next = 0;
  RawAttribute attribute;
  while (reader.next(attribute)) {
    while (next < count && own[next].name < attribute.name) append_own(own[next++]);
    append_text(attribute.name);
    layout_.key_at = buffer_.size();
    layout_.key_text = attribute.value.size();
    buffer_ += attribute.value;
  }
  while (next < count) append_own(own[next++]);
  layout_.image_size_bytes = fixed + static_cast<std::uint32_t>(payload_length);
  // Of one text, as many bytes are as many by the service's sum.
  const bool one_text = !table_.key.range && table_.key.hash.type != AttributeType::kN;
  if (one_text && !expires_at_seconds) {
    layout_.size_bytes = size_bytes;
    layout_.key_bytes = key_bytes.size();
    layout_.region_text = region.size();
  }
  return Image::make(buffer_, layout_.image_size_bytes);
}

}  // namespace gtsim
