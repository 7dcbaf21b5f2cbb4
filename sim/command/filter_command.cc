#include "sim/command/filter_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

namespace gtsim {
namespace {

constexpr const char* kPatternHelp = "The pattern: a file, - for standard input, or the JSON text";
constexpr const char* kEventsHelp =
    "An event is a file, - or JSON text; it holds one event, an event of Lambda with Records, an\n"
    "answer of GetRecords, or JSON Lines of them.\n"
    "Exit codes: 0 all events match (coverage: every test mattered), 1 some do not, 2 unusable "
    "pattern or event.";

// CLI11 takes an argument such as [{...}, {...}] for a list of arguments wherever a list may stand,
// so events are what is left over. False when an option that nobody knows is among them.
bool collect_events(const CLI::App& app, std::vector<std::string>& events) {
  for (const std::string& argument : app.remaining()) {
    if (argument.starts_with("--")) {
      fmt::print(stderr, "gtsim: filter {}: no option `{}`\n", app.get_name(), argument);
      return false;
    }
    events.push_back(argument);
  }
  return true;
}

}  // namespace

void add_filter_command(CLI::App& app, FilterCommand& command) {
  command.app = app.add_subcommand(
      "filter", "Try, explain and check event patterns (filters of Lambda and EventBridge)");
  command.app->require_subcommand(1);
  command.app->footer("docs/filters.md describes the pattern language.");

  command.test = command.app->add_subcommand(
      "test", "Say which events a pattern matches: filter test PATTERN EVENT...");
  command.test->footer(kEventsHelp);
  command.test->add_option("pattern", command.pattern, kPatternHelp);
  command.test->allow_extras();
  command.test->add_option(
      "--cases", command.cases,
      R"(JSON Lines of {"name", "pattern", "event", "match": true, false or "invalid"} instead)");
  command.test->add_option("--junit", command.junit, "Write the cases as JUnit XML");
  command.test->add_flag("--json", command.json, "Print JSON Lines");

  command.explain = command.app->add_subcommand(
      "explain",
      "Say of each test what it found, and which decided: filter explain PATTERN EVENT...");
  command.explain->footer(kEventsHelp);
  command.explain->add_option("pattern", command.pattern, kPatternHelp)->required();
  command.explain->allow_extras();
  command.explain->add_flag("--json", command.json, "Print JSON Lines");

  command.lint = command.app->add_subcommand(
      "lint", "Find what can never match a DynamoDB record, or always does");
  command.lint->footer("Exit codes: 0 clean, 1 findings, 2 unusable pattern.");
  command.lint->add_option("pattern", command.pattern, kPatternHelp)->required();
  command.lint
      ->add_option("--table-profile", command.profile,
                   "What the table's records show of replication")
      ->check(CLI::IsMember({"2019", "2017", "marked"}))
      ->capture_default_str();
  command.lint->add_flag("--json", command.json, "Print JSON Lines");

  command.coverage =
      command.app->add_subcommand("coverage",
                                  "Say which tests of a pattern mattered for recorded events: "
                                  "filter coverage PATTERN EVENT...");
  command.coverage->footer(kEventsHelp);
  command.coverage->add_option("pattern", command.pattern, kPatternHelp)->required();
  command.coverage->allow_extras();
  command.coverage->add_flag("--json", command.json, "Print one JSON object");
}

int execute(FilterCommand& command) {
  if (*command.lint) return lint_filter(command);
  const CLI::App& part = *command.explain    ? *command.explain
                         : *command.coverage ? *command.coverage
                                             : *command.test;
  if (!collect_events(part, command.events)) return 2;
  if (&part != command.test) {
    if (command.events.empty()) {
      fmt::print(stderr, "gtsim: filter {}: expected events after the pattern\n", part.get_name());
      return 2;
    }
    return &part == command.explain ? explain_filter(command) : cover_filter(command);
  }
  const bool has_cases = !command.cases.empty();
  const bool has_pattern = !command.pattern.empty() && !command.events.empty();
  if (has_cases == has_pattern || (has_cases && !command.pattern.empty())) {
    fmt::print(stderr,
               "gtsim: filter test: expected a pattern and events, or --cases and a file\n");
    return 2;
  }
  if (!has_cases && !command.junit.empty()) {
    fmt::print(stderr, "gtsim: filter test: --junit goes with --cases\n");
    return 2;
  }
  return has_cases ? test_filter_cases(command) : test_filter(command);
}

}  // namespace gtsim
