#include "sim/command/filter_command.h"

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>

namespace gtsim {
namespace {

constexpr const char* kPatternHelp = "The pattern: a file, - for standard input, or the JSON text";
constexpr const char* kEventsHelp =
    "Events: files, - or JSON text; one event, an event of Lambda with Records, an answer of "
    "GetRecords, or JSON Lines of them";

}  // namespace

void add_filter_command(CLI::App& app, FilterCommand& command) {
  command.app = app.add_subcommand(
      "filter", "Try, explain and check event patterns (filters of Lambda and EventBridge)");
  command.app->require_subcommand(1);
  command.app->footer("docs/filters.md describes the pattern language.");

  command.test = command.app->add_subcommand("test", "Say which events a pattern matches");
  command.test->footer("Exit codes: 0 all match, 1 some do not, 2 unusable pattern or event.");
  command.test->add_option("pattern", command.pattern, kPatternHelp);
  command.test->add_option("events", command.events, kEventsHelp);
  command.test->add_option(
      "--cases", command.cases,
      R"(JSON Lines of {"name", "pattern", "event", "match": true, false or "invalid"} instead)");
  command.test->add_option("--junit", command.junit, "Write the cases as JUnit XML");
  command.test->add_flag("--json", command.json, "Print JSON Lines");

  command.explain =
      command.app->add_subcommand("explain", "Say of each test what it found, and which decided");
  command.explain->footer("Exit codes: 0 all match, 1 some do not, 2 unusable pattern or event.");
  command.explain->add_option("pattern", command.pattern, kPatternHelp)->required();
  command.explain->add_option("events", command.events, kEventsHelp)->required();
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

  command.coverage = command.app->add_subcommand(
      "coverage", "Say which tests of a pattern mattered for recorded events");
  command.coverage->footer(
      "Exit codes: 0 all mattered, 1 some did not, 2 unusable pattern or event.");
  command.coverage->add_option("pattern", command.pattern, kPatternHelp)->required();
  command.coverage->add_option("events", command.events, kEventsHelp)->required();
  command.coverage->add_flag("--json", command.json, "Print one JSON object");
}

int execute(const FilterCommand& command) {
  if (*command.explain) return explain_filter(command);
  if (*command.lint) return lint_filter(command);
  if (*command.coverage) return cover_filter(command);
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
