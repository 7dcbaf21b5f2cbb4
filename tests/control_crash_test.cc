// Replicas come and go in the simulator while their regions crash and links are cut at random: in
// the end the group is what both sides say, and every always-on check holds.
#include <fmt/format.h>

#include <cstdlib>

#include "region-node/base/random.h"
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

int rounds() {
  if (const char* const told = std::getenv("GTSIM_CONTROL_PLANE_SEEDS")) return std::atoi(told);
#ifdef __SANITIZE_ADDRESS__
  return 100;
#else
  return 1000;
#endif
}

std::string solo_order(Random& random) {
  const auto takes_ms = random.below(1500);
  switch (random.below(4)) {
    case 0:
      return fmt::format("create_table: {{table: solo, region: c, stream: {}, takes: {}ms}}",
                         random.chance(0.5) ? "NEW_IMAGE" : "off", takes_ms);
    case 1:
      return fmt::format("delete_table: {{table: solo, region: c, takes: {}ms}}", takes_ms);
    case 2:
      return fmt::format("stream: {{table: solo, region: c, enable: KEYS_ONLY, takes: {}ms}}",
                         takes_ms);
    default:
      return fmt::format("stream: {{table: solo, region: c, disable: true, takes: {}ms}}",
                         takes_ms);
  }
}

// A group of two or three of four regions, some with disks that take time. Orders come about every
// ten seconds, and around each of them regions crash and links are cut for a short while.
std::string random_scenario(Random& random) {
  const char* const names[]{"a", "b", "c", "d"};
  std::string text = "regions:\n";
  for (const char* name : names) {
    text += fmt::format("  {}: {{fsync: {}ms}}\n", name, random.chance(0.5) ? 0 : random.below(40));
  }
  text +=
      "network: {default: {latency: 20ms, jitter: \"uniform(0ms, 30ms)\", loss: 2%, duplicate: 2%, "
      "reorder: 5%}}\nreplication: {retry: 300ms}\nsettle: 20m\n";
  text += fmt::format("control_plane: {{source_lock: {}}}\n", random.chance(0.7) ? "0s" : "24h");
  text += fmt::format(
      "tables:\n  t: {{key: {{PK: S}}, regions: [{}]}}\n"
      "  solo: {{key: {{PK: S}}, regions: none}}\n",
      random.chance(0.5) ? "a, b" : "a, b, c");
  text +=
      "workload:\n  - {table: solo, regions: [c], rate: 3/s, keys: uniform(10), for: 70s}\n"
      "  - {table: t, regions: [a, b], rate: 10/s, keys: uniform(60), mix: {put: 70, delete: 30}, "
      "for: 70s}\nsteps:\n";
  for (int second = 5; second < 70; second += 8) {
    const auto any = [&] { return names[random.below(4)]; };
    const char* const asked = any();
    const char* subject = any();
    while (subject == asked) subject = any();
    // The reader calls some of these hopeless; here that is what is wanted.
    if (random.chance(0.6)) {
      text += fmt::format(
          "  - {{at: {}s, add_replica: {{table: t, region: {}, source: {}, takes: 1s, backfill: "
          "{}/s}}}}\n",
          second, subject, asked, 20 + random.below(200));
    } else {
      text += fmt::format(
          "  - {{at: {}s, in: {}, remove_replica: {{table: t, region: {}, takes: 1s}}}}\n", second,
          asked, subject);
    }
    if (random.chance(0.2)) {
      text += fmt::format("  - {{at: {}s, protection: {{table: t, region: {}, on: {}}}}}\n",
                          second + 4, any(), random.chance(0.3));
    }
    // A table of one region comes and goes, and its stream.
    for (int at_ms = second * 1000; at_ms < second * 1000 + 8000; at_ms += 2000) {
      text += fmt::format("  - {{at: {}ms, {}}}\n", at_ms, solo_order(random));
    }
    const auto at = [&] { return second * 1000 - 200 + static_cast<int>(random.below(4000)); };
    if (random.chance(0.6)) {
      text += fmt::format("  - {{at: {}ms, crash: {}, restart_after: {}ms}}\n", at(), any(),
                          50 + random.below(2500));
    }
    if (random.chance(0.4)) {
      const char* const from = any();
      const char* to = any();
      while (to == from) to = any();
      text += fmt::format("  - {{at: {}ms, cut: {{from: {}, to: {}}}, for: {}ms}}\n", at(), from,
                          to, 50 + random.below(9000));
    }
  }
  return text + "expect:\n  - digest: {table: t}\n";
}

// Without the steps that the reader refuses: those that cannot be meant.
std::optional<Scenario> readable(std::string text) {
  for (int tries = 0; tries < 120; ++tries) {
    auto read = read_scenario_text(text, "test.yaml");
    const auto* errors = std::get_if<std::vector<Diagnostic>>(&read);
    if (errors == nullptr) return std::move(std::get<Scenario>(read));
    std::size_t line_start = 0;
    for (int line = 1; line < errors->front().position.line; ++line) {
      line_start = text.find('\n', line_start) + 1;
    }
    text.erase(line_start, text.find('\n', line_start) + 1 - line_start);
  }
  return std::nullopt;
}

TEST(ControlCrash, WhateverCrashesTheGroupIsWhatBothSidesSay) {
  int orders = 0;
  int crashes = 0;
  int refused = 0;
  for (int round = 1; round <= rounds(); ++round) {
    Random random{static_cast<std::uint64_t>(round)};
    const std::string text = random_scenario(random);
    const auto scenario = readable(text);
    ASSERT_TRUE(scenario) << text;
    for (const Step& step : scenario->steps) {
      orders += std::holds_alternative<ControlStep>(step.action) ? 1 : 0;
      crashes += std::holds_alternative<CrashStep>(step.action) ? 1 : 0;
    }
    SimOptions options;
    options.seed = static_cast<std::uint64_t>(round);
    options.storage = round % 4 == 0 ? SimStorage::kLevelDb : SimStorage::kMemory;
    const Verdict verdict = play(*scenario, options).verdict;
    ASSERT_EQ(verdict.kind, VerdictKind::kHolds)
        << "round " << round << ": " << text_of(verdict) << '\n'
        << text;
    refused += static_cast<int>(verdict.refused_orders.size());
  }
  EXPECT_GT(orders - refused, rounds());
  EXPECT_GT(crashes, rounds());
}

}  // namespace
}  // namespace gtsim
