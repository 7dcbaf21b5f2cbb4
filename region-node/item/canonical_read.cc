// Reading canonical bytes in place: nothing here allocates.
#include "region-node/item/canonical.h"
#include "region-node/item/canonical_cursor.h"

namespace gtsim {
namespace {

std::uint32_t encoded_number_size(std::string_view encoded) {
  const auto byte_at = [&](std::size_t at) { return static_cast<std::uint8_t>(encoded[at]); };
  const std::uint8_t sign = byte_at(0);
  if (sign == kNumberZero) return number_size_bytes(false, 0, 0);
  const std::uint8_t mask = number_mask(sign);
  const int last_pair = (byte_at(encoded.size() - 1) ^ mask) >> 1;
  const int digit_count = 2 * static_cast<int>(encoded.size() - 2) - (last_pair % 10 == 0 ? 1 : 0);
  const int exponent = (byte_at(1) ^ mask) - kNumberExponentBias;
  return number_size_bytes(sign == kNumberNegative, digit_count, exponent);
}

std::size_t members_size(CanonicalCursor& cursor, std::uint64_t count);

std::size_t value_size(CanonicalCursor& cursor) {
  std::size_t size = 0;
  switch (const char type = cursor.byte()) {
    case tag::kS:
    case tag::kB:
      return cursor.text().size();
    case tag::kN:
      return encoded_number_size(cursor.number());
    case tag::kTrue:
    case tag::kFalse:
    case tag::kNull:
      return 1;
    case tag::kSS:
    case tag::kBS:
      for (std::uint64_t left = cursor.varint(); left != 0; --left) size += cursor.text().size();
      return size;
    case tag::kNS:
      for (std::uint64_t left = cursor.varint(); left != 0; --left) {
        size += encoded_number_size(cursor.number());
      }
      return size;
    case tag::kL: {
      const std::uint64_t count = cursor.varint();
      for (std::uint64_t left = count; left != 0; --left) size += value_size(cursor);
      return 3 + count + size;
    }
    default: {
      CHECK(type == tag::kM);
      const std::uint64_t count = cursor.varint();
      return 3 + count + members_size(cursor, count);
    }
  }
}

std::size_t members_size(CanonicalCursor& cursor, std::uint64_t count) {
  std::size_t size = 0;
  for (; count != 0; --count) {
    size += cursor.text().size();
    size += value_size(cursor);
  }
  return size;
}

}  // namespace

RawAttributeReader::RawAttributeReader(std::string_view item_bytes) {
  CanonicalCursor cursor(item_bytes);
  count_ = cursor.varint();
  rest_ = cursor.rest();
}

bool RawAttributeReader::next(RawAttribute& out) {
  if (read_ == count_) return false;
  ++read_;
  CanonicalCursor cursor(rest_);
  out.name = cursor.text();
  const char* const from = cursor.position();
  cursor.skip_value();
  out.value = {from, static_cast<std::size_t>(cursor.position() - from)};
  rest_ = cursor.rest();
  return true;
}

std::optional<std::string_view> find_attribute(std::string_view item_bytes, std::string_view name) {
  CanonicalCursor cursor(item_bytes);
  for (std::uint64_t left = cursor.varint(); left != 0; --left) {
    const int order = cursor.text().compare(name);
    if (order > 0) return std::nullopt;  // the names are sorted
    const char* const from = cursor.position();
    cursor.skip_value();
    if (order == 0)
      return std::string_view{from, static_cast<std::size_t>(cursor.position() - from)};
  }
  return std::nullopt;
}

std::uint32_t canonical_size_bytes(std::string_view item_bytes) {
  CanonicalCursor cursor(item_bytes);
  const std::uint64_t count = cursor.varint();
  return static_cast<std::uint32_t>(members_size(cursor, count));
}

}  // namespace gtsim
