// The items of generated writes, which are put together as bytes, against items put together from
// their attributes.
#include "coordinator/workload/item_factory.h"

#include <gtest/gtest.h>

#include <string>

#include "region-node/base/random.h"
#include "region-node/item/canonical.h"
#include "region-node/item/item_size.h"

namespace gtsim {
namespace {

struct Kind {
  const char* name;
  AttributeType hash;
  bool range;
  const char* hash_name;  // before, between and after the names that the factory adds
  const char* region_attribute;
  bool expires;
};

class ItemFactoryOf : public testing::TestWithParam<Kind> {
 protected:
  static TableSpec table_of(const Kind& kind) {
    TableSpec table;
    table.key.hash = {kind.hash_name, kind.hash};
    if (kind.range) table.key.range = KeyAttribute{"range", AttributeType::kN};
    if (kind.expires) {
      table.ttl.emplace();
      table.ttl->attribute = "expires";
    }
    return table;
  }
};

// In runs of one size and in leaps; keys, regions and sizes of several lengths.
TEST_P(ItemFactoryOf, IsTheItemOfItsAttributes) {
  const Kind& kind = GetParam();
  const TableSpec table = table_of(kind);
  KeySpace keys;
  constexpr std::uint32_t kKeys = 300;
  ItemFactory factory{table, keys, kKeys, kind.region_attribute};
  Random random{1};
  std::int64_t size = 200;
  for (std::uint64_t i = 0; i < 5'000; ++i) {
    if (random.chance(0.1)) size = static_cast<std::int64_t>(random.below(600));
    const KeyId key = factory.key(static_cast<std::uint32_t>(random.below(kKeys)));
    const std::string region = random.chance(0.5) ? "eu-west-1" : "us-east-1";
    const std::string where = random.chance(0.1) ? "ap-northeast-1" : region;
    std::optional<std::int64_t> expiry;
    if (kind.expires && random.chance(0.5)) {
      expiry = static_cast<std::int64_t>(random.below(1'000'000'000));
    }
    const std::uint64_t stamp = random.next();
    const Image made = factory.item(key, size, stamp, expiry, where);

    Item item = *decode_item(keys.bytes(key));
    if (*kind.region_attribute != 0) {
      item.emplace(kind.region_attribute, AttributeValue::string(where));
    }
    if (expiry) item.emplace("expires", AttributeValue::number(Number::from_integer(*expiry)));
    item.emplace(ItemFactory::kPayloadName, AttributeValue::string({}));
    const auto bare = static_cast<std::int64_t>(gtsim::size_bytes(item));
    item[ItemFactory::kPayloadName] = AttributeValue::string(ItemFactory::payload(
        stamp, static_cast<std::size_t>(std::max<std::int64_t>(size - bare, 16))));
    ASSERT_EQ(made, Image::make(encode_item(item))) << i;
    ASSERT_EQ(made.size_bytes(), gtsim::size_bytes(item)) << i;
    if (size >= bare + 16) {
      ASSERT_EQ(made.size_bytes(), size) << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tables, ItemFactoryOf,
    testing::Values(Kind{"Text", AttributeType::kS, false, "PK", "", false},
                    Kind{"TextAndRegion", AttributeType::kS, false, "PK", "home", false},
                    Kind{"BinaryAfterPayload", AttributeType::kB, false, "zone", "region", false},
                    Kind{"Number", AttributeType::kN, false, "id", "", false},
                    Kind{"TwoKeysAndExpiry", AttributeType::kS, true, "PK", "home", true},
                    Kind{"TextAndExpiry", AttributeType::kS, false, "q", "home", true}),
    [](const auto& row) { return std::string{row.param.name}; });

}  // namespace
}  // namespace gtsim
