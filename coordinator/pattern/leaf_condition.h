// One alternative of a leaf, such as "INSERT" or {"prefix": "user#"}: what it asks of a single
// value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/pattern/cidr.h"

namespace gtsim::pattern {

enum class LeafKind : std::uint8_t { kNull, kFalse, kTrue, kNumber, kString };

// A scalar of an event. `text`: of a string its characters, of a number its JSON text.
struct LeafValue {
  LeafKind kind = LeafKind::kNull;
  std::string_view text;
};

// The value as JSON prints it, for messages; long texts are cut.
[[nodiscard]] std::string describe(const LeafValue& value);

enum class Operator : std::uint8_t {
  kEquals,            // the same kind and the same text: 300 is not 300.0
  kEqualsIgnoreCase,  // strings, by simple case folding
  kPrefix,            // strings
  kSuffix,            // strings
  kPrefixIgnoreCase,  // strings
  kSuffixIgnoreCase,  // strings
  kNumeric,           // numbers, by value as doubles
  kWildcard,          // strings; `*` stands for any run of characters
  kCidr,              // strings that are IP addresses
  kExists,            // any value
  kAbsent,            // no value at all
};

struct NumericRange {
  std::optional<double> lower;
  std::optional<double> upper;
  bool lower_included = false;
  bool upper_included = false;

  [[nodiscard]] bool holds(double value) const;
};

// An operator with one operand.
struct Test {
  Operator op = Operator::kEquals;
  LeafKind kind = LeafKind::kString;  // kEquals: of the operand
  std::string text;                   // the operand; folded where case does not count
  NumericRange range;                 // kNumeric
  CidrBlock block;                    // kCidr
  std::vector<std::string> pieces;    // kWildcard: what stands between the stars, perhaps empty

  [[nodiscard]] bool holds(const LeafValue& value) const;
};

struct Condition {
  std::vector<Test> tests;    // more than one only under anything-but
  bool anything_but = false;  // holds when no test does
  std::size_t offset = 0;     // in the pattern's text
  std::string text;           // as messages quote it: `"INSERT"`, `{"prefix":"user#"}`

  [[nodiscard]] bool holds(const LeafValue& value) const;
  [[nodiscard]] bool accepts_absent() const { return tests.front().op == Operator::kAbsent; }
};

// "expected ...": `"eu-west-1"`, `a string that begins with "user#"`, `no value`.
[[nodiscard]] std::string describe(const Test& test);
[[nodiscard]] std::string describe(const Condition& condition);
// The same for alternatives: `"a" or "b"`.
[[nodiscard]] std::string describe(const std::vector<Condition>& conditions);

}  // namespace gtsim::pattern
