// Conditions and updates on one local item.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"
#include "region-node/write/condition.h"
#include "region-node/write/update.h"

namespace gtsim {
namespace {

Item item(std::string_view json) {
  return *item_from_json_text(json, "Item");
}

AttributeValue value(std::string_view json) {
  return item(std::string(R"({"v":)") + std::string(json) + "}").at("v");
}

// ---- Conditions

const std::string kItem = encode_item(item(R"({
  "PK": {"S": "a"}, "n": {"N": "10"}, "s": {"S": "m"}, "b": {"B": "gA=="}, "t": {"BOOL": true},
  "z": {"NULL": true}, "set": {"NS": ["1", "2"]}, "list": {"L": [{"S": "x"}]},
  "map": {"M": {"k": {"N": "1"}}}})"));

struct ConditionRow {
  std::string name;
  Comparison comparison;
  std::string attribute;
  std::string operand;
  bool holds;
};

void PrintTo(const ConditionRow& row, std::ostream* out) {
  *out << row.attribute << " against " << row.operand;
}

class ConditionTest : public testing::TestWithParam<ConditionRow> {};

TEST_P(ConditionTest, OnAnItem) {
  const ConditionRow& row = GetParam();
  ConditionTerm term{row.comparison, row.attribute, {}};
  if (!row.operand.empty()) term.operand = value(row.operand);
  EXPECT_EQ(holds({term}, kItem), row.holds);
}

using enum Comparison;

INSTANTIATE_TEST_SUITE_P(
    Existence, ConditionTest,
    testing::Values(ConditionRow{"Exists", kExists, "n", "", true},
                    ConditionRow{"NullExists", kExists, "z", "", true},
                    ConditionRow{"MissingDoesNotExist", kExists, "q", "", false},
                    ConditionRow{"NotExists", kNotExists, "q", "", true},
                    ConditionRow{"NotExistsOfWhatIsThere", kNotExists, "n", "", false},
                    // Only top-level attributes have names here.
                    ConditionRow{"InsideAMap", kExists, "map.k", "", false}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Equality, ConditionTest,
    testing::Values(
        ConditionRow{"Number", kEqual, "n", R"({"N":"10"})", true},
        ConditionRow{"NumberWrittenDifferently", kEqual, "n", R"({"N":"1E1"})", true},
        ConditionRow{"NumberAsString", kEqual, "n", R"({"S":"10"})", false},
        ConditionRow{"NumberAsStringIsUnequal", kNotEqual, "n", R"({"S":"10"})", true},
        ConditionRow{"String", kEqual, "s", R"({"S":"m"})", true},
        ConditionRow{"Binary", kEqual, "b", R"({"B":"gA=="})", true},
        ConditionRow{"Boolean", kEqual, "t", R"({"BOOL":true})", true},
        ConditionRow{"OtherBoolean", kEqual, "t", R"({"BOOL":false})", false},
        ConditionRow{"NullIsNull", kEqual, "z", R"({"NULL":true})", true},
        ConditionRow{"SetInAnyOrder", kEqual, "set", R"({"NS":["2.0","1"]})", true},
        ConditionRow{"ListByElements", kEqual, "list", R"({"L":[{"S":"x"}]})", true},
        ConditionRow{"ListOfOtherElements", kNotEqual, "list", R"({"L":[{"S":"y"}]})", true},
        ConditionRow{"MapByMembers", kEqual, "map", R"({"M":{"k":{"N":"1"}}})", true},
        ConditionRow{"NotEqualOfAnEqualOne", kNotEqual, "n", R"({"N":"10"})", false},
        // A missing attribute equals nothing, so "<>" holds for it.
        ConditionRow{"MissingEqualsNothing", kEqual, "q", R"({"N":"10"})", false},
        ConditionRow{"MissingEqualsNotEvenNull", kEqual, "q", R"({"NULL":true})", false},
        ConditionRow{"MissingIsUnequal", kNotEqual, "q", R"({"N":"10"})", true}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Order, ConditionTest,
    testing::Values(
        ConditionRow{"LessByValueNotByText", kLess, "n", R"({"N":"9"})", false},
        ConditionRow{"Less", kLess, "n", R"({"N":"10.5"})", true},
        ConditionRow{"LessOfItself", kLess, "n", R"({"N":"10"})", false},
        ConditionRow{"LessOrEqual", kLessOrEqual, "n", R"({"N":"10"})", true},
        ConditionRow{"Greater", kGreater, "n", R"({"N":"9"})", true},
        ConditionRow{"GreaterOfItself", kGreater, "n", R"({"N":"10"})", false},
        ConditionRow{"GreaterThanANegative", kGreater, "n", R"({"N":"-100"})", true},
        ConditionRow{"GreaterOrEqual", kGreaterOrEqual, "n", R"({"N":"10"})", true},
        ConditionRow{"StringsByUtf8Bytes", kLess, "s", R"({"S":"\u00e9"})", true},
        ConditionRow{"StringPrefix", kGreater, "s", R"({"S":""})", true},
        // As unsigned bytes: 0x80 is above 0x7F.
        ConditionRow{"BinaryUnsigned", kGreater, "b", R"({"B":"fw=="})", true},
        ConditionRow{"OtherTypeIsNotLess", kLess, "n", R"({"S":"z"})", false},
        ConditionRow{"OtherTypeIsNotGreater", kGreaterOrEqual, "n", R"({"S":""})", false},
        ConditionRow{"BooleansHaveNoOrder", kGreaterOrEqual, "t", R"({"BOOL":true})", false},
        ConditionRow{"MissingIsNotLess", kLess, "q", R"({"N":"10"})", false},
        ConditionRow{"MissingIsNotGreaterOrEqual", kGreaterOrEqual, "q", R"({"N":"10"})", false}),
    [](const auto& test) { return test.param.name; });

TEST(Condition, EmptyAlwaysHolds) {
  EXPECT_TRUE(holds(Condition{}, kItem));
  EXPECT_TRUE(holds(Condition{}, ""));
}

TEST(Condition, AllTermsMustHold) {
  const ConditionTerm right{kEqual, "n", value(R"({"N":"10"})")};
  const ConditionTerm wrong{kExists, "q", {}};
  EXPECT_TRUE(holds({right, right}, kItem));
  EXPECT_FALSE(holds({right, wrong}, kItem));
  EXPECT_FALSE(holds({wrong, right}, kItem));
}

TEST(Condition, MissingItemHasNoAttributes) {
  EXPECT_TRUE(holds({{kNotExists, "PK", {}}}, ""));
  EXPECT_FALSE(holds({{kExists, "PK", {}}}, ""));
  EXPECT_FALSE(holds({{kEqual, "n", value(R"({"N":"10"})")}}, ""));
  EXPECT_TRUE(holds({{kNotEqual, "n", value(R"({"N":"10"})")}}, ""));
}

// ---- Updates

const std::string kKey = encode_item(item(R"({"PK":{"S":"a"}})"));

Update set(std::string name, std::string_view json) {
  Update update;
  update.set.emplace(std::move(name), value(json));
  return update;
}
Update add(std::string name, std::string_view number) {
  Update update;
  update.add.emplace(std::move(name), *Number::parse(number));
  return update;
}
Update remove(std::string name) {
  Update update;
  update.remove.insert(std::move(name));
  return update;
}

// The item as JSON, "" for none, or the refusal.
std::string updated(const Update& update, std::string_view old_json) {
  const std::string old_bytes = old_json.empty() ? "" : encode_item(item(old_json));
  const auto result = apply_update(update, old_bytes, kKey);
  if (!result) return result.error().detail;
  return result->empty() ? "" : item_to_json(*decode_item(*result));
}

constexpr const char* kOld = R"({"PK":{"S":"a"},"n":{"N":"10"},"s":{"S":"x"}})";

TEST(UpdateOf, SetReplacesAndAdds) {
  EXPECT_EQ(updated(set("n", R"({"S":"now text"})"), kOld),
            R"({"PK":{"S":"a"},"n":{"S":"now text"},"s":{"S":"x"}})");
  EXPECT_EQ(updated(set("new", R"({"L":[]})"), kOld),
            R"({"PK":{"S":"a"},"n":{"N":"10"},"new":{"L":[]},"s":{"S":"x"}})");
}

TEST(UpdateOf, AddSumsExactly) {
  EXPECT_EQ(updated(add("n", "0.1"), kOld), R"({"PK":{"S":"a"},"n":{"N":"10.1"},"s":{"S":"x"}})");
  EXPECT_EQ(updated(add("n", "-10"), kOld), R"({"PK":{"S":"a"},"n":{"N":"0"},"s":{"S":"x"}})");
  EXPECT_EQ(updated(add("n", "1E27"), kOld),
            R"({"PK":{"S":"a"},"n":{"N":"1000000000000000000000000010"},"s":{"S":"x"}})");
}

TEST(UpdateOf, AddCountsAMissingAttributeAsZero) {
  EXPECT_EQ(updated(add("m", "-3"), R"({"PK":{"S":"a"}})"), R"({"PK":{"S":"a"},"m":{"N":"-3"}})");
}

TEST(UpdateOf, AddToSomethingElseIsRefused) {
  EXPECT_EQ(updated(add("s", "1"), kOld),
            "An operand in the update expression has an incorrect data type");
}

// Thirty-eight digits is what a number holds; the service refuses rather than rounds.
TEST(UpdateOf, AddRefusesASumThatIsNoNumber) {
  EXPECT_NE(updated(add("n", "1E-37"), kOld).substr(0, 1), "{");
  EXPECT_NE(updated(add("n", "9.9E125"), R"({"PK":{"S":"a"},"n":{"N":"9.9E125"}})").substr(0, 1),
            "{");
}

TEST(UpdateOf, RemoveTakesAway) {
  EXPECT_EQ(updated(remove("n"), kOld), R"({"PK":{"S":"a"},"s":{"S":"x"}})");
  EXPECT_EQ(updated(remove("nothing"), kOld), kOld);
}

TEST(UpdateOf, MissingItemStartsFromItsKey) {
  EXPECT_EQ(updated(set("v", R"({"S":"x"})"), ""), R"({"PK":{"S":"a"},"v":{"S":"x"}})");
  EXPECT_EQ(updated(add("n", "5"), ""), R"({"PK":{"S":"a"},"n":{"N":"5"}})");
}

TEST(UpdateOf, RemoveAloneMakesNoItem) {
  EXPECT_EQ(updated(remove("v"), ""), "");
  EXPECT_EQ(updated(Update{}, ""), "");
}

TEST(UpdateOf, RemoveBesideSetMakesOne) {
  Update update = set("v", R"({"S":"x"})");
  update.remove.insert("w");
  EXPECT_EQ(updated(update, ""), R"({"PK":{"S":"a"},"v":{"S":"x"}})");
}

TEST(UpdateOf, AllThreeAtOnce) {
  Update update = set("v", R"({"BOOL":true})");
  update.add.emplace("n", Number::from_integer(1));
  update.remove.insert("s");
  EXPECT_EQ(updated(update, kOld), R"({"PK":{"S":"a"},"n":{"N":"11"},"v":{"BOOL":true}})");
}

TEST(UpdateOf, NothingChangesNothing) {
  EXPECT_EQ(updated(Update{}, kOld), kOld);
}

// Names count; PK, a and v make 4 bytes.
TEST(UpdateOf, ItemMayGrowToTheLimitAndNotBeyond) {
  Update update;
  update.set.emplace("v", AttributeValue::string(std::string(kMaxItemSizeBytes - 4, 'x')));
  EXPECT_TRUE(apply_update(update, kKey, kKey).has_value());
  update.set["v"] = AttributeValue::string(std::string(kMaxItemSizeBytes - 3, 'x'));
  const auto result = apply_update(update, kKey, kKey);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::kValidation);
  EXPECT_EQ(result.error().detail, "Item size to update has exceeded the maximum allowed size");
}

}  // namespace
}  // namespace gtsim
