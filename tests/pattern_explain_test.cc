// Explanations: what each test found, and which one decided. And what coverage counts.
#include <gtest/gtest.h>

#include <string>

#include "coordinator/pattern/coverage.h"
#include "coordinator/pattern/explanation.h"
#include "region-node/item/canonical.h"
#include "tests/pattern_fixture.h"

namespace gtsim {
namespace {

using pattern_fixture::parsed;

std::string sentence(std::string_view pattern, std::string_view event) {
  const Result<Explanation> told = explain(parsed(pattern), event);
  EXPECT_TRUE(told) << event;
  PatternMatcher matcher;
  EXPECT_EQ(told->matches, *matcher.matches(parsed(pattern), event));
  return (told->matches ? "match: " : "no match: ") + told->sentence;
}

constexpr const char* kHome =
    R"({"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"home":{"S":["eu-west-1"]}}}})";

TEST(PatternExplanation, NamesTheLeafThatDecided) {
  EXPECT_EQ(
      sentence(kHome,
               R"({"eventName":"INSERT","dynamodb":{"NewImage":{"home":{"S":"us-east-1"}}}})"),
      R"(no match: dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1")");
  EXPECT_EQ(
      sentence(kHome,
               R"({"eventName":"INSERT","dynamodb":{"NewImage":{"home":{"S":"eu-west-1"}}}})"),
      R"(match: dynamodb.NewImage.home.S is "eu-west-1", as expected)");
  EXPECT_EQ(sentence(kHome, R"({"eventName":"REMOVE","dynamodb":{"Keys":{}}})"),
            R"(no match: eventName is "REMOVE", expected "INSERT" or "MODIFY")");
}

TEST(PatternExplanation, SaysWhyThereIsNoValue) {
  constexpr const char* kNew = R"({"dynamodb":{"NewImage":{"home":{"S":["x"]}}}})";
  constexpr const char* kOld = R"({"dynamodb":{"OldImage":{"home":{"S":["x"]}}}})";
  const auto absence = [](const char* pattern, const char* event) {
    return explain(parsed(pattern), event)->leaves.front().absence;
  };
  EXPECT_EQ(absence(kNew, R"({"eventName":"REMOVE","dynamodb":{}})"), "a REMOVE has no NewImage");
  EXPECT_EQ(absence(kOld, R"({"eventName":"INSERT","dynamodb":{}})"), "an INSERT has no OldImage");
  EXPECT_EQ(absence(kOld, R"({"eventName":"MODIFY","dynamodb":{"StreamViewType":"NEW_IMAGE"}})"),
            "a stream of NEW_IMAGE carries no OldImage");
  EXPECT_EQ(absence(kNew, R"({"dynamodb":{"NewImage":{"home":{"N":"5"}}}})"),
            "dynamodb.NewImage.home is of type N");
  EXPECT_EQ(absence(kNew, R"({"dynamodb":{"NewImage":{"other":{"N":"5"}}}})"), "");
  EXPECT_EQ(absence(R"({"userIdentity":{"type":["Service"]}})", "{}"),
            "the record has no userIdentity");
  EXPECT_EQ(absence(R"({"origin":{"kind":["APPLICATION"]}})", "{}"),
            "the record does not carry its origin");
  EXPECT_EQ(absence(R"({"a":["x"]})", R"({"a":{"S":"x"}})"),
            R"(it is an object with "S", and only what is in it has a value)");
  EXPECT_EQ(absence(R"({"a":["x"]})", R"({"a":[]})"),
            "it is an empty array, and only what is in it has a value");
}

TEST(PatternExplanation, OfTheBranchThatCameClosest) {
  constexpr const char* kOr =
      R"({"s":["x"],"$or":[{"a":[1],"b":[2]},{"c":[3],"d":[{"prefix":"p"}]}]})";
  EXPECT_EQ(sentence(kOr, R"({"s":"x","a":0,"b":0,"c":3,"d":"q"})"),
            R"(no match: d is "q", expected a string that begins with "p")");
  EXPECT_EQ(sentence(kOr, R"({"s":"x","a":0,"b":0,"c":3,"d":"pq"})"),
            R"(match: d is "pq", as expected: a string that begins with "p")");
  EXPECT_EQ(sentence(kOr, R"({"s":"y","a":1,"b":2})"), R"(no match: s is "y", expected "x")");
}

TEST(PatternExplanation, TellsWhenOnlyTheListElementsDisagree) {
  EXPECT_EQ(
      sentence(R"({"e":{"a":[1],"b":[2]}})", R"({"e":[{"a":1},{"b":2}]})"),
      "no match: each of these holds, but not within one and the same list element: e.a, e.b");
}

