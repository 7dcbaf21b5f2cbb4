// One scenario with one seed, from the file's text to verdict, report and run folder.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>

#include "coordinator/run/verdict.h"
#include "coordinator/scenario/scenario.h"
#include "coordinator/workload/replay.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {

// On real region nodes instead of in virtual time.
struct LiveCommand {
  double speed = 1;
  std::string nodes_file;  // a cluster file; empty: processes of the run's own
};

// The program that plays a run, for the command that plays it again.
struct Program {
  std::string name = "gtsim";
  std::string mutant;  // what is broken on purpose; only gtsim-mutants can
};

struct SingleRunOptions {
  Program program;
  std::uint64_t seed = 1;
  std::optional<LiveCommand> live;
  std::string out = "runs";            // empty: no run folder
  std::optional<HistoryMode> history;  // wins over the scenario's
  // Was given on the command line, and is in the scenario's tables already (record_profile.h); said
  // in the verdict, so that the run can be had again.
  std::optional<RecordProfile> profile;
  SimStorage storage = SimStorage::kMemory;  // in virtual time
  bool update_golden = false;
  bool color = false;
  const volatile std::sig_atomic_t* interrupted = nullptr;
  // Share of the planned virtual time that has passed, 0 to 1; may be empty.
  std::function<void(double)> progress;
};

struct SingleRunResult {
  VerdictKind kind = VerdictKind::kHolds;
  int exit_code = 0;  // also 2: the run folder could not be written
  std::string human;  // report for a person
  std::string json;   // verdict.json
  std::string junit;  // one <testsuite>
  std::string folder;
  std::string reproduce;
  std::string headline;  // the reason in one line, empty when all holds
  std::uint64_t history_digest = 0;
  bool lost = false;  // made by lost_run(): the run's own process told nothing
  double wall_seconds = 0;
};

[[nodiscard]] SingleRunResult run_scenario(const Scenario& scenario,
                                           const std::vector<ReplayWrite>& replay,
                                           const SingleRunOptions& options);

// What is to be said of a run whose process never told its result: it died (kDied), or was ended
// from outside or not even started (kUndecided). Goes into the run folder too, if the run has made
// one.
[[nodiscard]] SingleRunResult lost_run(const Scenario& scenario, const SingleRunOptions& options,
                                       VerdictKind kind, std::string reason);

}  // namespace gtsim
