// Traces and recorded streams as replays: what is accepted, in which order and at which time, and
// what a wrong file is told. Expected messages are whole, so that a change of wording is seen.
#include "coordinator/workload/replay.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/workload/replay_records.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

Scenario two_regions() {
  Scenario scenario;
  scenario.regions.resize(2);
  scenario.regions[0].name = "eu-west-1";
  scenario.regions[1].name = "us-east-1";
  scenario.tables.resize(1);
  scenario.tables[0].name = "orders";
  scenario.tables[0].key.hash = {"PK", AttributeType::kS};
  return scenario;
}

Scenario two_tables() {
  Scenario scenario = two_regions();
  scenario.tables.resize(2);
  scenario.tables[1].name = "stock";
  scenario.tables[1].key.hash = {"SKU", AttributeType::kS};
  scenario.tables[1].key.range = KeyAttribute{"SHELF", AttributeType::kN};
  return scenario;
}

ReplaySpec trace() {
  ReplaySpec spec;
  spec.path = "t.jsonl";
  return spec;
}

ReplaySpec records() {
  ReplaySpec spec;
  spec.format = ReplaySpec::Format::kRecords;
  spec.path = "r.json";
  spec.region = RegionId{1};
  return spec;
}

const char* sign(Comparison comparison) {
  constexpr const char* kSigns[] = {"exists", "not-exists", "=", "<>", "<", "<=", ">", ">="};
  return kSigns[static_cast<int>(comparison)];
}

struct ActionText {
  std::string operator()(const PutWrite& put) const { return "put " + item_to_json(put.item); }
  std::string operator()(const DeleteWrite& remove) const {
    return "delete " + item_to_json(remove.key);
  }
  std::string operator()(const CheckWrite& check) const {
    return "check " + item_to_json(check.key);
  }
  std::string operator()(const UpdateWrite& write) const {
    std::string out = "update " + item_to_json(write.key);
    if (!write.update.set.empty()) out += " set " + item_to_json(write.update.set);
    for (const auto& [name, amount] : write.update.add) {
      out += " add " + name + " " + amount.to_string();
    }
    for (const auto& name : write.update.remove) out += " remove " + name;
    return out;
  }
};

std::string text_of(const SingleWrite& write, const Scenario& scenario) {
  std::string out = scenario.tables[write.table.index()].name + " ";
  out += std::visit(ActionText{}, write.action);
  for (const ConditionTerm& term : write.condition) {
    out += std::string(" if ") + term.attribute + " " + sign(term.comparison);
    if (term.comparison != Comparison::kExists && term.comparison != Comparison::kNotExists) {
      out += " " + item_to_json(Item{{"v", term.operand}});
    }
  }
  return out;
}

// One line for each write, or one for each diagnostic.
std::string text_of(const ReplayOrErrors& result, const Scenario& scenario) {
  std::string out;
  if (const auto* diagnostics = std::get_if<std::vector<Diagnostic>>(&result)) {
    for (const Diagnostic& diagnostic : *diagnostics) {
      out += diagnostic.file + ":" + std::to_string(diagnostic.position.line) + ":" +
             std::to_string(diagnostic.position.column) + ": " + diagnostic.message + "\n";
    }
    return out;
  }
  for (const ReplayWrite& write : std::get<std::vector<ReplayWrite>>(result)) {
    out += to_text(write.at) + " " + scenario.regions[write.region.index()].name;
    if (write.transaction) out += " transaction";
    for (const SingleWrite& single : write.writes) out += " " + text_of(single, scenario);
    out += "\n";
  }
  return out;
}

std::string replayed(std::string_view text, const ReplaySpec& spec, const Scenario& scenario) {
  return text_of(read_replay_text(text, spec, scenario), scenario);
}

// ---- traces

