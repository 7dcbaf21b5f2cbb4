// Short ways to parse a pattern and to hold an event against it.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "coordinator/pattern/pattern_matcher.h"

namespace gtsim::pattern_fixture {

inline EventPattern parsed(std::string_view text) {
  PatternResult pattern = EventPattern::parse(text);
  EXPECT_TRUE(pattern) << text << "\n" << pattern.error().to_string();
  if (!pattern) return *EventPattern::parse(R"({"unusable":[1]})");
  return std::move(*pattern);
}

inline bool matches(std::string_view pattern, std::string_view event) {
  PatternMatcher matcher;
  const Result<bool> found = matcher.matches(parsed(pattern), event);
  EXPECT_TRUE(found) << event << "\n" << found.error().detail;
  return found && *found;
}

// One alternative against one value of a field.
inline bool holds(const std::string& alternative, const std::string& value) {
  return matches(R"({"f":[)" + alternative + "]}", R"({"f":)" + value + "}");
}

}  // namespace gtsim::pattern_fixture
