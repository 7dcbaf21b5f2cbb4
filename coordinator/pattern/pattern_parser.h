// From the text of a pattern to its leaves and formula; pattern_compiler.h prepares them for
// matching.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "coordinator/pattern/event_pattern.h"
#include "coordinator/pattern/json_tree.h"

namespace gtsim::pattern {

class Parser {
 public:
  explicit Parser(EventPattern& out) : out_(out) {}
  // Returns false with error() set.
  [[nodiscard]] bool parse(std::string_view text);
  [[nodiscard]] const PatternNote& error() const { return error_; }

 private:
  using Children = std::vector<std::uint32_t>;

  // pattern_parser.cc: objects, fields and $or
  [[nodiscard]] bool fields(const JsonNode& object, Children& children);
  [[nodiscard]] bool field(const JsonMember& member, Children& children);
  [[nodiscard]] bool alternatives(const JsonNode& array, Children& children);
  [[nodiscard]] bool leaf(const JsonMember& member, Children& children);
  void warn_of_repeated_names(const JsonNode& object);
  void replace_same_path(Children& children);
  std::uint32_t add_node(FormulaNode node);

  // condition_parser.cc: the alternatives of a leaf
  [[nodiscard]] bool condition(const JsonNode& node, Condition& out);
  [[nodiscard]] bool operation(const JsonMember& member, Condition& out);
  [[nodiscard]] std::string unknown_operator(const JsonMember& member) const;
  [[nodiscard]] bool affix(const JsonMember& member, Operator plain, Operator folded, Test& out);
  [[nodiscard]] bool text_operand(const JsonNode& node, std::string_view name, Operator op,
                                  Test& out);
  [[nodiscard]] bool anything_but(const JsonNode& node, Condition& out);
  [[nodiscard]] bool anything_but_operation(const JsonNode& node, Condition& out);
  [[nodiscard]] bool numeric(const JsonNode& node, Test& out);
  [[nodiscard]] bool numeric_bound(const JsonNode& list, std::size_t index, NumericRange& range);
  [[nodiscard]] bool wildcard(const JsonNode& node, Test& out);
  [[nodiscard]] bool exists(const JsonNode& node, Test& out);
  [[nodiscard]] bool cidr(const JsonNode& node, Test& out);

  [[nodiscard]] bool fail(std::size_t offset, std::string message, std::string engine_text = {});
  void warn(std::size_t offset, std::string message);
  [[nodiscard]] std::string current_path() const;

  EventPattern& out_;
  std::vector<PathStep> steps_;
  PatternNote error_;
};

// Words that may not be fields of a branch of $or.
[[nodiscard]] bool is_operator_word(std::string_view word);

// "dynamodb.NewImage": the steps joined by dots.
[[nodiscard]] std::string join_steps(const std::vector<PathStep>& steps);

}  // namespace gtsim::pattern