TEST(ReplayTrace, ReadsEveryKindOfWrite) {
  EXPECT_EQ(
      replayed(
          R"({"at": "1.5s", "region": "us-east-1", "table": "orders", "put": {"PK": {"S": "a"}, "n": {"N": "007"}}}
{"at": 2, "region": "eu-west-1", "update": {"key": {"PK": {"S": "a"}}, "set": {"s": {"S": "x"}}, "add": {"n": {"N": "-1.5"}}, "remove": ["z", "y"]}}
{"at": 2.25, "region": "us-east-1", "delete": {"PK": {"S": "a"}}}
{"at": "3m", "region": "us-east-1", "transact": [{"put": {"PK": {"S": "b"}}, "if": {"not_exists": "PK"}}, {"delete": {"PK": {"S": "c"}}}, {"update": {"key": {"PK": {"S": "d"}}, "remove": "z"}}, {"check": {"PK": {"S": "e"}}, "if": {"exists": ["PK", "ok"]}}]}
)",
          trace(), two_regions()),
      R"(1.5s us-east-1 orders put {"PK":{"S":"a"},"n":{"N":"7"}}
2s eu-west-1 orders update {"PK":{"S":"a"}} set {"s":{"S":"x"}} add n -1.5 remove y remove z
2.25s us-east-1 orders delete {"PK":{"S":"a"}}
3m us-east-1 transaction orders put {"PK":{"S":"b"}} if PK not-exists orders delete {"PK":{"S":"c"}} orders update {"PK":{"S":"d"}} remove z orders check {"PK":{"S":"e"}} if PK exists if ok exists
)");
}

TEST(ReplayTrace, ReadsEveryCondition) {
  EXPECT_EQ(
      replayed(
          R"({"at": 0, "region": "us-east-1", "delete": {"PK": {"S": "a"}}, "if": {"exists": "a", "not_exists": ["b", "c"], "equals": {"d": {"BOOL": true}}, "not_equals": {"e": {"NULL": true}}, "less": {"f": {"N": "1"}}, "less_or_equal": {"g": {"S": "x"}}, "greater": {"h": {"B": "AA=="}}, "greater_or_equal": {"i": {"N": "2"}}}})",
          trace(), two_regions()),
      R"(0s us-east-1 orders delete {"PK":{"S":"a"}} if a exists if b not-exists if c not-exists if d = {"v":{"BOOL":true}} if e <> {"v":{"NULL":true}} if f < {"v":{"N":"1"}} if g <= {"v":{"S":"x"}} if h > {"v":{"B":"AA=="}} if i >= {"v":{"N":"2"}}
)");
}

TEST(ReplayTrace, SortsByTimeAndKeepsTheOrderOfTheFileAmongEquals) {
  ReplaySpec spec = trace();
  spec.region = RegionId{0};
  EXPECT_EQ(replayed(R"({"at": 2, "delete": {"PK": {"S": "c"}}}
{"at": 1, "delete": {"PK": {"S": "b"}}}

{"at": "1000ms", "delete": {"PK": {"S": "a"}}})",
                     spec, two_regions()),
            R"(1s eu-west-1 orders delete {"PK":{"S":"b"}}
1s eu-west-1 orders delete {"PK":{"S":"a"}}
2s eu-west-1 orders delete {"PK":{"S":"c"}}
)");
}

TEST(ReplayTrace, AppliesStartAndSpeed) {
  ReplaySpec spec = trace();
  spec.region = RegionId{0};
  spec.start = Duration{10'000'000};
  spec.speed = 4;
  EXPECT_EQ(replayed(R"({"at": 2, "delete": {"PK": {"S": "a"}}})", spec, two_regions()),
            "10.5s eu-west-1 orders delete {\"PK\":{\"S\":\"a\"}}\n");
}

TEST(ReplayTrace, KnowsTheLineOfEachWrite) {
  ReplaySpec spec = trace();
  spec.region = RegionId{0};
  const auto result = read_replay_text(
      "\n{\"at\":2,\"delete\":{\"PK\":{\"S\":\"a\"}}}\r\n \n{\"at\":1,\"delete\":{\"PK\":{\"S\":"
      "\"a\"}}}\r\n",
      spec, two_regions());
  const auto& writes = std::get<std::vector<ReplayWrite>>(result);
  ASSERT_EQ(writes.size(), 2u);
  EXPECT_EQ(writes[0].line, 4);
  EXPECT_EQ(writes[1].line, 2);
}

TEST(ReplayTrace, NamedTableWinsOverTheDefault) {
  ReplaySpec spec = trace();
  spec.region = RegionId{0};
  spec.table = TableId{0};
  EXPECT_EQ(replayed(
                R"({"at": 0, "delete": {"PK": {"S": "a"}}}
{"at": 0, "table": "stock", "delete": {"SKU": {"S": "a"}, "SHELF": {"N": "1"}}}
{"at": 0, "table": "stock", "transact": [{"table": "orders", "delete": {"PK": {"S": "a"}}}, {"delete": {"SKU": {"S": "a"}, "SHELF": {"N": "1"}}}]})",
                spec, two_tables()),
            R"(0s eu-west-1 orders delete {"PK":{"S":"a"}}
0s eu-west-1 stock delete {"SHELF":{"N":"1"},"SKU":{"S":"a"}}
0s eu-west-1 transaction orders delete {"PK":{"S":"a"}} stock delete {"SHELF":{"N":"1"},"SKU":{"S":"a"}}
)");
}

