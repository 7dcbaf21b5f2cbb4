// Prepares a parsed pattern for matching.
#pragma once

#include "coordinator/pattern/event_pattern.h"

namespace gtsim::pattern {

class Compiler {
 public:
  explicit Compiler(EventPattern& pattern) : pattern_(pattern) {}
  // False when $or makes more combinations than are allowed; combination_count() says how many.
  [[nodiscard]] bool compile();
  [[nodiscard]] std::size_t combination_count() const { return combination_count_; }

 private:
  using Sets = std::vector<std::vector<std::uint32_t>>;

  [[nodiscard]] std::size_t count_combinations(std::uint32_t node) const;
  [[nodiscard]] Sets combine(std::uint32_t node) const;
  void collect_paths();
  void locate_fields();
  void order_by_cost(std::uint32_t node);
  [[nodiscard]] int cost(std::uint32_t node) const;
  void warn_of_fields_tested_twice();

  EventPattern& pattern_;
  std::size_t combination_count_ = 0;
};

// Where records of ours have the leaf's field, and what the leaf says of fields with few values.
[[nodiscard]] RecordField locate_in_record(const PatternLeaf& leaf);

}  // namespace gtsim::pattern
