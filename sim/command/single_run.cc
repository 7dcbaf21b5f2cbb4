#include "sim/command/single_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "coordinator/live/live_run.h"
#include "coordinator/play/story.h"
#include "coordinator/report/consumer_files.h"
#include "coordinator/report/consumer_report.h"
#include "coordinator/report/disk_files.h"
#include "coordinator/report/history_writer.h"
#include "coordinator/report/report.h"
#include "coordinator/report/run_folder.h"
#include "coordinator/run/runner.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

// Whether a scenario reads a stream back; records of other streams need not be kept for 24 hours.
std::function<bool(RegionId, TableId)> readers_of(const Scenario& scenario) {
  std::vector<std::pair<RegionId, TableId>> read;
  for (const Expectation& expectation : scenario.expect) {
    if (const auto* reads = std::get_if<StreamReadExpectation>(&expectation.kind)) {
      read.emplace_back(reads->region, reads->table);
    }
  }
  for (const ConsumerSpec& consumer : scenario.consumers) {
    read.emplace_back(consumer.region, consumer.table);
  }
  return [read](RegionId region, TableId table) {
    return std::find(read.begin(), read.end(), std::pair{region, table}) != read.end();
  };
}

SimOptions sim_options(const Scenario& scenario, const SingleRunOptions& options) {
  SimOptions sim;
  sim.seed = options.seed;
  sim.storage = options.storage;
  sim.keep_records = readers_of(scenario);
  sim.interrupted = options.interrupted;
  return sim;
}

// The run once more, listening to one key. The same seed gives the same run, so nothing needed to
// be kept.
std::vector<std::string> tell_story(const Scenario& scenario,
                                    const std::vector<ReplayWrite>& replay,
                                    const SingleRunOptions& options, const Violation& violation) {
  SimCluster cluster{scenario, sim_options(scenario, options)};
  Story story{scenario, cluster, violation.table, violation.key};
  Runner::Options quiet;
  quiet.seed = options.seed;
  quiet.note = [&story](Instant now, std::string_view text) { story.on_note(now, text); };
  quiet.with_consumers = false;  // functions must not act twice
  Runner runner{scenario, cluster, replay, std::move(quiet)};
  cluster.add_observer(&story);
  runner.add_listener(&story);
  static_cast<void>(runner.run());
  return story.lines();
}

std::string shell_quoted(const std::string& text) {
  const bool plain = text.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                         "_-./=+:,@") == std::string::npos;
  if (plain && !text.empty()) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
  return quoted + "'";
}

std::string headline_of(const Verdict& verdict) {
  if (verdict.violation) return verdict.violation->check + ": " + verdict.violation->message;
  for (const ExpectationResult& result : verdict.expectations) {
    if (result.evaluated && !result.holds) return result.text + ": " + result.found;
  }
  return verdict.reason;
}

// What a scenario is played on.
struct Stage {
  std::unique_ptr<SimCluster> simulated;
  std::unique_ptr<LiveRun> live;
  [[nodiscard]] Cluster& cluster() const {
    if (live) return live->cluster();
    return *simulated;
  }
};

Result<Stage> make_stage(const Scenario& scenario, const SingleRunOptions& options,
                         const std::string& folder) {
  Stage stage;
  if (!options.live) {
    stage.simulated = std::make_unique<SimCluster>(scenario, sim_options(scenario, options));
    return stage;
  }
  auto live = LiveRun::start(scenario, {.seed = options.seed,
                                        .speed = options.live->speed,
                                        .nodes_file = options.live->nodes_file,
                                        .folder = folder.empty() ? "" : folder + "/nodes",
                                        .keep_records = readers_of(scenario),
                                        .interrupted = options.interrupted});
  if (!live) return live.error();
  stage.live = std::move(*live);
  return stage;
}

// A live run that has come to its end is true only if the nodes hold what they told.
void read_back(LiveRun& live, Verdict& verdict) {
  const bool settled =
      verdict.kind == VerdictKind::kHolds || verdict.kind == VerdictKind::kExpectationFailed;
  if (!settled || !verdict.reason.empty()) return;
  verdict.violation = live.compare_with_nodes();
  if (verdict.violation) verdict.kind = VerdictKind::kCheckFailed;
}

std::string reproduce_text(const Scenario& scenario, const SingleRunOptions& options) {
  std::string text =
      fmt::format("{} run {}{} --seed {}", options.program.name, options.live ? "--live " : "",
                  shell_quoted(scenario.path), options.seed);
  if (options.live && options.live->speed != 1) {
    text += fmt::format(" --speed {}", options.live->speed);
  }
  if (options.live && !options.live->nodes_file.empty()) {
    text += " --nodes " + shell_quoted(options.live->nodes_file);
  }
  if (options.profile) text += fmt::format(" --profile {}", to_text(*options.profile));
  if (options.storage == SimStorage::kLevelDb) text += " --storage leveldb";
  if (!options.program.mutant.empty()) text += " --mutant " + options.program.mutant;
  return text;
}

// What a run's report and that of a run which died have in common.
RunReport report_of(const Scenario& scenario, const Statistics& statistics, const Verdict& verdict,
                    const SingleRunOptions& options, const SingleRunResult& result) {
  return {.scenario = scenario,
          .statistics = statistics,
          .verdict = verdict,
          .wall_seconds = result.wall_seconds,
          .folder = result.folder,
          .reproduce = result.reproduce,
          .live = {},
          .output_error = {},
          .profile = options.profile ? to_text(*options.profile) : "",
          .storage = options.storage == SimStorage::kLevelDb ? "leveldb" : "",
          .mutant = options.program.mutant,
          .handler_errors = {},
          .consumers_text = {},
          .consumers_json = {}};
}

}  // namespace

