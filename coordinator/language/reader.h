// From a scenario file to a Scenario, or to a list of located messages. Nothing runs unless the
// whole file is right.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

// Printed as "file:line:column: message".
struct Diagnostic {
  std::string file;
  SourcePosition position;
  std::string message;  // what was found, what was expected
  [[nodiscard]] std::string to_string() const;
};

using ScenarioOrErrors = std::variant<Scenario, std::vector<Diagnostic>>;

inline constexpr std::size_t kMaxScenarioBytes = 4u << 20;

// Reads and checks the file. Files that the scenario names (traces, golden files) are resolved
// against its folder; that traces exist and can be opened is checked here, their content by the
// replay reader.
[[nodiscard]] ScenarioOrErrors read_scenario_file(const std::string& path);
[[nodiscard]] ScenarioOrErrors read_scenario_text(std::string_view text, const std::string& path);

// Both from the one definition of the language (scenario/language.cc).
[[nodiscard]] std::string scenario_json_schema();
[[nodiscard]] std::string scenario_reference_markdown();

}  // namespace gtsim