TEST(PatternExplanation, QuotesValuesAndTests) {
  EXPECT_EQ(sentence(R"({"t":[{"exists":false}]})", "{}"), "match: t is absent, as expected");
  EXPECT_EQ(sentence(R"({"t":["z"]})", R"({"t":["a","b"]})"),
            R"(no match: t is "a" and "b", expected "z")");
  EXPECT_EQ(sentence(R"({"t":["z"]})", R"({"t":[1,true,null,2.50,"e"]})"),
            R"(no match: t is 1, true, null and 2 more, expected "z")");
  EXPECT_EQ(sentence(R"({"t":[{"anything-but":["a",5]}]})", R"({"t":"a"})"),
            R"(no match: t is "a", expected any value but "a" or 5)");
  EXPECT_EQ(sentence(R"({"t":[{"numeric":[">",1,"<=",2.5]},null]})", R"({"t":"a"})"),
            R"(no match: t is "a", expected a number > 1 and <= 2.5 or null)");
  const std::string longest =
      sentence(R"({"t":["z"]})", "{\"t\":\"" + std::string(500, 'x') + "\"}");
  EXPECT_LT(longest.size(), 200u) << longest;
}

TEST(PatternExplanation, OfARecordInOneLine) {
  StreamOptions options;
  options.label = "2026-01-01T00:00:00.000";
  const Stream stream(options, Instant{0}, WallTime{0});
  const std::vector<std::string> regions = {"eu-west-1", "us-east-1"};
  const std::string key = encode_item(Item{{"PK", AttributeValue::string("a")}});
  StreamRecord record;
  record.version = {WallTime{0}, RegionId{1}};
  record.new_image = Image::make(encode_item(
      Item{{"PK", AttributeValue::string("a")}, {"home", AttributeValue::string("us-east-1")}}));
  RecordPresenter presenter(RecordProfile::k2019, StreamViewType::kNewAndOldImages, regions);
  const RecordContext context{"eu-west-1", "arn", stream, regions, true};
  const RecordView view = presenter.present(record, key).front();
  PatternSet patterns;
  EXPECT_EQ(deciding_leaf(patterns, view, context), "there is no filter: every record passes");
  patterns.add(parsed(R"({"eventName":["REMOVE"],"dynamodb":{"NewImage":{"PK":{"S":["z"]}}}})"));
  patterns.add(parsed(kHome));
  EXPECT_EQ(deciding_leaf(patterns, view, context),
            R"(dynamodb.NewImage.home.S is "us-east-1", expected "eu-west-1")");
  patterns.add(parsed(R"({"origin":{"kind":["APPLICATION"]}})"));
  EXPECT_EQ(deciding_leaf(patterns, view, context), R"(origin.kind is "APPLICATION", as expected)");
}

TEST(PatternExplanation, OfWhatIsNotJson) {
  const Result<Explanation> told = explain(parsed(kHome), "{\n\"a\":}");
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().detail, "2:5: expected a JSON value, found `}`");
}

// --- Coverage

TEST(PatternCoverages, CountsWhatDecided) {
  const EventPattern pattern =
      parsed(R"({"e":["INSERT","MODIFY"],"s":["aws"],"h":["eu",{"prefix":"e"}]})");
  PatternCoverage coverage(pattern);
  for (const char* event :
       {R"({"e":"INSERT","s":"aws","h":"eu"})", R"({"e":"INSERT","s":"aws","h":"ex"})",
        R"({"e":"REMOVE","s":"aws","h":"eu"})", R"({"e":"INSERT","s":"aws","h":"us"})",
        R"({"e":"REMOVE","s":"aws","h":"us"})"}) {
    ASSERT_TRUE(coverage.add(event));
  }
  EXPECT_EQ(coverage.events(), 5u);
  EXPECT_EQ(coverage.matched(), 2u);
  const auto& [event, source, home] =
      std::tie(coverage.leaves()[0], coverage.leaves()[1], coverage.leaves()[2]);
  EXPECT_EQ(event.held, 3u);
  EXPECT_EQ(event.carried, 2u);
  EXPECT_EQ(event.blocked, 1u) << "where two leaves fail, neither decides alone";
  EXPECT_EQ(event.alternatives[0].carried, 2u);
  EXPECT_EQ(event.alternatives[1].held, 0u);
  EXPECT_EQ(source.held, 5u);
  EXPECT_EQ(source.blocked, 0u);
  EXPECT_EQ(home.blocked, 1u);
  EXPECT_EQ(home.alternatives[0].held, 2u);
  EXPECT_EQ(home.alternatives[0].carried, 0u) << "the prefix held as well";
  EXPECT_EQ(home.alternatives[1].carried, 1u);
  EXPECT_FALSE(coverage.complete());
  EXPECT_FALSE(coverage.add("{"));
}

TEST(PatternCoverages, BranchesOfOrCanStandInForEachOther) {
  const EventPattern pattern = parsed(R"({"$or":[{"a":[1]},{"b":[2]}]})");
  PatternCoverage coverage(pattern);
  ASSERT_TRUE(coverage.add(R"({"a":1,"b":2})"));
  EXPECT_FALSE(coverage.leaves()[0].decisive());
  ASSERT_TRUE(coverage.add(R"({"a":1,"b":0})"));
  EXPECT_TRUE(coverage.leaves()[0].decisive());
  EXPECT_FALSE(coverage.leaves()[1].decisive());
  ASSERT_TRUE(coverage.add(R"({"a":0,"b":2})"));
  EXPECT_TRUE(coverage.complete());
}

}  // namespace
}  // namespace gtsim
