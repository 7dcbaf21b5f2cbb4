// Traces and recorded streams as replays: what is accepted, in which order and at which time, and
// how files of any size are read.
#include "coordinator/workload/replay.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/workload/replay_records.h"
#include "tests/replay_fixture.h"

namespace gtsim::replay_fixture {
namespace {

// ---- traces

TEST(ReplayTrace, ReadsEveryKindOfWrite) {
  const std::string text =
      R"({"at": "1.5s", "region": "us-east-1", "table": "orders", )"
      R"("put": {"PK": {"S": "a"}, "n": {"N": "007"}}})"
      "\n"
      R"({"at": 2, "region": "eu-west-1", "update": {"key": {"PK": {"S": "a"}}, )"
      R"("set": {"s": {"S": "x"}}, "add": {"n": {"N": "-1.5"}}, "remove": ["z", "y"]}})"
      "\n"
      R"({"at": 2.25, "region": "us-east-1", "delete": {"PK": {"S": "a"}}})"
      "\n"
      R"({"at": "3m", "region": "us-east-1", "transact": [)"
      R"({"put": {"PK": {"S": "b"}}, "if": {"not_exists": "PK"}}, )"
      R"({"delete": {"PK": {"S": "c"}}}, )"
      R"({"update": {"key": {"PK": {"S": "d"}}, "remove": "z"}}, )"
      R"({"check": {"PK": {"S": "e"}}, "if": {"exists": ["PK", "ok"]}}]})"
      "\n";
  EXPECT_EQ(replayed(text, trace(), two_regions()),
            "1.5s us-east-1"
            R"( orders put {"PK":{"S":"a"},"n":{"N":"7"}})"
            "\n2s eu-west-1"
            R"( orders update {"PK":{"S":"a"}} set {"s":{"S":"x"}} add n -1.5 remove y remove z)"
            "\n2.25s us-east-1"
            R"( orders delete {"PK":{"S":"a"}})"
            "\n3m us-east-1 transaction"
            R"( orders put {"PK":{"S":"b"}} if PK not-exists)"
            R"( orders delete {"PK":{"S":"c"}})"
            R"( orders update {"PK":{"S":"d"}} remove z)"
            R"( orders check {"PK":{"S":"e"}} if PK exists if ok exists)"
            "\n");
}

TEST(ReplayTrace, ReadsEveryCondition) {
  const std::string text =
      R"({"at": 0, "region": "us-east-1", "delete": {"PK": {"S": "a"}}, "if": )"
      R"({"exists": "a", "not_exists": ["b", "c"], "equals": {"d": {"BOOL": true}}, )"
      R"("not_equals": {"e": {"NULL": true}}, "less": {"f": {"N": "1"}}, )"
      R"("less_or_equal": {"g": {"S": "x"}}, "greater": {"h": {"B": "AA=="}}, )"
      R"("greater_or_equal": {"i": {"N": "2"}}}})";
  EXPECT_EQ(replayed(text, trace(), two_regions()),
            R"(0s us-east-1 orders delete {"PK":{"S":"a"}} if a exists if b not-exists)"
            R"( if c not-exists if d = {"v":{"BOOL":true}} if e <> {"v":{"NULL":true}})"
            R"( if f < {"v":{"N":"1"}} if g <= {"v":{"S":"x"}} if h > {"v":{"B":"AA=="}})"
            R"( if i >= {"v":{"N":"2"}})"
            "\n");
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
{"at": 0, "table": "stock", "transact": [{"table": "orders", "delete": {"PK": {"S": )"
                R"("a"}}}, {"delete": {"SKU": {"S": "a"}, "SHELF": {"N": "1"}}}]})",
                spec, two_tables()),
            R"(0s eu-west-1 orders delete {"PK":{"S":"a"}}
0s eu-west-1 stock delete {"SHELF":{"N":"1"},"SKU":{"S":"a"}}
0s eu-west-1 transaction orders delete {"PK":{"S":"a"}} stock delete )"
            R"({"SHELF":{"N":"1"},"SKU":{"S":"a"}}
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
          R"({"Records":[{"eventID":"1","eventName":"MODIFY",)"
          R"("dynamodb":{"ApproximateCreationDateTime":1.46480431E9,"Keys":{"PK":{"S":"a"}},)"
          R"("NewImage":{"PK":{"S":"a"}},"SequenceNumber":"1"},"userIdentity":{"type":"Service",)"
          R"("principalId":"dynamodb.amazonaws.com"},"eventSourceARN":"arn"}]})",
          records(), two_regions()),
      "0s us-east-1 orders put {\"PK\":{\"S\":\"a\"}}\n");
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
}  // namespace gtsim::replay_fixture
