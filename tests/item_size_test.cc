#include "region-node/item/item_size.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

struct SizeCase {
  std::string name;
  std::string json;
  std::uint64_t size;
};

class ItemSizeTable : public testing::TestWithParam<SizeCase> {};

TEST_P(ItemSizeTable, BothReadersCountTheSame) {
  const Result<Item> item = item_from_json_text(GetParam().json, "Item");
  ASSERT_TRUE(item.has_value()) << item.error().detail;
  EXPECT_EQ(size_bytes(*item), GetParam().size);
  EXPECT_EQ(canonical_size_bytes(encode_item(*item)), GetParam().size);
}

// The first three were recorded from the service's streams; the others follow the documented rules.
INSTANTIATE_TEST_SUITE_P(
    Rules, ItemSizeTable,
    testing::Values(SizeCase{"RecordedKeys", R"({"Username":{"S":"Fred"}})", 12},
                    SizeCase{"RecordedIdentifier", R"({"id":{"S":"id_value_1"}})", 12},
                    SizeCase{"RecordedNumber", R"({"numericFilter":{"N":"42"}})", 15},
                    SizeCase{"EmptyItem", R"({})", 0},
                    SizeCase{"NameInUtf8", R"({"é":{"S":"日本"}})", 8},
                    SizeCase{"Binary", R"({"b":{"B":"AAECAw=="}})", 5},
                    SizeCase{"Boolean", R"({"b":{"BOOL":true}})", 2},
                    SizeCase{"Null", R"({"n":{"NULL":true}})", 2},
                    SizeCase{"EmptyString", R"({"s":{"S":""}})", 1},
                    SizeCase{"StringSet", R"({"s":{"SS":["a","bc"]}})", 4},
                    SizeCase{"NumberSet", R"({"s":{"NS":["1","-2.5"]}})", 7},
                    SizeCase{"BinarySet", R"({"s":{"BS":["AA==","AAE="]}})", 4},
                    SizeCase{"EmptyList", R"({"l":{"L":[]}})", 4},
                    SizeCase{"List", R"({"l":{"L":[{"S":"ab"},{"BOOL":false}]}})", 9},
                    SizeCase{"EmptyMap", R"({"m":{"M":{}}})", 4},
                    SizeCase{"Map", R"({"m":{"M":{"name":{"S":"ab"}}}})", 11},
                    SizeCase{"MapInList", R"({"l":{"L":[{"M":{"k":{"N":"0"}}}]}})", 11}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gtsim
