// Each form of the pattern language: what it matches and what it does not.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/pattern_fixture.h"

namespace gtsim {
namespace {

using pattern_fixture::holds;
using pattern_fixture::matches;
using pattern_fixture::parsed;

struct Row {
  std::string alternative;
  std::vector<std::string> matched;
  std::vector<std::string> refused;
};

void expect_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    for (const std::string& value : row.matched) {
      EXPECT_TRUE(holds(row.alternative, value)) << row.alternative << " and " << value;
    }
    for (const std::string& value : row.refused) {
      EXPECT_FALSE(holds(row.alternative, value)) << row.alternative << " and " << value;
    }
  }
}

TEST(PatternGrammar, EqualsString) {
  expect_rows({{R"("INSERT")",
                {R"("INSERT")", R"("\u0049NSERT")", R"(["MODIFY","INSERT"])"},
                {R"("insert")", R"("INSERT ")", R"("")", "null", R"(["MODIFY"])", "[]"}},
               {R"("100")", {R"("100")"}, {"100"}},
               {R"("a\u00e9\ud83d\ude00\n")", {"\"a\u00e9\U0001F600\\n\""}, {R"("ae")"}}});
}

TEST(PatternGrammar, EqualsNumberByItsText) {
  expect_rows({{"100", {"100", "[1, 100]"}, {"100.0", "1e2", R"("100")", "1000", "true"}},
               {"300.0", {"300.0"}, {"300"}},
               {"-1.5", {"-1.5"}, {"1.5", "-1.50"}}});
}

TEST(PatternGrammar, Null) {
  expect_rows({{"null", {"null", "[null]"}, {R"("")", R"("null")", "0", "false", "[]", "{}"}}});
  EXPECT_FALSE(matches(R"({"f":[null]})", R"({"g":1})")) << "absent is not null";
}

TEST(PatternGrammar, EmptyString) {
  expect_rows({{R"("")", {R"("")"}, {"null", R"(" ")", "[]"}}});
}

TEST(PatternGrammar, Boolean) {
  expect_rows({{"true", {"true"}, {"false", R"("true")", "1"}},
               {"false", {"false"}, {"true", "null", "0"}}});
}

TEST(PatternGrammar, EqualsIgnoreCase) {
  expect_rows({{R"({"equals-ignore-case":"oPen"})",
                {R"("open")", R"("OPEN")"},
                {R"("opened")", R"("ope")", "null"}},
               {"{\"equals-ignore-case\":\"\u00c9t\u00e9 \u0416\"}",
                {"\"\u00e9T\u00c9 \u0436\""},
                {"\"ete \u0436\""}}});
}