// A deep item is the service's to refuse, not the JSON reader's.
std::string nested_put(int maps) {
  std::string value = R"({"S":"x"})";
  for (int i = 0; i < maps; ++i) value = R"({"M":{"m":)" + value + "}}";
  return R"({"at":0,"region":"us-east-1","put":{"PK":{"S":"a"},"v":)" + value + "}}";
}

TEST(ReplayTrace, NestingIsBoundedByTheServicesRule) {
  EXPECT_EQ(replayed(nested_put(31), trace(), two_regions()).substr(0, 6), "0s us-");
  EXPECT_EQ(replayed(nested_put(32), trace(), two_regions()).substr(0, 10), "t.jsonl:1:");
}

TEST(ReplayTrace, ByteOrderMarkIsSkipped) {
  EXPECT_EQ(replayed("\xEF\xBB\xBF{\"at\":0,\"region\":\"us-east-1\",\"delete\":{\"PK\":{\"S\":"
                     "\"a\"}}}",
                     trace(), two_regions()),
            "0s us-east-1 orders delete {\"PK\":{\"S\":\"a\"}}\n");
}

// ---- recorded streams

constexpr std::string_view kGetRecords = R"({
    "Records": [
        {
            "eventID": "3e0f39f3d0c0a3d8f1a4ad3bdbc2c0c5",
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-west-2",
            "dynamodb": {
                "ApproximateCreationDateTime": 1464804310.0,
                "Keys": {"PK": {"S": "a"}},
                "NewImage": {"PK": {"S": "a"}, "n": {"N": "1"}},
                "SequenceNumber": "400000000024465870661",
                "SizeBytes": 12,
                "StreamViewType": "NEW_AND_OLD_IMAGES"
            }
        },
        {
            "eventName": "REMOVE",
            "dynamodb": {
                "ApproximateCreationDateTime": 1464804372.0,
                "Keys": {"PK": {"S": "a"}},
                "OldImage": {"PK": {"S": "a"}, "n": {"N": "1"}},
                "SequenceNumber": "400000000024465870700"
            },
            "userIdentity": {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
        }
    ],
    "NextShardIterator": "arn:aws:dynamodb:us-west-2:1:table/t/stream/l|1|AAAA=="
}
)";

TEST(ReplayRecords, ReadsWhatTheCommandLinePrints) {
  EXPECT_EQ(replayed(kGetRecords, records(), two_regions()),
            R"(0s us-east-1 orders put {"PK":{"S":"a"},"n":{"N":"1"}}
1m2s us-east-1 orders delete {"PK":{"S":"a"}}
)");
  const auto result = read_replay_text(kGetRecords, records(), two_regions());
  EXPECT_EQ(std::get<std::vector<ReplayWrite>>(result)[0].line, 3);
  EXPECT_EQ(std::get<std::vector<ReplayWrite>>(result)[1].line, 18);
}

TEST(ReplayRecords, ReadsALambdaEvent) {
  EXPECT_EQ(
      replayed(
          R"({"Records":[{"eventID":"1","eventName":"MODIFY","dynamodb":{"ApproximateCreationDateTime":1.46480431E9,"Keys":{"PK":{"S":"a"}},"NewImage":{"PK":{"S":"a"}},"SequenceNumber":"1"},"userIdentity":{"type":"Service","principalId":"dynamodb.amazonaws.com"},"eventSourceARN":"arn"}]})",
          records(), two_regions()),
      "0s us-east-1 orders put {\"PK\":{\"S\":\"a\"}}\n");
}

std::string record(std::string_view event, std::string_view key, std::string_view time,
                   std::string_view sequence_number) {
  std::string out =
      R"({"eventName":")" + std::string(event) + R"(","dynamodb":{"Keys":{"PK":{"S":")";
  out += std::string(key) + R"("}},)";
  if (event != "REMOVE") out += R"("NewImage":{"PK":{"S":")" + std::string(key) + R"("}},)";
  out += R"("ApproximateCreationDateTime":)" + std::string(time);
  return out + R"(,"SequenceNumber":")" + std::string(sequence_number) + R"("}})";
}

