#include "coordinator/workload/item_factory.h"

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

// Appends to a buffer that has room for all that comes.
class Appender {
 public:
  explicit Appender(char* at) : at_(at) {}
  void byte(char value) { *at_++ = value; }
  void bytes(std::string_view bytes) {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<char>(value | 0x80));
    byte(static_cast<char>(value));
  }
  void text(std::string_view text) {
    varint(text.size());
    bytes(text);
  }
  void stamp(std::uint64_t stamp) {
    static constexpr char kDigits[] = "0123456789abcdef";
    for (int shift = 60; shift >= 0; shift -= 4) byte(kDigits[(stamp >> shift) & 15]);
  }
  void fill(std::size_t count) {
    std::memset(at_, 'x', count);
    at_ += count;
  }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  char* at_;
};

constexpr std::size_t kMaxVarintBytes = 10;

// Eight digits, more where eight are too few.
std::string numbered(std::string_view prefix, std::uint32_t number) {
  std::array<char, 10> digits;
  std::size_t first = digits.size();
  for (; number != 0 || first > digits.size() - 8; number /= 10) {
    digits[--first] = static_cast<char>('0' + number % 10);
  }
  std::string text{prefix};
  return text.append(digits.data() + first, digits.size() - first);
}

}  // namespace

ItemFactory::ItemFactory(const TableSpec& table, KeySpace& keys, std::uint32_t key_count,
                         std::string region_attribute)
    : table_(table),
      keys_(keys),
      region_attribute_(std::move(region_attribute)),
      interned_(key_count, 0),
      one_text_key_(!table.key.range && table.key.hash.type != AttributeType::kN) {}

AttributeValue ItemFactory::key_value(AttributeType type, std::string_view prefix,
                                      std::uint32_t number) const {
  switch (type) {
    case AttributeType::kN:
      return AttributeValue::number(Number::from_integer(number));
    case AttributeType::kB:
      return AttributeValue{AttributeValue::Variant{Binary{numbered(prefix, number)}}};
    default:
      return AttributeValue::string(numbered(prefix, number));
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
  Appender{text.data()}.stamp(stamp);
  return text;
}

Image ItemFactory::item(KeyId key, std::int64_t size_bytes, std::uint64_t stamp,
                        std::optional<std::int64_t> expires_at_seconds, std::string_view region) {
  const std::string_view key_bytes = keys_.bytes(key);
  if (layout_.size_bytes != size_bytes || layout_.key_bytes != key_bytes.size() ||
      layout_.region_text != region.size() || expires_at_seconds) {
    return compose(key, key_bytes, size_bytes, stamp, expires_at_seconds, region);
  }
  const auto at = [this](std::size_t offset) { return Appender{buffer_.data() + offset}; };
  at(layout_.key_at).bytes(key_bytes.substr(key_bytes.size() - layout_.key_text));
  at(layout_.stamp_at).stamp(stamp);
  if (!region_attribute_.empty()) at(layout_.region_at).bytes(region);
  return Image::make({buffer_.data(), layout_.end}, layout_.image_size_bytes);
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

  std::size_t room = kMaxVarintBytes + key_bytes.size() + payload_length + expiry_.size();
  for (std::size_t i = 0; i < count; ++i) room += own[i].name.size() + 2 * kMaxVarintBytes + 1;
  room += region.size();
  if (buffer_.size() < room) buffer_.resize(room);
  Appender out{buffer_.data()};
  const auto offset = [&] { return static_cast<std::size_t>(out.at() - buffer_.data()); };
  layout_ = {};
  RawAttributeReader reader{key_bytes};
  out.varint(reader.count() + count);
  const auto append_own = [&](const OwnAttribute& attribute) {
    out.text(attribute.name);
    switch (attribute.content) {
      case OwnAttribute::kPayload:
        out.byte('S');
        out.varint(payload_length);
        layout_.stamp_at = offset();
        out.stamp(stamp);
        out.fill(payload_length - kStampDigits);
        return;
      case OwnAttribute::kExpiry:
        out.bytes(expiry_);
        return;
      case OwnAttribute::kRegion:
        out.byte('S');
        out.text(region);
        layout_.region_at = offset() - region.size();
        return;
    }
  };
  std::size_t next = 0;
  RawAttribute attribute;
  while (reader.next(attribute)) {
    while (next < count && own[next].name < attribute.name) append_own(own[next++]);
    out.text(attribute.name);
    out.bytes(attribute.value);
    layout_.key_text = attribute.value.size();
    layout_.key_at = offset() - attribute.value.size();
  }
  while (next < count) append_own(own[next++]);
  layout_.end = offset();
  layout_.image_size_bytes = fixed + static_cast<std::uint32_t>(payload_length);
  if (one_text_key_ && !expires_at_seconds) {
    layout_.size_bytes = size_bytes;
    layout_.key_bytes = key_bytes.size();
    layout_.region_text = region.size();
  }
  return Image::make({buffer_.data(), layout_.end}, layout_.image_size_bytes);
}

}  // namespace gtsim
