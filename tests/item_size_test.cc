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

// --- Limits

std::string refusal(const Item& item, SizeCheck which) {
  const Result<void> checked = check_item_limits(item, which);
  return checked ? ""
                 : std::string(error_name(checked.error().code)) + ": " + checked.error().detail;
}

// The limit is exactly 409,600 bytes, names included; the service words a refused update its own
// way.
TEST(ItemLimits, OneByteTooManyIsRefused) {
  const auto item_of_size = [](std::size_t size) {
    return Item{{"pk", AttributeValue::string(std::string(size - 2, 'x'))}};
  };
  const Item largest = item_of_size(409'600);
  const Item too_large = item_of_size(409'601);
  EXPECT_EQ(size_bytes(largest), kMaxItemSizeBytes);
  EXPECT_EQ(refusal(largest, SizeCheck::kPut), "");
  EXPECT_EQ(refusal(largest, SizeCheck::kUpdate), "");
  EXPECT_EQ(refusal(too_large, SizeCheck::kPut),
            "ValidationException: Item size has exceeded the maximum allowed size");
  EXPECT_EQ(refusal(too_large, SizeCheck::kUpdate),
            "ValidationException: Item size to update has exceeded the maximum allowed size");
}

TEST(ItemLimits, ThirtyTwoLevelsAreTheMost) {
  const auto nested = [](AttributeValue innermost, int maps) {
    for (int i = 0; i < maps; ++i) {
      innermost = AttributeValue::of(Map{{"m", innermost}});
    }
    return innermost;
  };
  const AttributeValue empty_map = AttributeValue::of(Map{});
  EXPECT_EQ(nesting_levels(AttributeValue::string("x")), 1);
  EXPECT_EQ(nesting_levels(empty_map), 1);
  EXPECT_EQ(nesting_levels(nested(AttributeValue::string("x"), 31)), 32);
  EXPECT_EQ(refusal({{"a", nested(AttributeValue::string("x"), 31)}}, SizeCheck::kPut), "");
  EXPECT_EQ(refusal({{"a", nested(empty_map, 31)}}, SizeCheck::kPut), "");
  EXPECT_EQ(refusal({{"a", nested(AttributeValue::string("x"), 32)}}, SizeCheck::kPut),
            "ValidationException: Nesting Levels have exceeded supported limits: Attributes in the "
            "item have nested levels beyond supported limit");
}

}  // namespace
}  // namespace gtsim
