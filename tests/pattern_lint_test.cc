// Each rule of the linter, and that good filters are left alone.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/pattern/lint.h"
#include "tests/pattern_fixture.h"

namespace gtsim {
namespace {

using pattern_fixture::parsed;

// "error missing-type, info ttl-in-one-region"
std::string rules(const std::string& pattern, RecordProfile profile = RecordProfile::k2019) {
  std::string out;
  for (const LintFinding& finding : lint(parsed(pattern), profile)) {
    out += (out.empty() ? "" : ", ") + std::string(to_text(finding.severity)) + " " + finding.rule;
  }
  return out;
}

std::string in_new_image(const std::string& attributes) {
  return R"({"dynamodb":{"NewImage":)" + attributes + "}}";
}

TEST(PatternLint, LeavesGoodFiltersAlone) {
  for (const char* good :
       {R"({"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"home":{"S":["eu-west-1"]}}}})",
        R"({"eventName":[{"anything-but":"REMOVE"}],"eventSource":["aws:dynamodb"]})",
        R"({"eventName":["REMOVE"],"dynamodb":{"OldImage":{"n":{"N":["42.12","-1","0"]}}}})",
        R"({"dynamodb":{"Keys":{"PK":{"S":[{"prefix":"user#"}]}}}})",
        R"({"dynamodb":{"NewImage":{"a":{"M":{"b":{"L":{"M":{"c":{"BOOL":[true]}}}}}}}}})",
        R"({"dynamodb":{"NewImage":{"a":{"B":["AAE="]},"t":{"SS":["x"]},"z":{"NULL":[true]}}}})",
        R"({"dynamodb":{"SizeBytes":[{"numeric":[">",1000]}],"StreamViewType":["NEW_IMAGE"]}})",
        R"({"dynamodb":{"NewImage":{"S":{"S":["x"]},"a.b":{"S":[{"exists":false}]}}}})",
        R"({"$or":[{"eventName":["REMOVE"]},{"dynamodb":{"NewImage":{"a":{"S":["x"]}}}}]})",
        R"({"dynamodb":{"NewImage":{"a":{"S":["x"],"N":[{"exists":false}]}}}})",
        R"({"awsRegion":[{"prefix":"eu-"}],"dynamodb.NewImage":{"a":{"S":["x"]}}})"}) {
    EXPECT_EQ(rules(good), "") << good;
  }
}

TEST(PatternLint, Rules) {
  const std::pair<std::string, const char*> kRows[] = {
      {in_new_image(R"({"n":{"N":[{"numeric":[">",5]}]}})"), "error numeric-on-attribute"},
      {in_new_image(R"({"n":{"N":[{"numeric":[">",5]},"7"]}})"), "warning numeric-on-attribute"},
      {in_new_image(R"({"n":{"NS":[{"numeric":[">",5]}]}})"), "error numeric-on-attribute"},
      {in_new_image(R"({"n":{"N":[42]}})"), "error number-not-in-quotes"},
      {in_new_image(R"({"n":{"N":["300.0"]}})"), "error number-form"},
      {in_new_image(R"({"n":{"N":["1e3"]}})"), "error number-form"},
      {in_new_image(R"({"n":{"N":["+5"]}})"), "error number-form"},
      {in_new_image(R"({"n":{"N":["007","7"]}})"), "warning number-form"},
      {in_new_image(R"({"n":{"N":["-0"]}})"), "error number-form"},
      {in_new_image(R"({"n":{"N":["many"]}})"), "error not-a-number"},
      {in_new_image(R"({"n":{"N":[{"anything-but":"1.0"}]}})"), "warning number-form"},
      {in_new_image(R"({"n":{"N":[{"anything-but":[5]}]}})"), "warning number-not-in-quotes"},
      {in_new_image(R"({"status":["open"]})"), "error missing-type"},
      {in_new_image(R"({"status":[{"exists":true}]})"), "error exists-on-object"},
      {in_new_image(R"({"status":[{"exists":false}]})"), "error exists-on-object"},
      {in_new_image(R"({"m":{"M":[{"exists":true}]}})"), "error exists-on-object"},
      {in_new_image(R"({"l":{"L":["x"]}})"), "error missing-type"},
      {in_new_image(R"({"status":{"s":["open"]}})"), "error wrong-type"},
      {in_new_image(R"({"status":{"String":["open"]}})"), "error wrong-type"},
      {in_new_image(R"({"address":{"city":{"S":["x"]}}})"), "error wrong-type"},
      {in_new_image(R"({"l":{"L":{"0":{"S":["x"]}}}})"), "error wrong-type"},
      {in_new_image(R"({"s":{"S":{"x":["x"]}}})"), "error no-such-place"},
      {in_new_image(R"({"f":{"BOOL":["true"]}})"), "error wrong-kind"},
      {in_new_image(R"({"f":{"NULL":[null]}})"), "error wrong-kind"},
      {in_new_image(R"({"f":{"NULL":[false]}})"), "error wrong-kind"},
      {in_new_image(R"({"s":{"S":[null]}})"), "error wrong-kind"},
      {in_new_image(R"({"s":{"S":[true,"true"]}})"), "warning wrong-kind"},
      {in_new_image(R"({"b":{"B":["not base64"]}})"), "error not-base64"},
      {in_new_image(R"({"a":{"S":["x"],"N":["1"]}})"), "error two-types"},
      {in_new_image(R"({"a":{"L":{"S":["x"],"N":["1"]}}})"), "error two-types"},
      {in_new_image(R"({"aws:rep:updateregion":{"S":[{"exists":false}]}})"), "error legacy-stamp"},
      {R"({"dynamodb":{"NewImage":[{"exists":false}]}})", "error exists-on-object"},
      {R"({"dynamodb":["x"]})", "error missing-type"},
      {R"({"dynamodb":{"newImage":{"a":{"S":["x"]}}}})", "error unknown-member"},
      {R"({"Dynamodb":{"NewImage":{"a":{"S":["x"]}}}})", "error unknown-member"},
      {R"({"detail":{"x":["y"]}})", "error unknown-member"},
      {R"({"eventName":["DELETE"]})", "error no-such-value"},
      {R"({"eventName":["INSERT","UPDATE"]})", "warning no-such-value"},
      {R"({"eventName":["insert"]})", "error no-such-value"},
      {R"({"eventName":[{"anything-but":"DELETE"}]})", "warning no-such-value"},
      {R"({"eventName":[1]})", "error wrong-kind"},
      {R"({"eventName":{"x":["INSERT"]}})", "error no-such-place"},
      {R"({"eventSource":["aws.dynamodb"]})", "error no-such-value"},
      {R"({"eventVersion":["1.0"]})", "info event-version"},
      {R"({"dynamodb":{"StreamViewType":["ALL"]}})", "error no-such-value"},
      {R"({"dynamodb":{"SizeBytes":["5"]}})", "error wrong-kind"},
      {R"({"dynamodb":{"ApproximateCreationDateTime":[1767225601]}})", "warning number-as-text"},
      {R"({"dynamodb":{"NewImage":{"a":{"S":["x"]}}},"eventName":["REMOVE"]})",
       "error image-not-carried"},
      {R"({"dynamodb":{"OldImage":{"a":{"S":[{"exists":false}]}}},"eventName":["INSERT"]})",
       "error image-not-carried"},
      {R"({"dynamodb":{"NewImage":{"a":{"S":["x"]},"b":{"S":["y"]}}},"eventName":["REMOVE"]})",
       "error image-not-carried"},
      {R"({"userIdentity":{"type":["Service"]}})", "info ttl-in-one-region"},
      {R"({"userIdentity":{"type":[{"exists":false}]}})", "info ttl-in-one-region"},
      {R"({"userIdentity":{"Type":["Service"]}})", "error unknown-member"},
      {R"({"userIdentity":{"PrincipalId":["dynamodb.amazonaws.com"]}})", "error unknown-member"},
      {R"({"userIdentity":{"type":["service"]}})", "info ttl-in-one-region, error no-such-value"},
      {R"({"userIdentity":[{"exists":true}]})", "error exists-on-object"},
      {R"({"origin":{"kind":["REPLICATION"]}})", "warning gtsim-origin"},
      {R"({"origin":{"kind":["replication"]}})", "warning gtsim-origin, error no-such-value"},
      {R"({"origin":{"who":["x"]}})", "warning gtsim-origin, error unknown-member"},
      {R"({"eventName":["INSERT"],"eventName":["MODIFY"]})", "warning given-twice"},
      {R"({"awsRegion":[{"wildcard":"eu-*"}]})", "info pattern-language"}};
  for (const auto& [pattern, expected] : kRows) EXPECT_EQ(rules(pattern), expected) << pattern;
}

