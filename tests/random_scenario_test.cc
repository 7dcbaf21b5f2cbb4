// Scenarios that nobody thought of: whatever comes together, the always-on checks hold, and the
// regions converge. GTSIM_RANDOM_SCENARIOS says how many, GTSIM_RANDOM_SEED which is the first.
#include "tests/random_scenario.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <variant>

#include "tests/scenario_run.h"

namespace gtsim {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

SimOptions options_of(std::uint64_t seed) {
  SimOptions options;
  options.seed = seed;
  options.storage = seed % 3 == 0 ? SimStorage::kLevelDb : SimStorage::kMemory;
  return options;
}

// Small batches on lossy links, or a table that takes two writes a second, need longer than the
// hour that a run waits: the very same scenario comes to an end when it is given a day.
bool is_only_slow(const RandomScenario& made, std::uint64_t seed) {
  Scenario patient = made.scenario;
  patient.limits.settle = Duration{24LL * 3600 * 1'000'000};
  return play(patient, options_of(seed)).verdict.kind == VerdictKind::kHolds;
}

// A link whose bandwidth does not carry what is sent again before it has come through never comes
// to an end. The very same scenario with links as wide as can be does.
bool is_congestion(const RandomScenario& made, std::uint64_t seed) {
  Scenario wide = made.scenario;
  const auto widen = [](LinkSettings& settings) { settings.bandwidth_bytes_per_second.reset(); };
  widen(wide.network.defaults);
  for (auto& link : wide.network.links) widen(link.settings);
  for (Step& step : wide.steps) {
    if (auto* change = std::get_if<LinkStep>(&step.action)) widen(change->settings);
  }
  return play(wide, options_of(seed)).verdict.kind == VerdictKind::kHolds;
}

TEST(RandomScenarios, HoldOrSayWhyNot) {
  const std::uint64_t first = from_environment("GTSIM_RANDOM_SEED", 1);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::uint64_t kUsual = 200;
#else
  constexpr std::uint64_t kUsual = 3'000;
#endif
  const std::uint64_t count = from_environment("GTSIM_RANDOM_SCENARIOS", kUsual);
  std::map<VerdictKind, std::uint64_t> kinds;
  std::uint64_t congested = 0;
  std::uint64_t slow = 0;
  constexpr int kMostToldOf = 5;
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + count && failures < kMostToldOf; ++seed) {
    const RandomScenario made = random_scenario(seed);
    if (made.scenario.regions.empty()) return;  // it has been told
    const Verdict verdict = play(made.scenario, options_of(seed)).verdict;
    ++kinds[verdict.kind];
    if (verdict.kind == VerdictKind::kHolds) continue;
    if (verdict.kind == VerdictKind::kUndecided && is_congestion(made, seed)) {
      ++congested;
      continue;
    }
    if (verdict.kind == VerdictKind::kUndecided && is_only_slow(made, seed)) {
      ++slow;
      continue;
    }
    ++failures;
    ADD_FAILURE() << "seed " << seed << (seed % 3 == 0 ? ", --storage leveldb" : "") << ": "
                  << text_of(verdict) << "\n"
                  << made.text;
  }
  std::string told;
  for (const auto& [kind, times] : kinds) told += fmt::format("{}: {}; ", to_text(kind), times);
  told += fmt::format("of the undecided, for want of bandwidth: {}, of time: {}", congested, slow);
  RecordProperty("verdicts", told);
  if (std::getenv("GTSIM_RANDOM_SCENARIOS") != nullptr) fmt::print("{}\n", told);
}

}  // namespace
}  // namespace gtsim
