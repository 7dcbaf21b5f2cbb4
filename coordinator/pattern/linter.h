// How lint.h works: one walk along the path of each leaf, then a look at leaves that stand
// together.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/pattern/lint.h"

namespace gtsim::pattern {

// What scalars a place of a record can hold.
enum class Holds : std::uint8_t { kText, kNumber, kBoolean, kTrueOnly };

class Linter {
 public:
  Linter(const EventPattern& pattern, RecordProfile profile)
      : pattern_(pattern), profile_(profile) {}
  [[nodiscard]] std::vector<LintFinding> run();

 private:
  using Steps = std::span<const PathStep>;

  // linter.cc: paths
  void look_at(const PatternLeaf& leaf);
  void look_at_change(const PatternLeaf& leaf, Steps steps);
  void look_at_attribute(const PatternLeaf& leaf, Steps steps);
  void look_at_type(const PatternLeaf& leaf, Steps steps);
  void look_at_identity(const PatternLeaf& leaf, Steps steps);
  void look_at_origin(const PatternLeaf& leaf, Steps steps);
  void object_tested(const PatternLeaf& leaf, std::string_view what, std::string mend);
  void unknown_member(const PatternLeaf& leaf, const PathStep& step, std::string_view what,
                      std::span<const std::string_view> known);
  void scalar_with_members(const PatternLeaf& leaf, const PathStep& step, std::string_view what);

  // lint_values.cc: alternatives
  void look_at_values(const PatternLeaf& leaf, Holds holds, std::string_view type);
  void look_at_number_text(const PatternLeaf& leaf, const Condition& condition);
  void look_at_known_texts(const PatternLeaf& leaf, std::span<const std::string_view> known);
  void dead_alternative(const PatternLeaf& leaf, const Condition& condition, std::string rule,
                        std::string message, std::string mend);

  // lint_combinations.cc: leaves that must hold together
  void look_at_combinations();
  void look_at_events(const std::vector<std::uint32_t>& leaves);
  void look_at_types(const std::vector<std::uint32_t>& leaves);

  void add(LintSeverity severity, std::string rule, std::size_t offset, const std::string& path,
           std::string message, std::string mend);
  // A place that has never a value: error, with what follows for this leaf.
  void never_there(const PatternLeaf& leaf, std::string rule, std::size_t offset,
                   const std::string& why, std::string mend);

  const EventPattern& pattern_;
  RecordProfile profile_;
  std::vector<LintFinding> findings_;
};

// The steps with "dynamodb.NewImage" split at the dots that structure the record.
[[nodiscard]] std::vector<PathStep> record_steps(const PatternLeaf& leaf);

}  // namespace gtsim::pattern