TEST(ReplayRecords, ReadsSingleRecordsArraysAndSeveralAnswersInOneFile) {
  const std::string text = record("REMOVE", "a", "100", "1") + "\n" + "{\"Records\":[" +
                           record("REMOVE", "b", "101", "2") + "]}{\"Records\": []}\n[" +
                           record("REMOVE", "c", "102", "3") + "]";
  EXPECT_EQ(replayed(text, records(), two_regions()),
            R"(0s us-east-1 orders delete {"PK":{"S":"a"}}
1s us-east-1 orders delete {"PK":{"S":"b"}}
2s us-east-1 orders delete {"PK":{"S":"c"}}
)");
}

// Sequence numbers compare as integers, and shards may be stored in any order.
TEST(ReplayRecords, EqualTimesAreOrderedBySequenceNumber) {
  const std::string text = record("REMOVE", "third", "100", "10000000000000000000000") +
                           record("REMOVE", "second", "100", "9000000000000000000000") +
                           record("REMOVE", "fourth", "101", "1") +
                           record("REMOVE", "first", "100", "000000000000000000000000000000000008");
  EXPECT_EQ(replayed(text, records(), two_regions()),
            R"(0s us-east-1 orders delete {"PK":{"S":"first"}}
0s us-east-1 orders delete {"PK":{"S":"second"}}
0s us-east-1 orders delete {"PK":{"S":"third"}}
1s us-east-1 orders delete {"PK":{"S":"fourth"}}
)");
}

TEST(ReplayRecords, TimesAreRelativeToTheEarliestAndReadAsText) {
  ReplaySpec spec = records();
  spec.start = Duration{60'000'000};
  spec.speed = 2;
  const std::string text = record("REMOVE", "b", R"("2016-06-01T20:05:14.500000+02:00")", "2") +
                           record("REMOVE", "a", R"("2016-06-01T18:05:10Z")", "1") +
                           record("REMOVE", "c", R"("2016-06-01T13:05:20-0500")", "3");
  EXPECT_EQ(replayed(text, spec, two_regions()),
            R"(1m us-east-1 orders delete {"PK":{"S":"a"}}
1m2.25s us-east-1 orders delete {"PK":{"S":"b"}}
1m5s us-east-1 orders delete {"PK":{"S":"c"}}
)");
}

