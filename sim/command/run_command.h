// `gtsim run`: scenarios times seeds, side by side on all cores, reported in order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "sim/command/single_run.h"

namespace gtsim {

struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

// "7" or "1..200"; at most 1,000,000 seeds. False when malformed.
[[nodiscard]] bool parse_seed_range(const std::string& text, SeedRange& out);

struct RunCommand {
  Program program;
  std::vector<std::string> paths;  // files, or folders whose *.yaml are taken in name order
  std::optional<SeedRange> seeds;  // nothing: the scenario's own, or 1
  std::string out = "runs";
  std::string junit;   // a file for all runs together
  bool json = false;   // verdicts as JSON Lines on standard output
  int jobs = 0;        // 0: as many as there are cores
  bool quiet = false;  // only what does not hold
  std::optional<HistoryMode> history;
  std::optional<RecordProfile> profile;
  SimStorage storage = SimStorage::kMemory;
  bool update_golden = false;
  std::optional<LiveCommand> live;
};

[[nodiscard]] int execute(const RunCommand& command);

// `gtsim check`: reads scenarios and everything they name; runs nothing.
[[nodiscard]] int check_scenarios(const std::vector<std::string>& paths);

// `gtsim print`: what `check` says is good, as the text of a scenario file.
[[nodiscard]] int print_scenario_file(const std::string& path);

// `gtsim replay`: plays the run of a run folder again and compares the digests. `break_on_purpose`
// switches a mutant on, false when this program has none of that name; it may be empty.
[[nodiscard]] int replay_run_folder(
    const std::string& folder, Program program,
    const std::function<bool(const std::string&)>& break_on_purpose);

}  // namespace gtsim
