// `gtsim filter`: tries, explains and checks event patterns without a run.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gtsim {

struct FilterCommand {
  CLI::App* app = nullptr;
  CLI::App* test = nullptr;
  CLI::App* explain = nullptr;
  CLI::App* lint = nullptr;
  CLI::App* coverage = nullptr;

  std::string pattern;              // a file, `-`, or the JSON text itself
  std::vector<std::string> events;  // the same
  std::string cases;                // JSON Lines of cases
  std::string junit;
  std::string profile = "2019";
  bool json = false;
};

// Adds the subcommand; `command` is filled when the arguments are parsed.
void add_filter_command(CLI::App& app, FilterCommand& command);
// REQUIRES: *command.app was chosen. Returns the exit code.
[[nodiscard]] int execute(FilterCommand& command);

// The four parts; what they return is the exit code.
[[nodiscard]] int test_filter(const FilterCommand& command);
[[nodiscard]] int test_filter_cases(const FilterCommand& command);
[[nodiscard]] int explain_filter(const FilterCommand& command);
[[nodiscard]] int lint_filter(const FilterCommand& command);
[[nodiscard]] int cover_filter(const FilterCommand& command);

}  // namespace gtsim