TEST(PatternLint, TheProfileOfTheTableCounts) {
  const std::string stamp = in_new_image(R"({"aws:rep:updateregion":{"S":["eu-west-1"]}})");
  EXPECT_EQ(rules(stamp, RecordProfile::k2017), "");
  EXPECT_EQ(rules(stamp, RecordProfile::kMarked), "error legacy-stamp");
  const char* const mark =
      R"({"userIdentity":{"principalId":["replication.dynamodb.amazonaws.com"]}})";
  EXPECT_EQ(rules(mark), "info ttl-in-one-region, error no-such-value");
  EXPECT_EQ(rules(mark, RecordProfile::kMarked), "info ttl-in-one-region");
}

TEST(PatternLint, TellsPlaceConsequenceAndMend) {
  const auto findings =
      lint(parsed("{\"dynamodb\":{\"NewImage\":{\n  \"status\":[{\"exists\":false}]}}}"),
           RecordProfile::k2019);
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].note.to_string(),
            "2:3: dynamodb.NewImage.status: \"status\" is an object, and a pattern tests only the "
            "values inside of one, so \"exists\": false always holds here");
  EXPECT_EQ(findings[0].mend, "name the type: {\"status\": {\"S\": [{\"exists\":false}]}}");
  const auto number = lint(parsed(in_new_image(R"({"n":{"N":["1e3"]}})")), RecordProfile::k2019);
  ASSERT_EQ(number.size(), 1u);
  EXPECT_EQ(number[0].note.column, 36u);
  EXPECT_EQ(number[0].note.message,
            "DynamoDB stores the number \"1e3\" as \"1000\", so this never matches");
  EXPECT_EQ(number[0].mend, "write \"1000\"");
}

// A finding must tell the truth: what is said never to match does not match the record that the
// author had in mind.
TEST(PatternLint, AgreesWithTheMatcher) {
  const char* const event =
      R"({"eventName":"REMOVE","eventSource":"aws:dynamodb","dynamodb":{"OldImage":{)"
      R"("n":{"N":"300"},"status":{"S":"open"}}},"userIdentity":{"type":"Service"}})";
  for (const char* never :
       {R"({"dynamodb":{"OldImage":{"n":{"N":["300.0"]}}}})",
        R"({"dynamodb":{"OldImage":{"n":{"N":[{"numeric":[">",0]}]}}}})",
        R"({"dynamodb":{"OldImage":{"status":["open"]}}})", R"({"eventName":["DELETE"]})",
        R"({"userIdentity":{"Type":["Service"]}})"}) {
    EXPECT_TRUE(rules(never).starts_with("error")) << never;
    EXPECT_FALSE(pattern_fixture::matches(never, event)) << never;
  }
}

}  // namespace
}  // namespace gtsim
