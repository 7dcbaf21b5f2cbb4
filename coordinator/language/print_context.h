// What printing a scenario carries along: the names that its fields refer to, and where the text
// will stand.
#pragma once

#include <optional>
#include <string>

#include "coordinator/language/scenario_names.h"

namespace gtsim::language {

class PrintContext : public ScenarioNames {
 public:
  // The text will stand where `scenario` was read from.
  explicit PrintContext(const Scenario& scenario);

  // A file as the text names it, relative to its folder.
  [[nodiscard]] std::string relative(const std::string& path) const;
  // Nothing when there is no other, so that nobody has to name it.
  [[nodiscard]] std::optional<TableId> unless_only(TableId table) const;

 private:
  std::string folder_;
};

}  // namespace gtsim::language
