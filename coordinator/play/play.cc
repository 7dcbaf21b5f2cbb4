#include "coordinator/play/play.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "coordinator/play/story.h"

namespace gtsim {
namespace {

std::vector<ReplayWrite> copy_of(std::span<const ReplayWrite> replay) {
  return {replay.begin(), replay.end()};
}

// The run once more, listening to one key.
std::vector<std::string> tell_story(const Scenario& scenario, std::uint64_t seed,
                                    const MakeCluster& make_cluster,
                                    std::span<const ReplayWrite> replay,
                                    const Violation& violation) {
  const auto cluster = make_cluster();
  Story story{scenario, *cluster, violation.table, violation.key};
  Runner::Options quiet;
  quiet.seed = seed;
  quiet.note = [&story](Instant now, std::string_view text) { story.on_note(now, text); };
  quiet.with_consumers = false;  // functions must not act twice
  Runner runner{scenario, *cluster, copy_of(replay), std::move(quiet)};
  cluster->add_observer(&story);
  runner.add_listener(&story);
  static_cast<void>(runner.run());
  return story.lines();
}

}  // namespace

RunResult play_on(Cluster& cluster, const Scenario& scenario, std::uint64_t seed,
                  const PlayOptions& options) {
  Runner::Options runner_options;
  runner_options.seed = seed;
  runner_options.note = options.note;
  runner_options.progress = options.progress;
  runner_options.files = options.files;
  runner_options.update_golden = options.update_golden;
  runner_options.interrupted = options.interrupted;
  Runner runner{scenario, cluster, copy_of(options.replay), std::move(runner_options)};
  if (options.attach) options.attach({scenario, cluster, runner});
  Verdict verdict = runner.run();
  return {.verdict = std::move(verdict),
          .statistics = runner.statistics(),
          .consumers = consumer_results(runner.consumers(), cluster),
          .handler_errors = runner.handler_errors(),
          .live = {}};
}

RunResult play(const Scenario& scenario, std::uint64_t seed, const MakeCluster& make_cluster,
               const PlayOptions& options) {
  RunResult result = play_on(*make_cluster(), scenario, seed, options);
  if (result.verdict.violation) {
    result.verdict.story =
        tell_story(scenario, seed, make_cluster, options.replay, *result.verdict.violation);
  }
  return result;
}

std::function<bool(RegionId, TableId)> streams_read_back(const Scenario& scenario) {
  std::vector<std::pair<RegionId, TableId>> read;
  for (const Expectation& expectation : scenario.expect) {
    if (const auto* reads = std::get_if<StreamReadExpectation>(&expectation.kind)) {
      read.emplace_back(reads->region, reads->table);
    }
  }
  for (const ConsumerSpec& consumer : scenario.consumers) {
    read.emplace_back(consumer.region, consumer.table);
  }
  return [read = std::move(read)](RegionId region, TableId table) {
    return std::find(read.begin(), read.end(), std::pair{region, table}) != read.end();
  };
}

}  // namespace gtsim
