// Arbitrary bytes to the canonical decoder. What it accepts must be canonical: encoding it again
// gives the same bytes, and the readers that trust the bytes see what the decoder saw.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"

namespace gtsim {
namespace {

void check_readers(std::string_view bytes, const Item& item) {
  CHECK(canonical_size_bytes(bytes) == size_bytes(item));
  RawAttributeReader reader(bytes);
  CHECK(reader.count() == item.size());
  RawAttribute attribute;
  for (const auto& [name, value] : item) {
    CHECK(reader.next(attribute));
    CHECK(attribute.name == name);
    std::string encoded;
    append_value(encoded, value);
    CHECK(attribute.value == encoded);
    CHECK(find_attribute(bytes, name) == attribute.value);
  }
  CHECK(!reader.next(attribute));
}

void check_item(std::string_view bytes) {
  const Result<Item> item = decode_item(bytes);
  if (!item) return;
  CHECK(encode_item(*item) == bytes);
  check_readers(bytes, *item);

  std::string json;
  append_item_json(json, bytes);
  const Result<Item> read = item_from_json_text(json, "Item");
  CHECK(read.has_value());
  CHECK(*read == *item);
}

void check_value(std::string_view bytes) {
  const Result<AttributeValue> value = decode_value(bytes);
  if (!value) return;
  std::string encoded;
  append_value(encoded, *value);
  CHECK(encoded == bytes);
}

}  // namespace
}  // namespace gtsim

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  gtsim::check_item(bytes);
  gtsim::check_value(bytes);
  return 0;
}
