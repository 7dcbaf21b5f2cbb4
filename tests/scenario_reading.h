// Reading small scenarios in tests: a wrong one fails the test with the reader's own messages.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "coordinator/language/reader.h"

namespace gtsim {

inline Scenario read(const std::string& text, const std::string& path = "folder/some-name.yaml") {
  ScenarioOrErrors result = read_scenario_text(text, path);
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&result)) {
    for (const Diagnostic& error : *errors) ADD_FAILURE() << error.to_string();
    return {};
  }
  return std::get<Scenario>(std::move(result));
}

inline Scenario read_steps(const std::string& steps) {
  return read("regions: [a, b, c]\nsteps:\n" + steps);
}

template <class Action>
Action only_action(const std::string& step) {
  const Scenario scenario = read_steps("  - " + step + '\n');
  if (scenario.steps.size() != 1) return {};
  const auto* action = std::get_if<Action>(&scenario.steps[0].action);
  if (action == nullptr) {
    ADD_FAILURE() << "another action: " << step;
    return {};
  }
  return *action;
}

template <class Kind>
Kind only_expectation(const std::string& head, const std::string& expectation) {
  const Scenario scenario = read(head + "expect:\n  - " + expectation + '\n');
  if (scenario.expect.size() != 1) return {};
  return std::get<Kind>(scenario.expect[0].kind);
}

inline constexpr RegionId kA{0};
inline constexpr RegionId kB{1};
inline constexpr RegionId kC{2};
using Links = std::vector<std::pair<RegionId, RegionId>>;
using Regions = std::vector<RegionId>;

constexpr Duration seconds(std::int64_t count) {
  return Duration{count * 1'000'000};
}

}  // namespace gtsim
