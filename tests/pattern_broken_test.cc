// Patterns that are refused, with what the user is told. The table is tests/broken/patterns.txt.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "coordinator/pattern/event_pattern.h"

namespace gtsim {
namespace {

struct Broken {
  std::string pattern;
  std::string message;
  std::string engine_text;
};

std::vector<Broken> read_table() {
  std::ifstream file(std::string(GTSIM_SOURCE_DIR) + "/tests/broken/patterns.txt");
  std::vector<Broken> rows;
  std::string line;
  while (std::getline(file, line)) {
    constexpr std::string_view kEngine = "  engine: ";
    if (line.empty() || line.starts_with('#')) continue;
    if (line.starts_with(kEngine)) {
      rows.back().engine_text = line.substr(kEngine.size());
    } else if (line.starts_with("  ")) {
      rows.back().message = line.substr(2);
    } else {
      rows.push_back({line, "", ""});
    }
  }
  return rows;
}

TEST(BrokenPatterns, AreRefusedWithPlaceAndReason) {
  const std::vector<Broken> rows = read_table();
  EXPECT_GE(rows.size(), 90u);
  for (const Broken& row : rows) {
    const PatternResult pattern = EventPattern::parse(row.pattern);
    ASSERT_FALSE(pattern) << row.pattern;
    EXPECT_EQ(pattern.error().to_string(), row.message) << row.pattern;
    EXPECT_EQ(pattern.error().engine_text, row.engine_text) << row.pattern;
  }
}

TEST(BrokenPatterns, PlacesCountLinesAndCharacters) {
  const PatternResult pattern = EventPattern::parse("{\n  \"\u00e9\u00e9\": [\"a\"],\n  \"b\": 5}");
  ASSERT_FALSE(pattern);
  EXPECT_EQ(pattern.error().line, 3u);
  EXPECT_EQ(pattern.error().column, 8u);
  EXPECT_EQ(pattern.error().path, "b");
  const PatternResult same_line = EventPattern::parse("{\"\u00e9\u00e9\": 5}");
  ASSERT_FALSE(same_line);
  EXPECT_EQ(same_line.error().column, 8u);
  EXPECT_EQ(same_line.error().offset, 9u);
}

TEST(BrokenPatterns, TextsThatNoFileCanHold) {
  const std::pair<std::string, std::string> kRows[] = {
      {"", "1:1: expected a JSON value, found the end of the text"},
      {std::string("{\"a\0\":[1]}", 10),
       "1:4: expected the rest of a string, found the control character \\x00"},
      {"{\"a\xc3\":[1]}", "1:4: the byte \\xc3 is not UTF-8"},
      {"{\"a\":[\"\xed\xa0\x80\"]}", "1:8: the byte \\xed is not UTF-8"},
      {"\xef\xbb\xbf{}", "1:1: expected a JSON value, found `\xef\xbb\xbf`"}};
  for (const auto& [text, message] : kRows) {
    const PatternResult pattern = EventPattern::parse(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().to_string(), message);
  }
}

TEST(BrokenPatterns, TooLongAndTooDeep) {
  const PatternResult too_long =
      EventPattern::parse(R"({"a":[")" + std::string(5000, 'x') + "\"]}");
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().offset, 4096u);
  EXPECT_EQ(too_long.error().message, "the pattern is longer than 4096 characters");
  std::string deep;
  for (int i = 0; i < 200; ++i) deep += R"({"a":)";
  const PatternResult too_deep = EventPattern::parse(deep);
  ASSERT_FALSE(too_deep);
  EXPECT_EQ(too_deep.error().message, "nested deeper than 100 levels");
}

}  // namespace
}  // namespace gtsim