SingleRunResult run_scenario(const Scenario& file, const std::vector<ReplayWrite>& replay,
                             const SingleRunOptions& options) {
  SingleRunResult result;
  result.reproduce = reproduce_text(file, options);
  std::optional<RunFolder> folder;
  if (!options.out.empty()) {
    auto made = RunFolder::create(options.out, file, options.seed);
    if (!made) {
      result.exit_code = 2;
      result.kind = VerdictKind::kUndecided;
      result.headline = "run folder: " + made.error().detail;
      result.human = "gtsim: cannot write the run folder: " + made.error().detail + "\n";
      return result;
    }
    folder = std::move(*made);
    result.folder = folder->path();
  }

  auto stage = make_stage(file, options, result.folder);
  if (!stage) {
    result.exit_code = 2;
    result.kind = VerdictKind::kUndecided;
    result.headline = stage.error().detail;
    result.human = fmt::format("gtsim: {}: {}\n", file.path, stage.error().detail);
    return result;
  }
  LiveRun* const live = stage->live.get();
  const Scenario& scenario = live != nullptr ? live->scenario() : file;
  Cluster& cluster = stage->cluster();
  const auto started = std::chrono::steady_clock::now();
  std::unique_ptr<HistoryWriter> history;
  const HistoryMode mode = options.history.value_or(scenario.history);
  if (folder && mode != HistoryMode::kOff) {
    history = std::make_unique<HistoryWriter>(scenario, cluster, mode, folder->path());
  }
  DiskFiles files{result.folder};
  Runner::Options runner_options;
  runner_options.seed = options.seed;
  runner_options.note = [&history](Instant now, std::string_view text) {
    if (history) history->on_note(now, text);
  };
  runner_options.progress = options.progress;
  runner_options.files = &files;
  runner_options.update_golden = options.update_golden;
  Runner runner{scenario, cluster, replay, std::move(runner_options)};
  std::unique_ptr<ConsumerFiles> consumer_files;
  if (history) {
    const bool all = mode == HistoryMode::kFull;
    consumer_files = std::make_unique<ConsumerFiles>(runner.consumers(), folder->path(),
                                                     all ? UINT64_MAX : HistoryWriter::kAutoLines);
  }
  if (history) {
    cluster.add_observer(history.get());
    runner.add_listener(history.get());
  }
  Verdict verdict = runner.run();
  if (live != nullptr) {
    read_back(*live, verdict);
    live->end(/*keep_data=*/verdict.kind == VerdictKind::kCheckFailed);
  } else if (verdict.violation) {
    verdict.story = tell_story(scenario, replay, options, *verdict.violation);
  }
  result.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();

  RunReport report = report_of(scenario, runner.statistics(), verdict, options, result);
  if (live != nullptr) report.live = live->description();
  if (!runner.consumers().empty()) {
    report.consumers_text = consumers_text(scenario, runner.consumers(), cluster);
    report.consumers_json = consumers_json(scenario, runner.consumers(), cluster);
  }
  if (history) report.output_error = history->close();
  if (consumer_files) {
    const std::string error = consumer_files->close();
    if (report.output_error.empty()) report.output_error = error;
  }
  result.json = verdict_json(report);
  result.junit = junit_suite(report);
  if (folder) {
    const auto keep = [&](const char* name, const std::string& text) {
      if (auto written = folder->write(name, text); !written && report.output_error.empty()) {
        report.output_error = written.error().detail;
      }
    };
    keep("verdict.json", result.json);
    keep("junit.xml", junit_document(result.junit));
  }
  result.kind = verdict.kind;
  result.exit_code = exit_code(verdict.kind);
  result.headline = headline_of(verdict);
  // A verdict that could not be kept is not a pass: CI would look for the files in vain.
  if (!report.output_error.empty() && result.exit_code == 0) result.exit_code = 2;
  if (!report.output_error.empty()) result.headline = report.output_error;
  for (const std::string& error : runner.handler_errors()) {
    report.handler_errors += fmt::format("  handler of {}\n", error);
  }
  result.history_digest = verdict.history_digest;
  result.human = human_report(report, options.color);
  return result;
}

SingleRunResult lost_run(const Scenario& scenario, const SingleRunOptions& options,
                         VerdictKind kind, std::string reason) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.reason = std::move(reason);
  verdict.seed = options.seed;
  verdict.lost = true;
  for (const Expectation& expectation : scenario.expect) {
    verdict.expectations.push_back({.text = expectation.text,
                                    .found = "the run ended before",
                                    .evaluated = false,
                                    .position = expectation.position});
  }
  const Statistics nothing{scenario.regions.size(), scenario.tables.size()};
  SingleRunResult result;
  result.lost = true;
  result.kind = kind;
  result.exit_code = exit_code(kind);
  result.headline = verdict.reason;
  result.reproduce = reproduce_text(scenario, options);
  std::optional<RunFolder> folder;
  if (!options.out.empty()) {
    folder = RunFolder::without_verdict(options.out, scenario, options.seed);
  }
  if (folder) result.folder = folder->path();
  RunReport report = report_of(scenario, nothing, verdict, options, result);
  if (options.live) report.live = "on real nodes";
  result.json = verdict_json(report);
  result.junit = junit_suite(report);
  if (folder) {
    for (const auto& [name, text] : {std::pair{"verdict.json", result.json},
                                     std::pair{"junit.xml", junit_document(result.junit)}}) {
      if (auto written = folder->write(name, text); !written && report.output_error.empty()) {
        report.output_error = written.error().detail;
      }
    }
  }
  result.human = human_report(report, options.color);
  return result;
}

}  // namespace gtsim
