// Scenarios given as text, run in virtual time on either storage.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/language/reader.h"
#include "sim/play/sim_play.h"

namespace gtsim {

inline Scenario scenario_of_text(const std::string& text) {
  auto read = read_scenario_text(text, "test.yaml");
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    ADD_FAILURE() << errors->front().to_string();
    return {};
  }
  return std::move(std::get<Scenario>(read));
}

// What does not hold.
inline std::string text_of(const Verdict& verdict) {
  std::string text = verdict.reason;
  if (verdict.violation) text += verdict.violation->check + ": " + verdict.violation->message;
  for (const ExpectationResult& result : verdict.expectations) {
    if (!result.holds) text += "\n" + result.text + ": " + result.found;
  }
  return text;
}

// Each test plays its scenarios with tables in memory and in LevelDB.
class OnBothStorages : public testing::TestWithParam<SimStorage> {
 protected:
  static void holds(const std::string& text) {
    SimOptions options;
    options.storage = GetParam();
    const Verdict verdict = play(scenario_of_text(text), options).verdict;
    EXPECT_EQ(verdict.kind, VerdictKind::kHolds) << text_of(verdict) << "\n" << text;
  }
};

#define GTSIM_ON_BOTH_STORAGES(fixture)                                                           \
  INSTANTIATE_TEST_SUITE_P(Regions, fixture,                                                      \
                           testing::Values(SimStorage::kMemory, SimStorage::kLevelDb),            \
                           [](const auto& test) {                                                 \
                             return test.param == SimStorage::kMemory ? "InMemory" : "OnLevelDb"; \
                           })

}  // namespace gtsim
