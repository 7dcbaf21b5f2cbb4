#include "sim/command/single_run.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "coordinator/live/live_run.h"
#include "coordinator/report/disk_files.h"
#include "coordinator/report/report.h"
#include "coordinator/report/run_folder.h"
#include "coordinator/report/run_recorder.h"
#include "sim/play/sim_play.h"

namespace gtsim {
namespace {

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

Result<RunResult> play_as_asked(const Scenario& scenario, const SingleRunOptions& options,
                                const std::string& folder, const PlayOptions& play_options) {
  if (!options.live) {
    SimOptions world;
    world.seed = options.seed;
    world.storage = options.storage;
    world.interrupted = options.interrupted;
    return play(scenario, world, play_options);
  }
  return play_live(scenario,
                   {.seed = options.seed,
                    .speed = options.live->speed,
                    .nodes_file = options.live->nodes_file,
                    .folder = folder.empty() ? "" : folder + "/nodes",
                    .interrupted = options.interrupted},
                   play_options);
}

// Of a run that could not begin.
SingleRunResult unusable(std::string headline, std::string human, SingleRunResult result) {
  result.exit_code = 2;
  result.kind = VerdictKind::kUndecided;
  result.headline = std::move(headline);
  result.human = std::move(human);
  return result;
}

// Everything that is told of what was played. `output_error`: of the files that were written while
// it was.
void tell(const Scenario& scenario, const RunResult& played, const SingleRunOptions& options,
          const std::optional<RunFolder>& folder, std::string output_error,
          SingleRunResult& result) {
  RunReport report{.scenario = scenario,
                   .result = played,
                   .wall_seconds = result.wall_seconds,
                   .folder = result.folder,
                   .reproduce = result.reproduce,
                   .output_error = std::move(output_error),
                   .profile = options.profile ? to_text(*options.profile) : "",
                   .storage = options.storage == SimStorage::kLevelDb ? "leveldb" : "",
                   .mutant = options.program.mutant};
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
  const Verdict& verdict = played.verdict;
  result.kind = verdict.kind;
  result.exit_code = exit_code(verdict.kind);
  result.headline = headline_of(verdict);
  result.lost = verdict.lost;
  result.history_digest = verdict.history_digest;
  result.human = human_report(report, options.color);
  if (report.output_error.empty() || verdict.lost) return;
  // A verdict that could not be kept is not a pass: CI would look for the files in vain.
  if (result.exit_code == 0) result.exit_code = 2;
  result.headline = report.output_error;
}

}  // namespace

SingleRunResult run_scenario(const Scenario& scenario, const std::vector<ReplayWrite>& replay,
                             const SingleRunOptions& options) {
  SingleRunResult result;
  result.reproduce = reproduce_text(scenario, options);
  std::optional<RunFolder> folder;
  if (!options.out.empty()) {
    auto made = RunFolder::create(options.out, scenario, options.seed);
    if (!made) {
      const std::string& why = made.error().detail;
      return unusable("run folder: " + why, "gtsim: cannot write the run folder: " + why + "\n",
                      std::move(result));
    }
    folder = std::move(*made);
    result.folder = folder->path();
  }

  std::optional<RunRecorder> recorder;
  if (folder) recorder.emplace(folder->path(), options.history);
  DiskFiles files{result.folder};
  std::chrono::steady_clock::time_point started;
  const PlayOptions play_options{
      .replay = replay,
      .files = &files,
      .update_golden = options.update_golden,
      .interrupted = options.interrupted,
      .attach =
          [&](const Stage& stage) {
            started = std::chrono::steady_clock::now();  // real nodes take their time to be there
            if (recorder) recorder->attach(stage);
          },
      .note =
          [&](Instant now, std::string_view text) {
            if (recorder) recorder->on_note(now, text);
          },
      .progress = options.progress};
  const auto played = play_as_asked(scenario, options, result.folder, play_options);
  if (!played) {
    const std::string& why = played.error().detail;
    return unusable(why, fmt::format("gtsim: {}: {}\n", scenario.path, why), std::move(result));
  }
  result.wall_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  tell(scenario, *played, options, folder, recorder ? recorder->close() : "", result);
  return result;
}

SingleRunResult lost_run(const Scenario& scenario, const SingleRunOptions& options,
                         VerdictKind kind, std::string reason) {
  RunResult lost = lost_result(scenario, options.seed, kind, std::move(reason));
  if (options.live) lost.live = "on real nodes";
  SingleRunResult result;
  result.reproduce = reproduce_text(scenario, options);
  std::optional<RunFolder> folder;
  if (!options.out.empty()) {
    folder = RunFolder::without_verdict(options.out, scenario, options.seed);
  }
  if (folder) result.folder = folder->path();
  tell(scenario, lost, options, folder, "", result);
  return result;
}

}  // namespace gtsim
