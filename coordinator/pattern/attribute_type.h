// The type names of DynamoDB JSON.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace gtsim::pattern {

inline constexpr std::array<std::string_view, 10> kTypeLetters = {"S",  "N",  "B",  "BOOL", "NULL",
                                                                  "SS", "NS", "BS", "L",    "M"};

[[nodiscard]] inline bool is_type_letter(std::string_view word) {
  return std::find(kTypeLetters.begin(), kTypeLetters.end(), word) != kTypeLetters.end();
}

}  // namespace gtsim::pattern