TEST(ReplayRecords, Timestamps) {
  const auto micros = [](std::string_view text) {
    WallTime time{-1};
    return replay::parse_timestamp(text, time) ? time.us : -1;
  };
  EXPECT_EQ(micros("1970-01-01T00:00:01Z"), 1'000'000);
  EXPECT_EQ(micros("1970-01-01T01:00:01+01:00"), 1'000'000);
  EXPECT_EQ(micros("1970-01-01T01:00:01.25+0100"), 1'250'000);
  EXPECT_EQ(micros("1970-01-01T00:00:01.000001-00:30"), 1'801'000'001);
  for (const std::string_view wrong :
       {"", "Z", "+00:00", "1970-01-01T00:00:01", "1970-01-01T00:00:01+1:00",
        "1970-01-01T00:00:01+01-00", "1970-01-01T00:00:01+24:00", "1970-01-01T00:00:01+00:60",
        "1970-01-01T00:00:01.0000001+00:00", "1970-13-01T00:00:01+00:00", "1970-01-01+00:00"}) {
    EXPECT_EQ(micros(wrong), -1) << wrong;
  }
}

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

// The rest of a good line around `text`, which starts at column 34.
std::string line(const std::string& text) {
  return R"({"at": 1, "region": "us-east-1", )" + text + "}";
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
        in_trace(
            "AttributeGivenTwice",
            line(
                R"("put": {"PK": {"S": "a"}, "v": {"L": [{"M": {"x": {"S": ""}, "x": {"S": ""}}}]}})"),
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
        in_trace(
            "ChangesTwice",
            line(
                R"("update": {"key": {"PK": {"S": "a"}}, "set": {"n": {"N": "1"}}, "remove": ["n"]})"),
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
        in_records(
            "NoKeys",
            R"({"eventName": "REMOVE", "dynamodb": {"ApproximateCreationDateTime": 1, "SequenceNumber": "1"}})",
            "1:25: dynamodb: the field `Keys` of a stream record is missing"),
        in_records(
            "KeysOnlyStream",
            R"({"eventName": "MODIFY", "dynamodb": {"ApproximateCreationDateTime": 1, "SequenceNumber": "1", "StreamViewType": "KEYS_ONLY", "Keys": {"PK": {"S": "a"}}}})",
            "1:25: dynamodb: the MODIFY record has no NewImage: its stream carries KEYS_ONLY "
            "and cannot be replayed; record a stream with the view type NEW_IMAGE or "
            "NEW_AND_OLD_IMAGES"),
        in_records(
            "ImageOfAnotherTable",
            R"({"Records": [{"eventName": "INSERT", "dynamodb": {"ApproximateCreationDateTime": 1, "SequenceNumber": "1", "NewImage": {"Username": {"S": "Fred"}}}}]})",
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

// ---- files

class ReplayFile : public testing::Test {
 protected:
  ReplayFile()
      : path_(std::filesystem::path(testing::TempDir()) /
              (std::string("gtsim_replay_") +
               testing::UnitTest::GetInstance()->current_test_info()->name() + ".jsonl")) {}
  ~ReplayFile() override { std::filesystem::remove(path_); }

  void write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }
  // `filler` a hundred million times, between two pieces.
  void write_endless(const std::string& before, const std::string& after) const {
    std::ofstream out(path_, std::ios::binary);
    const std::string block(1'000'000, 'x');
    out << before;
    for (int i = 0; i < 100; ++i) out << block;
    out << after;
  }
  [[nodiscard]] std::string replayed_file(ReplaySpec spec) const {
    spec.path = path_.string();
    std::string text = text_of(read_replay(spec, two_regions()), two_regions());
    for (std::size_t at = text.find(spec.path); at != std::string::npos;
         at = text.find(spec.path)) {
      text.replace(at, spec.path.size(), "FILE");
    }
    return text;
  }

  std::filesystem::path path_;
};

TEST_F(ReplayFile, LinesAcrossChunksAreWhole) {
  std::string text;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = std::to_string(i) + std::string(static_cast<std::size_t>(i % 97), 'k');
    text += line(R"("delete": {"PK": {"S": ")" + key + R"("}})") + "\n";
    expected += "1s us-east-1 orders delete {\"PK\":{\"S\":\"" + key + "\"}}\n";
  }
  write(text);
  EXPECT_EQ(replayed_file(trace()), expected);
}

TEST_F(ReplayFile, DocumentsAcrossChunksAreWhole) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) {
    text += record("REMOVE", "\\\"{" + std::to_string(i), std::to_string(i), "1") + "\n";
  }
  write(text);
  ReplaySpec spec = records();
  spec.path = path_.string();
  const auto result = read_replay(spec, two_regions());
  ASSERT_EQ(std::get<std::vector<ReplayWrite>>(result).size(), 10'000u);
  EXPECT_EQ(std::get<std::vector<ReplayWrite>>(result)[9'999].line, 10'000);
}

// A line of 100 MB is neither kept nor believed, and what follows it is still looked at.
TEST_F(ReplayFile, EndlessLineIsRefusedWithoutBeingKept) {
  write_endless("{}\n{\"at\": \"", "\"}\n[]\n");
  EXPECT_EQ(replayed_file(trace()),
            "FILE:1:1: expected exactly one of put, update, delete, transact, found none\n"
            "FILE:2:1: the line is longer than 1 MiB; expected one write per line\n"
            "FILE:3:1: expected an object with one write, found an array\n");
}

TEST_F(ReplayFile, EndlessLastLineIsRefused) {
  write_endless("", "");
  EXPECT_EQ(replayed_file(trace()),
            "FILE:1:1: the line is longer than 1 MiB; expected one write per line\n");
}

TEST_F(ReplayFile, EndlessDocumentIsRefused) {
  write_endless("[]\n {\"Records\": \"", "\"}");
  EXPECT_EQ(replayed_file(records()),
            "FILE:2:2: the JSON value that starts here is larger than 16 MiB; expected records as "
            "GetRecords returns them\n");
}

// Holes cost no disk: the size alone is looked at.
TEST_F(ReplayFile, LargeFileIsRefusedBeforeItIsRead) {
  write("{}");
  std::filesystem::resize_file(path_, (1ULL << 30) + 1);
  EXPECT_EQ(replayed_file(trace()),
            "FILE:0:0: the file is larger than 1024 MiB; replay it in parts\n");
}

TEST_F(ReplayFile, MissingFileIsTold) {
  EXPECT_EQ(replayed_file(trace()), "FILE:0:0: cannot open the file: No such file or directory\n");
}

TEST_F(ReplayFile, FolderIsTold) {
  ReplaySpec spec = trace();
  spec.path = testing::TempDir();
  const auto result = read_replay(spec, two_regions());
  EXPECT_EQ(std::get<std::vector<Diagnostic>>(result).at(0).message,
            "this is a folder, expected a file");
}

}  // namespace
}  // namespace gtsim
