// What a wrong replay file is told. Expected messages are whole, so that a change of wording is
// seen.
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "coordinator/workload/replay.h"
#include "tests/replay_fixture.h"

namespace gtsim::replay_fixture {
namespace {

// ---- what is refused

struct Broken {
  std::string name;
  bool is_trace = true;
  std::string text;
  std::string told;
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.text.substr(0, 200);
}

class ReplayBroken : public testing::TestWithParam<Broken> {};

TEST_P(ReplayBroken, IsToldWhereAndWhy) {
  const Broken& broken = GetParam();
  EXPECT_EQ(replayed(broken.text, broken.is_trace ? trace() : records(), two_regions()),
            broken.told + "\n");
}

Broken in_trace(std::string name, std::string text, std::string told) {
  return {std::move(name), true, std::move(text), "t.jsonl:" + std::move(told)};
}

Broken in_records(std::string name, std::string text, std::string told) {
  return {std::move(name), false, std::move(text), "r.json:" + std::move(told)};
}

INSTANTIATE_TEST_SUITE_P(
    Bytes, ReplayBroken,
    testing::Values(
        in_trace("Empty", "", "0:0: the file holds no writes"),
        in_trace("BlankLines", "\n \r\n\t\n", "0:0: the file holds no writes"),
        in_trace("Nul", std::string("{\"at\"\0: 1}", 10), "1:6: a NUL byte; expected JSON text"),
        in_trace("NotUtf8", "{\"r\u00e9gion\": \"\xFF\"}", "1:13: byte 0xff is not valid UTF-8"),
        in_trace("CutCharacter", "{\"at\": \"\xE2\x82\"}", "1:9: byte 0xe2 is not valid UTF-8"),
        in_trace("Utf16", std::string("\xFF\xFE{\0", 4),
                 "1:1: the file is UTF-16; save it as UTF-8"),
        in_trace("NotJson", "at 1s put x", "1:1: not JSON: syntax error at `a`"),
        in_trace("NotJsonNotAscii", "{\"at\" \u20ac}", "1:7: not JSON: syntax error at `\u20ac`"),
        in_trace("CutShort", "{\"at\": 1", "1:9: not JSON: the text ends too early"),
        in_trace("TwoValues", "{} {}", "1:4: not JSON: extra data at `{`"),
        in_trace("TrailingComma", "{\"at\": 1,}", "1:10: not JSON: syntax error at `}`"),
        in_trace("TooDeep", std::string(81, '['), "1:81: nested deeper than 80 levels"),
        in_records("NotJson", "Records", "1:1: not JSON: syntax error at `R`"),
        in_records("ClosedTooEarly", "}", "1:1: not JSON: syntax error at `}`"),
        in_records("CutShort", "{\n  \"Records\": [\n", "3:1: not JSON: the text ends too early"),
        in_records("WrongBracket", "{\n  \"Records\": [}\n", "2:15: not JSON: syntax error at `}`"),
        in_records("NoRecords", "{\"Records\": []}", "0:0: the file holds no writes")),
    [](const auto& test) { return (test.param.is_trace ? "Trace" : "Records") + test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Trace, ReplayBroken,
    testing::Values(
        in_trace("Array", "[]", "1:1: expected an object with one write, found an array"),
        in_trace("UnknownField", line(R"("putt": {})"),
                 "1:34: putt: unknown field; expected one of at, region, table, put, update, "
                 "delete, transact, if; did you mean `put`?"),
        in_trace("ControlCharacterInName", line(R"("\u001b[31m": {})"),
                 "1:34: \\x1b[31m: unknown field; expected one of at, region, table, put, update, "
                 "delete, transact, if"),
        in_trace("GivenTwice", line(R"("at": 2, "delete": {"PK": {"S": "a"}})"),
                 "1:2: at: the member is given twice"),
        in_trace("AttributeGivenTwice",
                 line(R"("put": {"PK": {"S": "a"}, "v": {"L": [{"M": {"x": {"S": ""}, "x": )"
                      R"({"S": ""}}}]}})"),
                 "1:79: put.v.L[0].M.x: the member is given twice"),
        in_trace("NoAction", R"({"at": 1, "region": "us-east-1"})",
                 "1:1: expected exactly one of put, update, delete, transact, found none"),
        in_trace("TwoActions", line(R"("put": {}, "delete": {})"),
                 "1:1: expected exactly one of put, update, delete, transact, found put, delete"),
        in_trace("NoTime", R"({"region": "us-east-1", "delete": {"PK": {"S": "a"}}})",
                 "1:1: the field `at` is missing; expected a time such as \"1.5s\" or a number of "
                 "seconds"),
        in_trace(
            "TimeOfWrongKind", R"({"at": [], "delete": {}})",
            "1:2: at: expected a time such as \"1.5s\" or a number of seconds, found an array"),
        in_trace("TimeWithoutUnit", R"({"at": "1.5", "delete": {}})",
                 "1:2: at: expected a time such as \"1.5s\" or a number of seconds, found \"1.5\": "
                 "the unit is missing"),
        in_trace("NegativeTime", R"({"at": -1, "delete": {}})",
                 "1:2: at: expected 0 to 315360000 seconds, found -1"),
        in_trace("EndlessTime", R"({"at": 1e300, "delete": {}})",
                 "1:2: at: expected 0 to 315360000 seconds, found 1e+300"),
        in_trace("NoRegion", R"({"at": 1, "delete": {"PK": {"S": "a"}}})",
                 "1:1: the field `region` is missing, and the scenario's replay names none"),
        in_trace("UnknownRegion", R"({"at": 1, "region": "us-east-2", "delete": {}})",
                 "1:11: region: unknown region \"us-east-2\"; did you mean `us-east-1`?; the "
                 "scenario has eu-west-1, us-east-1"),
        in_trace("RegionOfWrongKind", R"({"at": 1, "region": 1, "delete": {}})",
                 "1:11: region: expected the name of a region, found a number"),
        in_trace("UnknownTable", line(R"("table": "order", "delete": {})"),
                 "1:34: table: unknown table \"order\"; did you mean `orders`?; the scenario has "
                 "orders"),
        in_trace("TableOfWrongKind", line(R"("table": null, "delete": {})"),
                 "1:34: table: expected the name of a table, found null"),
        in_trace("ItemOfWrongKind", line(R"("put": "a")"),
                 "1:34: put: expected a JSON object, found a string"),
        in_trace("PlainJsonItem", line(R"("put": {"PK": "a"})"),
                 "1:42: put.PK: expected a JSON object that names a type, such as {\"S\": "
                 "\"text\"}, found a string"),
        in_trace("NumberOfWrongKind",
                 line(R"("put": {"PK": {"S": "a"}, "é.n": {"L": [{"N": "1"}, {"N": 2}]}})"),
                 "1:87: put.é.n.L[1].N: expected a JSON string that holds a number, found a "
                 "number"),
        in_trace("NoKey", line(R"("put": {"pk": {"S": "a"}})"),
                 "1:34: put: One or more parameter values were invalid: Missing the key PK in the "
                 "item"),
        in_trace("KeyOfWrongType", line(R"("put": {"PK": {"N": "1"}})"),
                 "1:34: put: One or more parameter values were invalid: Type mismatch for key PK "
                 "expected: S actual: N"),
        in_trace("EmptyKey", line(R"("delete": {"PK": {"S": ""}})"),
                 "1:34: delete: One or more parameter values are not valid. The AttributeValue for "
                 "a key attribute cannot contain an empty string value. Key: PK"),
        in_trace("LongKey", line(R"("delete": {"PK": {"S": ")" + std::string(2049, 'k') + R"("}})"),
                 "1:34: delete: One or more parameter values were invalid: Size of hashkey has "
                 "exceeded the maximum size limit of 2048 bytes"),
        in_trace("MoreThanTheKey", line(R"("delete": {"PK": {"S": "a"}, "n": {"N": "1"}})"),
                 "1:63: delete.n: The provided key element does not match the schema: this "
                 "attribute is not part of the key"),
        in_trace("LargeItem",
                 line(R"("put": {"PK": {"S": "a"}, "v": {"S": ")" + std::string(409'600, 'x') +
                      R"("}})"),
                 "1:34: put: Item size has exceeded the maximum allowed size"),
        in_trace("NamelessAttribute", line(R"("put": {"PK": {"S": "a"}, "": {"S": "x"}})"),
                 "1:60: put.: an attribute's name has 1 to 65535 bytes, found 0")),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Update, ReplayBroken,
    testing::Values(
        in_trace("OfWrongKind", line(R"("update": [])"),
                 "1:34: update: expected an object with `key` and what to change, found an array"),
        in_trace("UnknownField", line(R"("update": {"keys": {}})"),
                 "1:45: update.keys: unknown field; expected one of key, set, add, remove; did you "
                 "mean `key`?"),
        in_trace("NoKey", line(R"("update": {"remove": "z"})"),
                 "1:34: update: the field `key` is missing"),
        in_trace("NoChange", line(R"("update": {"key": {"PK": {"S": "a"}}})"),
                 "1:34: update: expected at least one of set, add and remove"),
        in_trace("SetsTheKey",
                 line(R"("update": {"key": {"PK": {"S": "a"}}, "set": {"PK": {"S": "b"}}})"),
                 "1:80: update.set.PK: One or more parameter values were invalid: Cannot update "
                 "attribute PK. This attribute is part of the key"),
        in_trace("RemovesTheKey", line(R"("update": {"key": {"PK": {"S": "a"}}, "remove": "PK"})"),
                 "1:72: update.remove: One or more parameter values were invalid: Cannot update "
                 "attribute PK. This attribute is part of the key"),
        in_trace("AddsText",
                 line(R"("update": {"key": {"PK": {"S": "a"}}, "add": {"n": {"S": "1"}}})"),
                 "1:80: update.add.n: expected a number to add, {\"N\": \"1\"}, found S"),
        in_trace("ChangesTwice",
                 line(R"("update": {"key": {"PK": {"S": "a"}}, "set": {"n": {"N": "1"}}, )"
                      R"("remove": ["n"]})"),
                 "1:98: update.remove: this update changes the attribute twice"),
        in_trace("RemovesTwice",
                 line(R"("update": {"key": {"PK": {"S": "a"}}, "remove": ["n", "n"]})"),
                 "1:88: update.remove[1]: the attribute is named twice"),
        in_trace("RemovesNothing", line(R"("update": {"key": {"PK": {"S": "a"}}, "remove": []})"),
                 "1:72: update.remove: expected the name of an attribute, found no name"),
        in_trace("SetsNothing", line(R"("update": {"key": {"PK": {"S": "a"}}, "set": {}})"),
                 "1:72: update.set: expected at least one attribute, found none"),
        in_trace("RemovesANumber", line(R"("update": {"key": {"PK": {"S": "a"}}, "remove": 1})"),
                 "1:72: update.remove: expected the name of an attribute or a list of names, found "
                 "a number")),
    [](const auto& test) { return test.param.name; });

std::string conditional(const std::string& condition) {
  return line(R"("delete": {"PK": {"S": "a"}}, "if": )" + condition);  // "if" is at column 64
}

INSTANTIATE_TEST_SUITE_P(
    Condition, ReplayBroken,
    testing::Values(
        in_trace("OfWrongKind", conditional(R"("exists")"),
                 "1:64: if: expected an object such as {\"exists\": \"name\"}, found a string"),
        in_trace("Empty", conditional("{}"), "1:64: if: expected at least one test, found none"),
        in_trace("UnknownTest", conditional(R"({"equal": {"n": {"N": "1"}}})"),
                 "1:71: if.equal: unknown field; expected one of exists, not_exists, equals, "
                 "not_equals, less, less_or_equal, greater, greater_or_equal; did you mean "
                 "`equals`?"),
        in_trace("NameOfWrongKind", conditional(R"({"exists": {"PK": {"S": "a"}}})"),
                 "1:71: if.exists: expected the name of an attribute or a list of names, found an "
                 "object"),
        in_trace("ValueWithoutOrder", conditional(R"({"less": {"n": {"BOOL": true}}})"),
                 "1:80: if.less.n: expected S, N or B, which have an order, found BOOL"),
        in_trace(
            "ValueOfWrongKind", conditional(R"({"equals": {"n": {"N": "many"}}})"),
            "1:88: if.equals.n.N: The parameter cannot be converted to a numeric value: many")),
    [](const auto& test) { return test.param.name; });

std::string transaction(const std::string& parts) {
  return line(R"("transact": )" + parts);  // its first element is at column 47
}

INSTANTIATE_TEST_SUITE_P(
    Transaction, ReplayBroken,
    testing::Values(
        in_trace("OfWrongKind", transaction("{}"),
                 "1:34: transact: expected an array of writes, found an object"),
        in_trace("Empty", transaction("[]"), "1:34: transact: expected 1 to 100 writes, found 0"),
        in_trace("PartOfWrongKind", transaction("[1]"),
                 "1:47: transact[0]: expected an object, found a number"),
        in_trace("PartWithTime", transaction(R"([{"at": 1, "delete": {"PK": {"S": "a"}}}])"),
                 "1:48: transact[0].at: unknown field; expected one of table, put, update, delete, "
                 "check, if"),
        in_trace("PartWithoutAction", transaction("[{}]"),
                 "1:47: transact[0]: expected exactly one of put, update, delete, check, found "
                 "none"),
        in_trace("CheckWithoutCondition", transaction(R"([{"check": {"PK": {"S": "a"}}}])"),
                 "1:47: transact[0]: a check needs an `if`"),
        in_trace("SameItemTwice",
                 transaction(R"([{"delete": {"PK": {"S": "a"}}}, {"put": {"PK": {"S": "a"}}}])"),
                 "1:79: transact[1]: Transaction request cannot include multiple operations on one "
                 "item"),
        in_trace("ConditionOnTheWhole",
                 line(R"("if": {"exists": "PK"}, "transact": [{"delete": {"PK": {"S": "a"}}}])"),
                 "1:34: if: a transaction has its `if` in each of its writes")),
    [](const auto& test) { return test.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Records, ReplayBroken,
    testing::Values(
        in_records("Text", "\"INSERT\"",
                   "1:1: expected a stream record or an object with Records, found a string"),
        in_records("AnotherObject", "{\"Items\": []}",
                   "1:1: expected a stream record or an object with Records, found an object that "
                   "is neither"),
        in_records("RecordsOfWrongKind", "{\n \"Records\": {}}",
                   "2:2: Records: expected an array of stream records, found an object"),
        in_records("RecordOfWrongKind", "{\"Records\": [7]}",
                   "1:14: Records[0]: expected a stream record, found a number"),
        in_records("NoEventName", "[{\"dynamodb\": {}}]",
                   "1:2: [0]: the field `eventName` of a stream record is missing"),
        in_records("UnknownEvent", R"({"eventName": "UPSERT"})",
                   "1:2: eventName: expected INSERT, MODIFY or REMOVE, found \"UPSERT\""),
        in_records("EventOfWrongKind", R"({"eventName": 1})",
                   "1:2: eventName: expected INSERT, MODIFY or REMOVE, found a number"),
        in_records("NoChange", R"({"eventName": "REMOVE"})",
                   "1:1: the field `dynamodb` of a stream record is missing"),
        in_records("ChangeOfWrongKind", R"({"eventName": "REMOVE", "dynamodb": []})",
                   "1:25: dynamodb: expected an object, found an array"),
        in_records("NoTime", R"({"eventName": "REMOVE", "dynamodb": {}})",
                   "1:25: dynamodb: the field `ApproximateCreationDateTime` of a stream record is "
                   "missing"),
        in_records("TimeOfWrongKind", record("REMOVE", "a", "true", "1"),
                   "1:59: dynamodb.ApproximateCreationDateTime: expected epoch seconds or a time "
                   "such as \"2016-06-01T18:05:10Z\", found a boolean"),
        in_records("TimeText", record("REMOVE", "a", "\"yesterday\"", "1"),
                   "1:59: dynamodb.ApproximateCreationDateTime: expected epoch seconds or a time "
                   "such as \"2016-06-01T18:05:10Z\", found \"yesterday\""),
        in_records("TimeBefore1970", record("REMOVE", "a", "-1", "1"),
                   "1:59: dynamodb.ApproximateCreationDateTime: expected epoch seconds or a time "
                   "such as \"2016-06-01T18:05:10Z\", found -1"),
        in_records("SequenceNumberText", record("REMOVE", "a", "1", "12x"),
                   "1:91: dynamodb.SequenceNumber: expected 1 to 40 digits, found \"12x\""),
        in_records("NoKeys",
                   R"({"eventName": "REMOVE", "dynamodb": {"ApproximateCreationDateTime": 1, )"
                   R"("SequenceNumber": "1"}})",
                   "1:25: dynamodb: the field `Keys` of a stream record is missing"),
        in_records(
            "KeysOnlyStream",
            R"({"eventName": "MODIFY", "dynamodb": {"ApproximateCreationDateTime": 1, )"
            R"("SequenceNumber": "1", "StreamViewType": "KEYS_ONLY", "Keys": {"PK": {"S": "a"}}}})",
            "1:25: dynamodb: the MODIFY record has no NewImage: its stream carries KEYS_ONLY "
            "and cannot be replayed; record a stream with the view type NEW_IMAGE or "
            "NEW_AND_OLD_IMAGES"),
        in_records(
            "ImageOfAnotherTable",
            R"({"Records": [{"eventName": "INSERT", "dynamodb": )"
            R"({"ApproximateCreationDateTime": 1, "SequenceNumber": "1", "NewImage": {"Username": )"
            R"({"S": "Fred"}}}}]})",
            "1:108: Records[0].dynamodb.NewImage: One or more parameter values were invalid: "
            "Missing the key PK in the item"),
        in_records("TenYearsApart",
                   record("REMOVE", "a", "1", "1") + "\n" + record("REMOVE", "b", "315360002", "2"),
                   "2:1: the write comes more than 3650d after the first one")),
    [](const auto& test) { return test.param.name; });

TEST(ReplayRefusals, TellEveryWrongLineUpToTwenty) {
  std::string text;
  for (int i = 0; i < 30; ++i) text += "{}\n";
  const auto result = read_replay_text(text, trace(), two_regions());
  const auto& diagnostics = std::get<std::vector<Diagnostic>>(result);
  ASSERT_EQ(diagnostics.size(), 20u);
  EXPECT_EQ(diagnostics[19].position.line, 20);
  EXPECT_EQ(diagnostics[19].message,
            "expected exactly one of put, update, delete, transact, found none (the rest of the "
            "file was not read)");
}

TEST(ReplayRefusals, WrongRecordsAreToldTogether) {
  const std::string text = "{\"Records\": [" + record("PUT", "a", "1", "1") + ",\n" +
                           record("REMOVE", "b", "2", "2") + ",\n" + record("PUT", "c", "3", "3") +
                           "]}\n";
  EXPECT_EQ(replayed(text, records(), two_regions()),
            "r.json:1:15: Records[0].eventName: expected INSERT, MODIFY or REMOVE, found \"PUT\"\n"
            "r.json:3:2: Records[2].eventName: expected INSERT, MODIFY or REMOVE, found \"PUT\"\n");
}

TEST(ReplayRefusals, RecordsNeedARegionAndATable) {
  ReplaySpec spec = records();
  EXPECT_EQ(replayed(kGetRecords, spec, two_tables()),
            "r.json:0:0: records need a `table`; the scenario has several\n");
  spec.region.reset();
  EXPECT_EQ(replayed(kGetRecords, spec, two_regions()), "r.json:0:0: records need a `region`\n");
}

TEST(ReplayRefusals, TraceOfSeveralTablesMustNameOne) {
  EXPECT_EQ(replayed(line(R"("delete": {"PK": {"S": "a"}})"), trace(), two_tables()),
            "t.jsonl:1:1: the field `table` is missing; the scenario has several tables\n");
}

}  // namespace
}  // namespace gtsim::replay_fixture
