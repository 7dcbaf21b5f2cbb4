// Whole runs in one process, checks included: writes replicated to every region per second of wall
// time.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "coordinator/language/reader.h"
#include "sim/command/single_run.h"

namespace gtsim {
namespace {

// Three that act on the writes of their own region, as filters in the field do it, one on inserts,
// one on everything.
constexpr const char* kFiveConsumers =
    "consumers:\n"
    "  r00: {region: r00, filter: {dynamodb: {NewImage: {home: {S: [r00]}}}}}\n"
    "  r01: {region: r01, filter: {dynamodb: {NewImage: {home: {S: [r01]}}}}}\n"
    "  r02: {region: r02, filter: {dynamodb: {NewImage: {home: {S: [r02]}}}}}\n"
    "  inserts: {region: r01, filter: {eventName: [INSERT]}, wants: {events: [INSERT]}}\n"
    "  everything: {region: r00, wants: all, batch_size: 1000}\n";

Scenario make_scenario(std::int64_t regions, std::int64_t writes_per_region, double rate,
                       std::string_view extra, std::string_view more = {}) {
  std::string names;
  for (std::int64_t i = 0; i < regions; ++i)
    names += fmt::format("{}r{:02}", i == 0 ? "" : ", ", i);
  const std::string text = fmt::format(
      "name: bench\nnetwork: 80ms\nregions: [{}]\nhistory: off\nworkload:\n  - {{rate: {}/s, keys: "
      "zipf(100000), size: 200, count: {}{}}}\n{}",
      names, rate, writes_per_region, extra, more);
  auto read = read_scenario_text(text, "bench.yaml");
  return std::get<Scenario>(std::move(read));
}

void run(benchmark::State& state, const Scenario& scenario, std::int64_t writes) {
  for (auto _ : state) {
    SingleRunOptions options;
    options.out.clear();
    const SingleRunResult result = run_scenario(scenario, {}, options);
    if (result.exit_code != 0) state.SkipWithError(result.headline.c_str());
  }
  state.SetItemsProcessed(state.iterations() * writes);
}

// Three regions, full mesh, 200-byte items, NEW_AND_OLD_IMAGES, zipf over 100,000 keys.
void BM_ReplicatedWrites(benchmark::State& state) {
  const std::int64_t writes = state.range(0);
  run(state, make_scenario(3, writes / 3, 5000, ""), writes);
}
BENCHMARK(BM_ReplicatedWrites)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// The same with five consumers beside it, one or two on each stream, and without them: what
// filtering, batching and judging cost.
void BM_WithConsumers(benchmark::State& state) {
  const std::int64_t writes = 600'000;
  Scenario scenario = make_scenario(3, writes / 3, 500, ", region_attribute: home", kFiveConsumers);
  if (state.range(0) == 0) scenario.consumers.clear();
  run(state, scenario, writes);
}
BENCHMARK(BM_WithConsumers)->Arg(0)->Arg(5)->Unit(benchmark::kMillisecond)->UseRealTime();

// The same with other operations than puts.
void BM_MixedWrites(benchmark::State& state) {
  const std::int64_t writes = state.range(0);
  run(state,
      make_scenario(3, writes / 3, 5000,
                    ", mix: {put: 60, update: 20, delete: 10, increment: 5, transact: 5}"),
      writes);
}
BENCHMARK(BM_MixedWrites)->Arg(300'000)->Unit(benchmark::kMillisecond)->UseRealTime();

// Applies and records per second as regions grow: a write costs one of each in every region.
void BM_Regions(benchmark::State& state) {
  const std::int64_t regions = state.range(0);
  const std::int64_t writes = 240'000;
  run(state, make_scenario(regions, writes / regions, 5000, ""), writes * regions);
}
BENCHMARK(BM_Regions)
    ->Arg(2)
    ->Arg(4)
    ->Arg(8)
    ->Arg(16)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// One day of 30 writes a second over three regions; the counter says how many times real time.
void BM_OneDay(benchmark::State& state) {
  const Scenario scenario = make_scenario(3, 864'000, 10, "");
  run(state, scenario, 2'592'000);
  state.counters["times_real_time"] = benchmark::Counter(
      86'400.0 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_OneDay)->Iterations(1)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace gtsim
