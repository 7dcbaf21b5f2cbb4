#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "region-node/item/canonical.h"
#include "region-node/item/dynamodb_json.h"
#include "tests/item_generators.h"

namespace gtsim {
namespace {

using namespace std::string_literals;

// --- Printing

struct PrintCase {
  std::string name;
  std::string in;
  std::string out;
};

class JsonPrint : public testing::TestWithParam<PrintCase> {};

TEST_P(JsonPrint, IsOrderedTrimmedAndWithoutBlanks) {
  const Result<Item> item = item_from_json_text(GetParam().in, "Item");
  ASSERT_TRUE(item.has_value()) << item.error().detail;
  EXPECT_EQ(item_to_json(*item), GetParam().out);
}

INSTANTIATE_TEST_SUITE_P(
    Types, JsonPrint,
    testing::Values(
        PrintCase{"EmptyItem", " { } ", "{}"},
        PrintCase{"NamesInByteOrder", R"({"b": {"S": "2"}, "a": {"S": "1"}})",
                  R"({"a":{"S":"1"},"b":{"S":"2"}})"},
        PrintCase{"NumberTrimmed", R"({"n":{"N":"0042.1200"}})", R"({"n":{"N":"42.12"}})"},
        PrintCase{"NumberExpanded", R"({"n":{"N":"-1E3"}})", R"({"n":{"N":"-1000"}})"},
        PrintCase{"Binary", R"({"b":{"B":"AAE="}})", R"({"b":{"B":"AAE="}})"},
        PrintCase{"Booleans", R"({"f":{"BOOL":false},"t":{"BOOL":true}})",
                  R"({"f":{"BOOL":false},"t":{"BOOL":true}})"},
        PrintCase{"Null", R"({"n":{"NULL":true}})", R"({"n":{"NULL":true}})"},
        PrintCase{"StringSet", R"({"s":{"SS":["b","a"]}})", R"({"s":{"SS":["a","b"]}})"},
        PrintCase{"NumberSet", R"({"s":{"NS":["10","-1","9"]}})",
                  R"({"s":{"NS":["-1","9","10"]}})"},
        PrintCase{"BinarySet", R"({"s":{"BS":["/w==","AA=="]}})",
                  R"({"s":{"BS":["AA==","/w=="]}})"},
        PrintCase{"Nested", R"({"m":{"M":{"l":{"L":[{"M":{}},{"L":[]},{"S":""}]}}}})",
                  R"({"m":{"M":{"l":{"L":[{"M":{}},{"L":[]},{"S":""}]}}}})"},
        PrintCase{"EscapedName", R"({"a\"b":{"S":"\n"}})", R"({"a\"b":{"S":"\n"}})"},
        PrintCase{"LastOfTwoMembersCounts", R"({"a":{"S":"1"},"a":{"S":"2"}})",
                  R"({"a":{"S":"2"}})"}),
    [](const auto& test) { return test.param.name; });

TEST(JsonPrint, EscapesExactlyWhatJsonDemands) {
  std::string out = "before ";
  append_json_string(out, "\0\x01\b\t\n\f\r\x1F !\"#/[\\]\x7F é 日 𝄞"s);
  EXPECT_EQ(out, "before \"\\u0000\\u0001\\b\\t\\n\\f\\r\\u001f !\\\"#/[\\\\]\x7F é 日 𝄞\"");
}

TEST(JsonPrint, EmptyViewIsAnEmptyLiteral) {
  std::string out;
  append_json_string(out, std::string_view{});
  EXPECT_EQ(out, "\"\"");
}

TEST(JsonPrint, AppendsBehindWhatIsThere) {
  std::string out = "x";
  append_item_json(out, encode_item({{"a", AttributeValue::boolean(true)}}));
  append_item_json(out, encode_item({}));
  EXPECT_EQ(out, R"(x{"a":{"BOOL":true}}{})");
}

// Long texts and long numbers outgrow the first guess at the size.
TEST(JsonPrint, GrowsBeyondTheFirstGuess) {
  const Item item{{"n", AttributeValue::number(*Number::parse("1e-130"))},
                  {"s", AttributeValue::string(std::string(5'000, '\x01'))}};
  const std::string json = item_to_json(item);
  EXPECT_EQ(json.size(), R"({"n":{"N":""},"s":{"S":""}})"s.size() + 132 + 6 * 5'000);
  EXPECT_EQ(*item_from_json_text(json, "Item"), item);
}

RC_GTEST_PROP(JsonRoundTrip, ItemsReadBackEqual, (const Item& item)) {
  const Result<Item> read = item_from_json_text(item_to_json(item), "Item");
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == item);
}

// A second opinion on our printer: Boost.JSON prints what it read from it the same way.
RC_GTEST_PROP(JsonRoundTrip, BoostPrintsStringsTheSame, ()) {
  const std::string text = *generators::text();
  std::string ours;
  append_json_string(ours, text);
  RC_ASSERT(ours == boost::json::serialize(boost::json::string(text)));
}

// --- Errors

struct ErrorCase {
  std::string name;
  std::string json;
  std::string detail;
};

class JsonRefusal : public testing::TestWithParam<ErrorCase> {};

TEST_P(JsonRefusal, SaysWhereAndWhat) {
  const Result<Item> item = item_from_json_text(GetParam().json, "Item");
  ASSERT_FALSE(item.has_value());
  EXPECT_EQ(item.error().code, Errc::kValidation);
  EXPECT_EQ(item.error().detail, GetParam().detail);
}

constexpr const char* kTypeExpected =
    "expected a JSON object that names a type, such as {\"S\": \"text\"}, found ";

INSTANTIATE_TEST_SUITE_P(
    Shapes, JsonRefusal,
    testing::Values(
        ErrorCase{"ItemIsArray", "[]", "Item: expected a JSON object, found an array"},
        ErrorCase{"ItemIsNull", "null", "Item: expected a JSON object, found null"},
        ErrorCase{"ValueIsString", R"({"a":"b"})", "Item.a: "s + kTypeExpected + "a string"},
        ErrorCase{"ValueIsBoolean", R"({"a":true})", "Item.a: "s + kTypeExpected + "a boolean"},
        ErrorCase{"NoType", R"({"a":{}})",
                  "Item.a: Supplied AttributeValue is empty, must contain exactly one of the "
                  "supported datatypes"},
        ErrorCase{"UnknownType", R"({"a":{"s":"b"}})",
                  "Item.a: Supplied AttributeValue is empty, must contain exactly one of the "
                  "supported datatypes; \"s\" is not one"},
        ErrorCase{"TwoTypes", R"({"a":{"S":"b","N":"1"}})",
                  "Item.a: Supplied AttributeValue has more than one datatypes set, must contain "
                  "exactly one of the supported datatypes"},
        ErrorCase{"StringIsNumber", R"({"a":{"S":1}})",
                  "Item.a.S: expected a JSON string, found a number"},
        ErrorCase{"NumberIsNumber", R"({"a":{"N":1.5}})",
                  "Item.a.N: expected a JSON string that holds a number, found a number"},
        ErrorCase{"BinaryIsNull", R"({"a":{"B":null}})",
                  "Item.a.B: expected a JSON string that holds base64, found null"},
        ErrorCase{"BooleanIsString", R"({"a":{"BOOL":"true"}})",
                  "Item.a.BOOL: expected a JSON boolean, found a string"},
        ErrorCase{"NullIsNull", R"({"a":{"NULL":null}})",
                  "Item.a.NULL: expected the JSON boolean true, found null"},
        ErrorCase{"SetIsString", R"({"tags":{"SS":"a"}})",
                  "Item.tags.SS: expected a JSON array, found a string"},
        ErrorCase{"SetMemberIsNumber", R"({"tags":{"SS":["a",1]}})",
                  "Item.tags.SS[1]: expected a JSON string, found a number"},
        ErrorCase{"ListIsObject", R"({"a":{"L":{}}})",
                  "Item.a.L: expected a JSON array, found an object"},
        ErrorCase{"MapIsArray", R"({"a":{"M":[]}})",
                  "Item.a.M: expected a JSON object, found an array"},
        ErrorCase{"DeepInside", R"({"a":{"M":{"b":{"L":[{"S":""},{"BS":["AA==",false]}]}}}})",
                  "Item.a.M.b.L[1].BS[1]: expected a JSON string that holds base64, found a "
                  "boolean"}),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    ServiceRules, JsonRefusal,
    testing::Values(
        ErrorCase{"NotANumber", R"({"a":{"N":"x"}})",
                  "Item.a.N: The parameter cannot be converted to a numeric value: x"},
        ErrorCase{"NumberOverflow", R"({"a":{"NS":["1","1e126"]}})",
                  "Item.a.NS[1]: Number overflow. Attempting to store a number with magnitude "
                  "larger than supported range"},
        ErrorCase{"NullIsFalse", R"({"a":{"NULL":false}})",
                  "Item.a.NULL: One or more parameter values were invalid: Null attribute value "
                  "types must have the value of true"},
        ErrorCase{"NotBase64", R"({"a":{"B":"AA"}})", "Item.a.B: the string is not base64"},
        ErrorCase{"EmptyStringSet", R"({"a":{"SS":[]}})",
                  "Item.a.SS: One or more parameter values were invalid: An string set  may not be "
                  "empty"},
        ErrorCase{"EmptyNumberSet", R"({"a":{"NS":[]}})",
                  "Item.a.NS: One or more parameter values were invalid: An number set  may not be "
                  "empty"},
        ErrorCase{"EmptyBinarySet", R"({"a":{"BS":[]}})",
                  "Item.a.BS: One or more parameter values were invalid: Binary sets should not be "
                  "empty"},
        ErrorCase{
            "StringTwice", R"({"a":{"SS":["a","b","a"]}})",
            "Item.a.SS: One or more parameter values were invalid: Input collection [a, b, a] "
            "contains duplicates."},
        ErrorCase{"NumberTwiceByValue", R"({"a":{"NS":["1","1.0"]}})",
                  "Item.a.NS: Input collection contains duplicates"},
        ErrorCase{"BinaryTwice", R"({"a":{"BS":["AA==","AA=="]}})",
                  "Item.a.BS: One or more parameter values were invalid: Input collection [AA==, "
                  "AA==] contains duplicates."}),
    [](const auto& test) { return test.param.name; });

std::string nested_lists(int lists) {
  std::string json = R"({"S":"x"})";
  for (int i = 0; i < lists; ++i) json = R"({"L":[)" + json + "]}";
  return R"({"a":)" + json + "}";
}

TEST(JsonRefusal, NestingPastThirtyTwoLevelsIsRefusedInTheServicesWords) {
  EXPECT_TRUE(item_from_json_text(nested_lists(31), "Item").has_value());
  const Result<Item> item = item_from_json_text(nested_lists(32), "Item");
  ASSERT_FALSE(item.has_value());
  EXPECT_EQ(item.error().code, Errc::kValidation);
  EXPECT_TRUE(item.error().detail.ends_with(
      ".L[0].L[0]: Nesting Levels have exceeded supported limits: Attributes in the item have "
      "nested levels beyond supported limit"))
      << item.error().detail;
}

// A value built in memory has met no parser that looks at its bytes.
TEST(JsonRefusal, StringsFromMemoryMustBeUtf8) {
  const boost::json::value name{{"\xFF", {{"S", "x"}}}};
  const boost::json::value text{{"a", {{"S", "\xED\xA0\x80"}}}};
  EXPECT_EQ(item_from_json(name, "Item").error().detail, "Item: an attribute name is not UTF-8");
  EXPECT_EQ(item_from_json(text, "Item").error().detail, "Item.a.S: the string is not UTF-8");
}

TEST(JsonRefusal, SingleValuesSayWhereAsWell) {
  const boost::json::value json{{"N", "twelve"}};
  EXPECT_EQ(value_from_json(json, "Values.:v").error().detail,
            "Values.:v.N: The parameter cannot be converted to a numeric value: twelve");
}

class JsonSyntax : public testing::TestWithParam<ErrorCase> {};

TEST_P(JsonSyntax, ErrorsHaveLineAndColumn) {
  const Result<Item> item = item_from_json_text(GetParam().json, "Item");
  ASSERT_FALSE(item.has_value());
  EXPECT_EQ(item.error().code, Errc::kInput);
  const std::string detail = item.error().detail;
  EXPECT_EQ(detail.substr(0, GetParam().detail.size()), GetParam().detail);
}

INSTANTIATE_TEST_SUITE_P(
    Places, JsonSyntax,
    testing::Values(
        ErrorCase{"Nothing", "", "Item: line 1, column 1: "},
        ErrorCase{"Unfinished", "{\n\"a\":", "Item: line 2, column 5: "},
        ErrorCase{"StrayComma", "{\n  \"a\": {\"S\": \"b\"},\n}", "Item: line 3, column 1: "},
        ErrorCase{"TextBehind", "{} x", "Item: line 1, column 4: "},
        ErrorCase{"Comment", "// no\n{}", "Item: line 1, column 1: "},
        ErrorCase{"InvalidUtf8", "{\"a\": {\"S\": \"\xFF\"}}", "Item: line 1, column 14: "},
        ErrorCase{"OverlongUtf8", "{\"a\": {\"S\": \"\xC0\x80\"}}", "Item: line 1, column 14: "},
        ErrorCase{"EncodedSurrogate", "{\"a\": {\"S\": \"\xED\xA0\x80\"}}",
                  "Item: line 1, column "},
        ErrorCase{"LoneSurrogateEscape", R"({"a": {"S": "\uD800"}})", "Item: line 1, column "},
        ErrorCase{"LowSurrogateEscape", R"({"a": {"S": "\uDC00"}})", "Item: line 1, column "},
        ErrorCase{"RawControlCharacter", "{\"a\": {\"S\": \"\n\"}}", "Item: line 1, column 14: "},
        ErrorCase{"TooDeep", std::string(1'000'000, '['), "Item: line 1, column 129: "}),
    [](const auto& test) { return test.param.name; });

// --- Base64

struct Base64Case {
  std::string name;
  std::string bytes;
  std::string text;
};

class Base64 : public testing::TestWithParam<Base64Case> {};

TEST_P(Base64, BothWays) {
  EXPECT_EQ(base64_encode(GetParam().bytes), GetParam().text);
  std::string decoded = "left over";
  ASSERT_TRUE(base64_decode(GetParam().text, decoded));
  EXPECT_EQ(decoded, GetParam().bytes);
}

// RFC 4648, section 10, and the two characters that its examples leave out.
INSTANTIATE_TEST_SUITE_P(
    Rfc4648, Base64,
    testing::Values(Base64Case{"Empty", "", ""}, Base64Case{"One", "f", "Zg=="},
                    Base64Case{"Two", "fo", "Zm8="}, Base64Case{"Three", "foo", "Zm9v"},
                    Base64Case{"Four", "foob", "Zm9vYg=="}, Base64Case{"Five", "fooba", "Zm9vYmE="},
                    Base64Case{"Six", "foobar", "Zm9vYmFy"},
                    Base64Case{"PlusAndSlash", "\xFB\xFF", "+/8="},
                    Base64Case{"Nul", "\0\0\0"s, "AAAA"}),
    [](const auto& test) { return test.param.name; });

TEST(Base64Refusal, AnythingButTheOneTextOfSomeBytes) {
  std::string out;
  for (const std::string text :
       {"A", "AA", "AAA", "A===", "====", "=AAA", "AA=A", "AAA=AAAA",
        "AA==AA==", "AAAA=", "AAAA====", "AA-_", "AA A", "AAAA\n", "AAA\x80", "AB==", "AAB="}) {
    EXPECT_FALSE(base64_decode(text, out)) << text;
  }
}

RC_GTEST_PROP(Base64, AnyBytesComeBack, (const std::string& bytes)) {
  std::string decoded;
  RC_ASSERT(base64_decode(base64_encode(bytes), decoded));
  RC_ASSERT(decoded == bytes);
}

}  // namespace
}  // namespace gtsim
