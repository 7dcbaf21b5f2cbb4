// Items as people write them in YAML, to attribute values, shown as DynamoDB JSON.
#include <gtest/gtest.h>

#include "coordinator/language/item_reader.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim::language {
namespace {

const KeySchema kText{{"PK", AttributeType::kS}, std::nullopt};
const KeySchema kNumber{{"PK", AttributeType::kS}, KeyAttribute{"SK", AttributeType::kN}};
const KeySchema kBinary{{"PK", AttributeType::kB}, std::nullopt};

using Read = bool (*)(ReadContext&, const Node&, const KeySchema&, Item&);

std::string read(Read reader, const std::string& yaml, const KeySchema& schema) {
  auto parsed = parse_yaml(yaml);
  if (const auto* error = std::get_if<TreeError>(&parsed)) return error->message;
  ReadContext context("f");
  Item item;
  if (!reader(context, std::get<Node>(parsed), schema, item)) {
    return context.take_diagnostics().front().message;
  }
  return item_to_json(item);
}

struct Case {
  const char* yaml;
  const char* json;
};

TEST(ScenarioItem, ValuesByTheirForm) {
  const std::vector<Case> cases{
      {"{a: word}", R"({"a":{"S":"word"}})"},
      {"{a: \"1\"}", R"({"a":{"S":"1"}})"},
      {"{a: 1}", R"({"a":{"N":"1"}})"},
      {"{a: -1.50}", R"({"a":{"N":"-1.5"}})"},
      {"{a: +5}", R"({"a":{"N":"5"}})"},
      {"{a: .5}", R"({"a":{"N":"0.5"}})"},
      {"{a: 1e3}", R"({"a":{"N":"1000"}})"},
      {"{a: 0.5}", R"({"a":{"N":"0.5"}})"},
      {"{a: 1s}", R"({"a":{"S":"1s"}})"},
      {"{a: 1-2}", R"({"a":{"S":"1-2"}})"},
      {"{a: 2026-01-01}", R"({"a":{"S":"2026-01-01"}})"},
      {"{a: true}", R"({"a":{"BOOL":true}})"},
      {"{a: \"true\"}", R"({"a":{"S":"true"}})"},
      {"{a: yes}", R"({"a":{"S":"yes"}})"},
      {"{a: null}", R"({"a":{"NULL":true}})"},
      {"{a: \"\"}", R"({"a":{"S":""}})"},
      {"{a: [1, x, [true]]}", R"({"a":{"L":[{"N":"1"},{"S":"x"},{"L":[{"BOOL":true}]}]}})"},
      {"{a: {b: 1, c: {}}}", R"({"a":{"M":{"b":{"N":"1"},"c":{"M":{}}}}})"},
      {"{a: []}", R"({"a":{"L":[]}})"},
  };
  for (const Case& one : cases) EXPECT_EQ(read(read_attributes, one.yaml, kText), one.json);
}

TEST(ScenarioItem, TypedValues) {
  const std::vector<Case> cases{
      {"{a: {S: 1}}", R"({"a":{"S":"1"}})"},
      {"{a: {N: \"1\"}}", R"({"a":{"N":"1"}})"},
      {"{a: {N: 1}}", R"({"a":{"N":"1"}})"},
      {"{a: {B: aGVsbG8=}}", R"({"a":{"B":"aGVsbG8="}})"},
      {"{a: {BOOL: false}}", R"({"a":{"BOOL":false}})"},
      {"{a: {NULL: true}}", R"({"a":{"NULL":true}})"},
      {"{a: {SS: [b, a]}}", R"({"a":{"SS":["a","b"]}})"},
      {"{a: {NS: [2, \"10\", 1]}}", R"({"a":{"NS":["1","2","10"]}})"},
      {"{a: {BS: [aGk=]}}", R"({"a":{"BS":["aGk="]}})"},
      {"{a: {L: [{S: x}, 1]}}", R"({"a":{"L":[{"S":"x"},{"N":"1"}]}})"},
      {"{a: {M: {b: {N: 1}}}}", R"({"a":{"M":{"b":{"N":"1"}}}})"},
      // The way to a map whose single key is the name of a type.
      {"{a: {M: {S: x}}}", R"({"a":{"M":{"S":{"S":"x"}}}})"},
      {"{a: {S: x, N: 1}}", R"({"a":{"M":{"N":{"N":"1"},"S":{"S":"x"}}}})"},
      {"{S: x}", R"({"S":{"S":"x"}})"},
  };
  for (const Case& one : cases) EXPECT_EQ(read(read_attributes, one.yaml, kText), one.json);
}

TEST(ScenarioItem, RefusedValues) {
  const std::vector<Case> cases{
      {"{a: 007}", "a: `007` could mean several things"},
      {"{a: -012}", "a: `-012` could mean several things"},
      {"{a: True}", "a: `True` could mean several things"},
      {"{a: FALSE}", "a: `FALSE` could mean several things"},
      {"{a: 0x1F}", "a: `0x1F` could mean several things"},
      {"{a: .inf}", "a: `.inf` could mean several things"},
      {"{a: }", "a: expected a value; found nothing"},
      {"{a: 1e999}", "a: expected a number; found `1e999`: Number overflow"},
      {"{a: {BOOL: \"true\"}}", "a.BOOL: expected true or false; found the quoted text `true`"},
      {"{a: {NULL: false}}", "a.NULL: expected true; found `false`"},
      {"{a: {N: one}}", "a.N: expected a number; found `one`"},
      {"{a: {N: [1]}}", "a.N: expected a number; found a list of 1"},
      {"{a: {B: \"?\"}}", "a.B: expected base64; found the quoted text `?`"},
      {"{a: {SS: x}}", "a.SS: expected a list of at least one member"},
      {"{a: {SS: [x, x]}}", "a.SS[1]: `x` is twice in this set"},
      {"{a: {S: [x]}}", "a.S: expected a string; found a list of 1"},
      {"{a: {L: x}}", "a.L: expected a list; found `x`"},
      {"{a: {M: x}}", "a.M: expected a map; found `x`"},
      {"{\"\": x}", "``: an attribute's name has 1 to 65535 bytes"},
  };
  for (const Case& one : cases) {
    const std::string message = read(read_attributes, one.yaml, kText);
    EXPECT_TRUE(message.starts_with(one.json)) << one.yaml << ": " << message;
  }
}

// The table's key says what a plain number is.
TEST(ScenarioItem, KeyAttributes) {
  EXPECT_EQ(read(read_item, "{PK: 7, n: 7}", kText), R"({"PK":{"S":"7"},"n":{"N":"7"}})");
  EXPECT_EQ(read(read_item, "{PK: 007}", kText), R"({"PK":{"S":"007"}})");
  EXPECT_EQ(read(read_item, "{PK: a, SK: 7}", kNumber), R"({"PK":{"S":"a"},"SK":{"N":"7"}})");
  EXPECT_EQ(read(read_item, "{PK: {B: aGk=}}", kBinary), R"({"PK":{"B":"aGk="}})");
  EXPECT_EQ(read(read_key, "{PK: 1, SK: 1}", kNumber), R"({"PK":{"S":"1"},"SK":{"N":"1"}})");
}

TEST(ScenarioItem, RefusedKeys) {
  EXPECT_NE(read(read_item, "{PK: true}", kText).find("Type mismatch for key PK"),
            std::string::npos);
  EXPECT_NE(read(read_item, "{PK: a, SK: \"7\"}", kNumber).find("Type mismatch for key SK"),
            std::string::npos);
  EXPECT_NE(read(read_item, "{SK: 7}", kNumber).find("Missing the key PK"), std::string::npos);
  EXPECT_NE(read(read_item, "{PK: \"\"}", kText).find("empty string value. Key: PK"),
            std::string::npos);
  EXPECT_NE(read(read_key, "{PK: a, x: 1}", kText).find("does not match the schema"),
            std::string::npos);
}

}  // namespace
}  // namespace gtsim::language
