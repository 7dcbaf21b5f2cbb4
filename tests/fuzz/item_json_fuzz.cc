// Arbitrary text to the JSON reader. What it accepts must survive the way to JSON and back, and the
// way through canonical bytes; what it refuses must say why.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "region-node/base/check.h"
#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"
#include "region-node/item/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gtsim;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Result<Item> item = item_from_json_text(text, "Item");
  if (!item) {
    CHECK(!item.error().detail.empty());
    CHECK(is_valid_utf8(item.error().detail));
    return 0;
  }
  const std::string bytes = encode_item(*item);
  const Result<Item> decoded = decode_item(bytes);
  CHECK(decoded.has_value());
  CHECK(*decoded == *item);
  CHECK(canonical_size_bytes(bytes) == size_bytes(*item));

  const std::string json = item_to_json(*item);
  const Result<Item> read = item_from_json_text(json, "Item");
  CHECK(read.has_value());
  CHECK(*read == *item);
  CHECK(item_to_json(*read) == json);
  return 0;
}
