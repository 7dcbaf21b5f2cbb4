// An event pattern: what a Lambda event source mapping or an EventBridge rule accepts as a filter.
// Parsed and compiled once; PatternMatcher (pattern_matcher.h) matches records and events with it.
//
//   pattern    := { "field": pattern | leaf, ..., "$or": [pattern, pattern, ...] }
//   leaf       := [condition, ...]                any of them; every leaf must hold
//   condition  := string | number | true | false | null
//               | {"prefix" | "suffix": string or {"equals-ignore-case": string}}
//               | {"equals-ignore-case" | "wildcard" | "cidr": string} | {"exists": true | false}
//               | {"numeric": [op, number] or [op, number, op, number]}     op: = < <= > >=
//               | {"anything-but": string, number, a list of those, or
//                                  {"prefix" | "suffix" | "equals-ignore-case" | "wildcard":
//                                   string or a list of strings}}
//
// Sources: AWS Lambda developer guide, "Control which events Lambda sends to your function"; Amazon
// EventBridge user guide, "Comparison operators for use in event patterns"; README of
// aws/event-ruler.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/pattern/leaf_condition.h"
#include "coordinator/pattern/record_field.h"

namespace gtsim {

// The service tells no more than this about a pattern that it refuses
// (InvalidParameterValueException).
inline constexpr std::string_view kPatternRefusal = "Invalid filter pattern definition.";
inline constexpr std::size_t kMaxPatternCharacters = 4096;
inline constexpr std::size_t kMaxPatternCombinations = 1000;

// Something that is wrong, or odd, at one place of a pattern.
struct PatternNote {
  std::size_t offset = 0;   // in bytes
  std::size_t line = 1;     // from 1
  std::size_t column = 1;   // in characters, from 1
  std::string path;         // of the field: "dynamodb.NewImage.status"; empty at the top
  std::string message;      // what was expected and what was found
  std::string engine_text;  // of an error: what the reference engine says, where it is known

  // "1:17: dynamodb.NewImage.status: expected ..., found ..."
  [[nodiscard]] std::string to_string() const;
};

class EventPattern;
using PatternResult = boost::system::result<EventPattern, PatternNote>;
[[noreturn]] void throw_exception_from_error(const PatternNote& note,
                                             const boost::source_location&);

namespace pattern {

class Parser;
class Compiler;

// One field name on the way to a leaf.
struct PathStep {
  std::string name;
  std::size_t offset = 0;  // of the name's quote in the pattern
};

// A field and its alternatives.
struct PatternLeaf {
  std::string path;             // the names, joined by dots
  std::vector<PathStep> steps;  // the same as written
  std::vector<Condition> conditions;
  bool accepts_absent = false;
  std::uint32_t path_index = 0;  // in EventPattern::paths()
  RecordField field;             // where a record of ours has it

  [[nodiscard]] bool holds(const LeafValue& value) const {
    for (const Condition& condition : conditions) {
      if (condition.holds(value)) return true;
    }
    return false;
  }
};

enum class NodeKind : std::uint8_t { kAll, kAny, kLeaf };

// The formula over the leaves: a tree in one array.
struct FormulaNode {
  NodeKind kind = NodeKind::kAll;
  std::uint32_t leaf = 0;               // kLeaf: index of the leaf
  std::vector<std::uint32_t> children;  // kAll, kAny: in the order of the text
  std::vector<std::uint32_t> by_cost;   // the same, the cheapest for a record of ours first
};

}  // namespace pattern

class EventPattern {
 public:
  // The error names the place; whoever needs the service's own text has kPatternRefusal.
  [[nodiscard]] static PatternResult parse(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }
  // Oddities that the service takes without a word.
  [[nodiscard]] const std::vector<PatternNote>& warnings() const { return warnings_; }
  // In the order of the text.
  [[nodiscard]] const std::vector<pattern::PatternLeaf>& leaves() const { return leaves_; }
  // The different paths of the leaves, in byte order.
  [[nodiscard]] const std::vector<std::string>& paths() const { return paths_; }
  // The leaves of each path, by path index.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& leaves_of_path() const {
    return leaves_of_path_;
  }
  [[nodiscard]] const std::vector<pattern::FormulaNode>& nodes() const { return nodes_; }
  [[nodiscard]] std::uint32_t root() const { return root_; }
  // Every way to choose one branch of each $or: sets of leaves that must hold together, ascending.
  [[nodiscard]] const std::vector<std::vector<std::uint32_t>>& combinations() const {
    return combinations_;
  }
  // Two leaves of a record can lie within one list, so that they must hold for the same element.
  [[nodiscard]] bool joins_list_elements() const { return joins_list_elements_; }

  // A note at a place of this pattern.
  [[nodiscard]] PatternNote note(std::size_t offset, std::string path, std::string message) const;

 private:
  friend class pattern::Parser;
  friend class pattern::Compiler;

  std::string text_;
  std::vector<PatternNote> warnings_;
  std::vector<pattern::PatternLeaf> leaves_;
  std::vector<std::string> paths_;
  std::vector<std::vector<std::uint32_t>> leaves_of_path_;
  std::vector<pattern::FormulaNode> nodes_;
  std::vector<std::vector<std::uint32_t>> combinations_;
  std::uint32_t root_ = 0;
  bool joins_list_elements_ = false;
};

// The filters of one consumer: an event passes when any pattern matches, and always when there is
// none. The service allows five, and up to ten by request.
class PatternSet {
 public:
  static constexpr std::size_t kMaxPatterns = 10;

  PatternSet() = default;
  // REQUIRES: size() < kMaxPatterns.
  void add(EventPattern pattern);

  [[nodiscard]] bool empty() const { return patterns_.empty(); }
  [[nodiscard]] std::size_t size() const { return patterns_.size(); }
  [[nodiscard]] const std::vector<EventPattern>& patterns() const { return patterns_; }

 private:
  std::vector<EventPattern> patterns_;
};

}  // namespace gtsim
