// JSON as a tree that remembers where everything stood and keeps members that are given twice: the
// libraries' values do neither, and a message without a place is of little use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "boost/system/result.hpp"
#include "coordinator/pattern/json_lexer.h"

namespace gtsim::pattern {

// A pattern of 4,096 characters may nest deeper than this, but no record does: 32 levels of an item
// are 64 of JSON, and some stand around them.
inline constexpr int kMaxJsonDepth = 100;

enum class JsonKind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct JsonMember;

struct JsonNode {
  JsonKind kind = JsonKind::kNull;
  std::size_t offset = 0;  // of its first character
  std::size_t end = 0;     // one past its last
  std::string text;        // of a string: unescaped; of a number: as it is written
  std::vector<JsonNode> elements;
  std::vector<JsonMember> members;  // in the order of the text

  // The last member of that name, which is the one that counts; null when there is none.
  [[nodiscard]] const JsonNode* find(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  std::size_t offset = 0;  // of the name's quote
  JsonNode value;
};

using JsonResult = boost::system::result<JsonNode, JsonFault>;
[[noreturn]] void throw_exception_from_error(const JsonFault& fault, const boost::source_location&);

// The whole text is one value.
[[nodiscard]] JsonResult parse_json(std::string_view text);
// One value at the front of `text` after blanks; `end` is where it ends. For texts that hold
// several.
[[nodiscard]] JsonResult parse_json_prefix(std::string_view text, std::size_t& end);

// "a string", "an object", ...
[[nodiscard]] std::string_view describe(JsonKind kind);

}  // namespace gtsim::pattern
