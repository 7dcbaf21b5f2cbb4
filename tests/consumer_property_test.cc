// Consumers under random trouble: whatever fails, every record is processed at least once and in
// the order of its key. The ledger that says so works from the stream and from what the function
// was given; it does not ask the poller.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "coordinator/language/reader.h"
#include "region-node/base/random.h"
#include "sim/play/sim_play.h"

namespace gtsim {
namespace {

std::string consumer_text(Random& random, int number) {
  const char* const kPatterns[] = {"", "filter: {eventName: [INSERT]}, ",
                                   "filter: {dynamodb: {NewImage: {home: {S: [eu-west-1]}}}}, ",
                                   "filter: [{eventName: [REMOVE]}, {dynamodb: {OldImage: {PK: {S: "
                                   "[{prefix: key-0000000}]}}}}], "};
  std::string text =
      fmt::format("  c{}: {{region: {}, wants: all, {}", number,
                  random.chance(0.5) ? "eu-west-1" : "us-east-1", kPatterns[random.below(4)]);
  text += fmt::format("batch_size: {}, ", 1 + random.below(random.chance(0.5) ? 5 : 200));
  if (random.chance(0.3)) text += fmt::format("batching_window: {}s, ", 1 + random.below(5));
  text += fmt::format("parallelization_factor: {}, ", 1 + random.below(10));
  if (random.chance(0.5)) text += "bisect_on_error: true, ";
  if (random.chance(0.5)) text += "report_batch_item_failures: true, ";
  if (random.chance(0.3)) {
    text += fmt::format("maximum_retry_attempts: {}, ", random.below(4));
  }
  if (random.chance(0.2)) text += "starting_position: LATEST, start_gap: 2s, ";
  text += fmt::format("takes: {}ms, retry_delay: 200ms, ", random.below(400));
  std::string faults = fmt::format("fail: {}%", random.below(40));
  if (random.chance(0.3)) faults += ", poison: {PK: key-00000003}";
  if (random.chance(0.3)) faults += ", slow_every: 5, slow: 3s";
  return text + fmt::format("faults: {{{}}}}}\n", faults);
}

std::string scenario_text(std::uint64_t seed) {
  Random random{seed};
  const int consumers = 1 + static_cast<int>(random.below(2));
  std::string text = fmt::format(
      "regions: [us-east-1, eu-west-1]\nnetwork: 40ms\nhistory: off\ndrain: 60s\n"
      "tables: {{t: {{key: {{PK: S}}, shards: {}, rollover: {}s, record_profile: {}}}}}\n"
      "workload:\n  - {{rate: {}/s, keys: uniform({}), for: 12s, mix: {{put: 5, update: 3, delete: "
      "2}}, region_attribute: home}}\nconsumers:\n",
      1 + random.below(3), random.chance(0.5) ? 3 : 3600,
      random.chance(0.3) ? "\"2017\"" : "\"2019\"", 5 + random.below(40), 2 + random.below(30));
  for (int i = 0; i < consumers; ++i) text += consumer_text(random, i);
  text += "steps:\n";
  const std::uint64_t crashes = 1 + random.below(4);
  for (std::uint64_t i = 0; i < crashes; ++i) {
    text +=
        fmt::format("  - {{at: {}ms, crash_consumer: c{}, for: {}ms}}\n", random.below(12'000),
                    random.below(static_cast<std::uint64_t>(consumers)), 100 + random.below(4000));
  }
  for (const char* region : {"us-east-1", "eu-west-1"}) {
    if (random.chance(0.6)) {
      text +=
          fmt::format("  - {{at: {}ms, split: {{region: {}}}}}\n", random.below(12'000), region);
    }
  }
  if (random.chance(0.3)) text += "  - {at: 6s, crash: eu-west-1, restart_after: 2s}\n";
  return text;
}

struct Outcome {
  std::string failure;
  std::int64_t processed = 0;
  std::int64_t duplicates = 0;
  bool drained = false;
};

Outcome outcome_of(std::uint64_t seed) {
  const std::string text = scenario_text(seed);
  auto read = read_scenario_text(text, "property.yaml");
  Outcome outcome;
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    outcome.failure = errors->front().to_string() + "\n" + text;
    return outcome;
  }
  const Scenario& scenario = std::get<Scenario>(read);
  const RunResult result = play(scenario, seed);
  if (const auto& violation = result.verdict.violation) {
    outcome.failure = fmt::format("{}: {}\n{}", violation->check, violation->message, text);
  }
  outcome.drained = true;
  for (const ConsumerResult& consumer : result.consumers) {
    outcome.drained = outcome.drained && consumer.behind == 0;
    for (const ConsumerResult::Records& kind : consumer.records) {
      outcome.processed += kind.counts.processed;
      outcome.duplicates += kind.counts.duplicates;
    }
  }
  return outcome;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kSeeds = 150;
#else
constexpr std::uint64_t kSeeds = 1000;
#endif

TEST(ConsumerProperty, AtLeastOnceAndInKeyOrderWhateverFails) {
  std::int64_t processed = 0;
  std::int64_t duplicates = 0;
  std::uint64_t drained = 0;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = outcome_of(seed);
    ASSERT_EQ(outcome.failure, "") << "seed " << seed;
    processed += outcome.processed;
    duplicates += outcome.duplicates;
    drained += outcome.drained ? 1 : 0;
  }
  // The runs were worth it: much was processed, much of it twice, and nearly all to the end (a
  // poison record without a limit of retries blocks for ever).
  EXPECT_GT(processed, static_cast<std::int64_t>(kSeeds) * 100);
  EXPECT_GT(duplicates, static_cast<std::int64_t>(kSeeds) * 20);
  EXPECT_GT(drained, kSeeds / 2);
}

}  // namespace
}  // namespace gtsim