TEST(PatternGrammar, Prefix) {
  expect_rows({{R"({"prefix":"user#"})",
                {R"("user#1")", R"("user#")"},
                {R"("user")", R"("User#1")", R"("a user#")", "7"}},
               {R"({"prefix":""})", {R"("x")", R"("")"}, {"1", "null"}}});
}

TEST(PatternGrammar, Suffix) {
  expect_rows({{R"({"suffix":".png"})",
                {R"("a.png")", R"(".png")"},
                {R"("a.PNG")", R"("a.png ")", R"("png")"}}});
}

TEST(PatternGrammar, PrefixAndSuffixIgnoreCase) {
  expect_rows({{R"({"prefix":{"equals-ignore-case":"Us-"}})",
                {R"("us-east-1")", R"("US-")"},
                {R"("eus-")", R"("us")"}},
               {"{\"suffix\":{\"equals-ignore-case\":\"\u00c9.PNG\"}}",
                {"\"x\u00e9.png\"", "\"\u00c9.pNg\""},
                {"\"e.png\"", "\".png\"", "\"\""}}});
}

TEST(PatternGrammar, AnythingButValues) {
  expect_rows({{R"({"anything-but":"a"})", {R"("b")", "1", "null", R"(["a","b"])"}, {R"("a")"}},
               {R"({"anything-but":5})", {R"("5")", "6"}, {"5"}},
               {R"({"anything-but":["a",5]})", {R"("b")", "6", "true"}, {R"("a")", "5"}}});
  EXPECT_FALSE(matches(R"({"f":[{"anything-but":"a"}]})", R"({"g":"b"})"))
      << "a field that is absent is no value";
  EXPECT_FALSE(matches(R"({"f":[{"anything-but":"a"}]})", R"({"f":[]})"));
}

TEST(PatternGrammar, AnythingButOperators) {
  expect_rows(
      {{R"({"anything-but":{"prefix":"x"}})", {R"("ax")", "1"}, {R"("xa")"}},
       {R"({"anything-but":{"prefix":["x","y"]}})", {R"("a")"}, {R"("xa")", R"("ya")"}},
       {R"({"anything-but":{"suffix":".png"}})", {R"("a.jpg")"}, {R"("a.png")"}},
       {R"({"anything-but":{"suffix":[".png",".gif"]}})", {R"("a.jpg")"}, {R"("a.gif")"}},
       {R"({"anything-but":{"equals-ignore-case":"Open"}})", {R"("closed")"}, {R"("OPEN")"}},
       {R"({"anything-but":{"equals-ignore-case":["a","b"]}})", {R"("c")"}, {R"("A")", R"("B")"}},
       {R"({"anything-but":{"prefix":{"equals-ignore-case":"X"}}})", {R"("a")"}, {R"("xa")"}},
       {R"({"anything-but":{"wildcard":"*/lib/*"}})", {R"("/bin/a")"}, {R"("/lib/a")"}},
       {R"({"anything-but":{"wildcard":["a*","b*"]}})", {R"("c")"}, {R"("a")", R"("bb")"}}});
}

TEST(PatternGrammar, Numeric) {
  expect_rows(
      {{R"({"numeric":["=",300]})", {"300", "300.0", "3e2", "3.00E+2"}, {"301", R"("300")"}},
       {R"({"numeric":[">",0,"<=",5]})", {"5", "0.1", "5.0"}, {"0", "5.1", "-1", "true"}},
       {R"({"numeric":[">=",0]})", {"0", "-0", "1e300"}, {"-0.001"}},
       {R"({"numeric":["<",10]})", {"9.99", "-1e9"}, {"10"}},
       {R"({"numeric":["<",10,">",5]})", {"7"}, {"5", "10"}}});
}

TEST(PatternGrammar, ExistsTrue) {
  expect_rows({{R"({"exists":true})",
                {"1", "null", R"("")", "false", R"([[7]])"},
                {"{}", "[]", R"({"g":1})", R"([{"g":1}])"}}});
  EXPECT_FALSE(matches(R"({"f":[{"exists":true}]})", "{}"));
}

TEST(PatternGrammar, ExistsFalse) {
  expect_rows({{R"({"exists":false})", {"{}", "[]", R"({"g":1})"}, {"1", "null", "[null]"}}});
  EXPECT_TRUE(matches(R"({"f":[{"exists":false}]})", "{}"));
  EXPECT_TRUE(matches(R"({"f":[{"exists":false},"x"]})", R"({"f":"x"})"));
  EXPECT_FALSE(matches(R"({"f":[{"exists":false},"x"]})", R"({"f":"y"})"));
}

TEST(PatternGrammar, Wildcard) {
  expect_rows(
      {{R"({"wildcard":"a*b"})", {R"("ab")", R"("axxb")", R"("abb")"}, {R"("a")", R"("abc")"}},
       {R"({"wildcard":"*"})", {R"("")", R"("x")"}, {"1"}},
       {R"({"wildcard":"*/a/*/b"})", {R"("x/a/y/b")", R"("/a//b")"}, {R"("/a/b")"}},
       {R"({"wildcard":"a\\*b"})", {R"("a*b")"}, {R"("axb")"}},
       {R"({"wildcard":"a\\\\*"})", {R"("a\\x")"}, {R"("ax")"}},
       {R"({"wildcard":"aXbXa"})", {R"("aXbXa")"}, {R"("aXbXaa")"}},
       {R"({"wildcard":"ab*ba"})", {R"("abba")"}, {R"("aba")"}}});
}

TEST(PatternGrammar, Cidr) {
  expect_rows(
      {{R"({"cidr":"10.0.0.0/24"})",
        {R"("10.0.0.0")", R"("10.0.0.255")"},
        {R"("10.0.1.0")", R"("10.0.0.256")", R"("10.0.0")", R"("010.0.0.1")", R"("::")", "10"}},
       {R"({"cidr":"10.0.0.7"})", {R"("10.0.0.7")"}, {R"("10.0.0.6")"}},
       {R"({"cidr":"0.0.0.0/0"})", {R"("255.1.2.3")"}, {R"("::1")"}},
       {R"({"cidr":"2001:db8::/33"})",
        {R"("2001:db8:0:0:0:0:0:1")", R"("2001:0DB8:7fff::")"},
        {R"("2001:db8:8000::")", R"("1.2.3.4")", R"("2001:db8:::1")"}},
       {R"({"cidr":"::ffff:10.0.0.0/120"})", {R"("::ffff:a00:9")"}, {R"("10.0.0.9")"}}});
}

TEST(PatternGrammar, Exactly) {
  expect_rows({{R"({"exactly":"a"})", {R"("a")"}, {R"("A")"}}});
}

TEST(PatternGrammar, OrIsCombinedWithItsSiblings) {
  const char* const text = R"({"s":["x"],"$or":[{"a":[1]},{"b":[{"exists":false}],"c":[2]}]})";
  EXPECT_TRUE(matches(text, R"({"s":"x","a":1,"b":0})"));
  EXPECT_TRUE(matches(text, R"({"s":"x","c":2})"));
  EXPECT_FALSE(matches(text, R"({"s":"y","a":1})"));
  EXPECT_FALSE(matches(text, R"({"s":"x","b":0,"c":2})"));
  EXPECT_EQ(parsed(text).combinations().size(), 2u);
}

TEST(PatternGrammar, OrNests) {
  const char* const text =
      R"({"t":{"$or":[{"a":[1]},{"$or":[{"b":[2]},{"c":{"d":[3]}}],"e":[4]}]}})";
  EXPECT_TRUE(matches(text, R"({"t":{"a":1}})"));
  EXPECT_TRUE(matches(text, R"({"t":{"b":2,"e":4}})"));
  EXPECT_TRUE(matches(text, R"({"t":{"c":{"d":3},"e":4}})"));
  EXPECT_FALSE(matches(text, R"({"t":{"b":2}})"));
  EXPECT_FALSE(matches(text, R"({"a":1})"));
}

TEST(PatternGrammar, OrThatIsNoneIsAField) {
  const EventPattern one = parsed(R"({"$or":["x"]})");
  EXPECT_EQ(one.leaves().front().path, "$or");
  ASSERT_EQ(one.warnings().size(), 1u);
  EXPECT_TRUE(matches(R"({"$or":["x"]})", R"({"$or":"x"})"));
  EXPECT_TRUE(matches(R"({"$or":[{"prefix":"x"},{"suffix":"y"}]})", R"({"$or":"xa"})"))
      << "operators are not fields";
  EXPECT_TRUE(matches(R"({"$or":{"a":[1]}})", R"({"$or":{"a":1}})"));
}

TEST(PatternGrammar, SeveralKeysMustAllHold) {
  EXPECT_TRUE(matches(R"({"a":[1],"b":{"c":[2]}})", R"({"b":{"c":2},"a":1})"));
  EXPECT_FALSE(matches(R"({"a":[1],"b":{"c":[2]}})", R"({"a":1,"c":2})"));
}

TEST(PatternGrammar, DotsInNamesAreStructure) {
  for (const char* text :
       {R"({"a.b.c":["x"]})", R"({"a":{"b":{"c":["x"]}}})", R"({"a.b":{"c":["x"]}})"}) {
    EXPECT_TRUE(matches(text, R"({"a":{"b":{"c":"x"}}})")) << text;
    EXPECT_TRUE(matches(text, R"({"a.b.c":"x"})")) << text;
    EXPECT_TRUE(matches(text, R"({"a":{"b.c":"x"}})")) << text;
    EXPECT_FALSE(matches(text, R"({"a":{"b":"x"}})")) << text;
  }
}

TEST(PatternGrammar, OfARepeatedNameTheLastCounts) {
  const char* const text = R"({"d":{"a":["x"]},"d":{"b":["y"]}})";
  EXPECT_TRUE(matches(text, R"({"d":{"b":"y"}})"));
  EXPECT_FALSE(matches(text, R"({"d":{"a":"x"}})"));
  const EventPattern pattern = parsed(text);
  ASSERT_EQ(pattern.warnings().size(), 1u);
  EXPECT_EQ(pattern.warnings().front().to_string(),
            "1:2: \"d\" is given twice in one object: only the last one counts, this one is "
            "ignored");
  const EventPattern dotted = parsed(R"({"a.b":["x"],"a":{"b":["y"]}})");
  EXPECT_EQ(dotted.leaves().size(), 1u);
  EXPECT_EQ(dotted.warnings().size(), 1u);
  EXPECT_TRUE(matches(R"({"a.b":["x"],"a":{"b":["y"]}})", R"({"a":{"b":"y"}})"));
}

TEST(PatternGrammar, ConditionsOnListElementsHoldForOneElement) {
  const char* const text = R"({"e":{"first":["Anna"],"last":["Jones"]}})";
  EXPECT_TRUE(matches(text, R"({"e":{"first":"Anna","last":"Jones"}})"));
  EXPECT_TRUE(matches(text, R"({"e":[{"first":"Bo"},{"last":"Jones","first":"Anna"}]})"));
  EXPECT_FALSE(
      matches(text, R"({"e":[{"first":"Anna","last":"Smith"},{"first":"Bo","last":"Jones"}]})"));
  EXPECT_FALSE(matches(text, R"({"e":[[{"first":"Anna"}],[{"last":"Jones"}]]})"));
  EXPECT_TRUE(matches(text, R"({"e":[[{"first":"Bo"}],[{"last":"Jones","first":"Anna"}]]})"));
}

TEST(PatternGrammar, InnerListsOfOneElementAreIndependent) {
  const char* const text = R"({"e":{"a":{"x":[1]},"b":{"y":[2]},"n":["k"]}})";
  EXPECT_TRUE(matches(text, R"({"e":[{"n":"k","a":[{"x":0},{"x":1}],"b":[{"y":2},{"y":0}]}]})"));
  EXPECT_FALSE(matches(text, R"({"e":[{"n":"k","a":[{"x":1}]},{"n":"k","b":[{"y":2}]}]})"));
  EXPECT_FALSE(matches(text, R"({"e":[{"n":"j","a":[{"x":1}],"b":[{"y":2}]},{"n":"k"}]})"));
}

TEST(PatternGrammar, DifferentListsDoNotBindEachOther) {
  EXPECT_TRUE(matches(R"({"a":{"x":[1]},"b":{"x":[2]}})",
                      R"({"a":[{"x":0},{"x":1}],"b":[{"x":2},{"x":3}]})"));
}

TEST(PatternGrammar, BranchesOfOrAreHeldAgainstTheElementsOneByOne) {
  const char* const text = R"({"e":{"n":["k"],"$or":[{"a":[1]},{"b":[2]}]}})";
  EXPECT_TRUE(matches(text, R"({"e":[{"n":"k","b":2},{"a":1}]})"));
  EXPECT_FALSE(matches(text, R"({"e":[{"n":"k"},{"a":1},{"b":2}]})"));
}

TEST(PatternGrammar, NestedArraysAreFlattened) {
  EXPECT_TRUE(matches(R"({"t":["x"]})", R"({"t":[["a"],[["x"]]]})"));
}

TEST(PatternGrammar, WhatOnlyEventBusesDocumentIsTakenWithAWarning) {
  const std::vector<std::string> rows = {R"({"wildcard":"a*"})",
                                         R"({"cidr":"10.0.0.0/8"})",
                                         R"({"anything-but":{"prefix":"a"}})",
                                         R"({"anything-but":{"suffix":"a"}})",
                                         R"({"anything-but":{"equals-ignore-case":"a"}})",
                                         R"({"anything-but":{"wildcard":"a"}})",
                                         R"({"prefix":{"equals-ignore-case":"a"}})",
                                         R"({"suffix":{"equals-ignore-case":"a"}})"};
  for (const std::string& row : rows) {
    const EventPattern pattern = parsed(R"({"f":[)" + row + "]}");
    ASSERT_EQ(pattern.warnings().size(), 1u) << row;
    EXPECT_NE(pattern.warnings().front().message.find("documented for event buses only"),
              std::string::npos);
  }
  EXPECT_TRUE(parsed(R"({"f":["a",{"prefix":"a"},{"anything-but":["a"]},{"exists":true}]})")
                  .warnings()
                  .empty());
}

TEST(PatternGrammar, LimitsAreInclusive) {
  std::string text = R"({"f":[")";
  text += std::string(kMaxPatternCharacters - text.size() - 4, 'x') + "\"]}";
  text.insert(7, "\u00e9");  // two bytes, one character
  EXPECT_EQ(text.size(), kMaxPatternCharacters + 1);
  EXPECT_TRUE(EventPattern::parse(text));
  text.insert(7, "y");
  EXPECT_FALSE(EventPattern::parse(text));

  const auto branches = [](int count) {
    std::string out = R"("$or":[)";
    for (int i = 0; i < count; ++i) out += (i == 0 ? "" : ",") + std::string(R"({"a":[1]})");
    return out + "]";
  };
  const std::string thousand =
      "{\"x\":{" + branches(10) + "},\"y\":{" + branches(10) + "},\"z\":{" + branches(10) + "}}";
  ASSERT_TRUE(EventPattern::parse(thousand));
  EXPECT_EQ(EventPattern::parse(thousand)->combinations().size(), 1000u);
  const std::string more = "{\"x\":{" + branches(11) + "},\"y\":{" + branches(91) + "}}";
  const PatternResult refused = EventPattern::parse(more);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message,
            "expected at most 1000 combinations of the branches of $or, found 1001");
}

TEST(PatternSets, AnyPatternLetsAnEventThrough) {
  PatternMatcher matcher;
  PatternSet patterns;
  EXPECT_TRUE(*matcher.matches(patterns, "{}")) << "no filter at all";
  patterns.add(parsed(R"({"a":[1]})"));
  patterns.add(parsed(R"({"b":[2]})"));
  EXPECT_TRUE(*matcher.matches(patterns, R"({"b":2})"));
  EXPECT_FALSE(*matcher.matches(patterns, R"({"b":3})"));
  EXPECT_FALSE(matcher.matches(patterns, R"({"b":3)"));
}

TEST(PatternEvents, WhatIsNotJsonIsAnErrorWithItsPlace) {
  const std::pair<std::string, std::string> kRows[] = {
      {"", "1:1: expected a JSON value, found the end of the text"},
      {"{\"a\":1}\n x", "2:2: expected the end of the text, found `x`"},
      {R"({"a":01})", "1:6: a number must not begin with zeros"},
      {R"({"a":+1})", "1:6: expected a JSON value, found `+`"},
      {R"({"a":1,})", "1:8: expected a name in quotes, found `}`"},
      {R"({a:1})", "1:2: expected a name in quotes, found `a`"},
      {R"({"a" 1})", "1:6: expected `:` after the name, found `1`"},
      {R"({"a":[1 2]})", "1:9: expected `,` or `]`, found `2`"},
      {R"({"a":nul})", "1:6: expected a JSON value, found `n`"},
      {R"({"a":"\x"})", "1:8: expected one of \" \\ / b f n r t u after the backslash, found `x`"},
      {R"({"a":"\ud800"})", "1:7: the first half of a surrogate pair stands alone"},
      {"{\"a\":\"\xff\"}", "1:7: the byte \\xff is not UTF-8"},
      {"{\"a\":\"\n\"}", "1:7: expected the rest of a string, found the control character \\x0a"},
      {std::string(101, '['), "1:101: nested deeper than 100 levels"}};
  PatternMatcher matcher;
  const EventPattern pattern = parsed(R"({"a":[1]})");
  for (const auto& [event, expected] : kRows) {
    const Result<bool> found = matcher.matches(pattern, event);
    ASSERT_FALSE(found) << event;
    EXPECT_EQ(found.error().detail, expected) << event;
  }
}

}  // namespace
}  // namespace gtsim
