// The gtsim command.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "coordinator/language/reader.h"
#include "coordinator/live/live_run.h"
#include "coordinator/report/run_folder.h"
#include "region-node/base/mutant.h"
#include "region-node/base/program_version.h"
#include "sim/command/cluster_command.h"
#include "sim/command/consume_command.h"
#include "sim/command/filter_command.h"
#include "sim/command/record_profile.h"
#include "sim/command/run_command.h"

namespace gtsim {
namespace {

constexpr const char* kFooter =
    "Exit codes: 0 all holds, 1 an expectation failed, 2 unusable input (nothing ran) or output "
    "that could\n"
    "not be written, 3 undecided (a limit of the run was hit), 4 gtsim itself is wrong (an "
    "always-on check\n"
    "failed, or a run died), 130 interrupted.";

#ifdef GTSIM_MUTANTS_BUILD
constexpr const char* kProgramName = "gtsim-mutants";
#else
constexpr const char* kProgramName = "gtsim";
#endif

void add_history(CLI::App& app, RunCommand& command, std::string& text) {
  app.add_option("--history", text,
                 "What the run folder keeps: auto (the first 200,000 lines), full, off")
      ->check(CLI::IsMember({"auto", "full", "off"}));
  app.callback([&command, &text] {
    if (text == "auto") command.history = HistoryMode::kAuto;
    if (text == "full") command.history = HistoryMode::kFull;
    if (text == "off") command.history = HistoryMode::kOff;
  });
}

// Only in the build for tests of the tests.
void add_mutant([[maybe_unused]] CLI::App& app, [[maybe_unused]] std::string& name) {
#ifdef GTSIM_MUTANTS_BUILD
  app.add_option("--mutant", name, "Break one rule of the replica on purpose");
#endif
}

bool activate_mutant([[maybe_unused]] const std::string& name) {
#ifdef GTSIM_MUTANTS_BUILD
  for (const MutantName& known : kMutantNames) {
    if (known.name == name) {
      active_mutant = known.mutant;
      return true;
    }
  }
#endif
  return false;
}

int main_of(int argc, char** argv) {
  CLI::App app{
      "gtsim plays global tables: several regions, replication, streams and every fault, in "
      "virtual "
      "time"};
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("gtsim {}\nwrites run folders of format {}",
                                                program_version(), kRunFolderFormat));

  RunCommand run;
  std::string seeds;
  std::string history;
  std::string mutant;
  CLI::App* run_app =
      app.add_subcommand("run", "Run scenarios and say whether what they expect holds");
  run_app->add_option("paths", run.paths, "Scenario files, or folders of them")->required();
  CLI::Option* seed_option = run_app->add_option("--seed", seeds, "Seed of the run, e.g. 7");
  run_app->add_option("--seeds", seeds, "Range of seeds, e.g. 1..200")->excludes(seed_option);
  run_app->add_option("--out", run.out, "Where run folders go")->capture_default_str();
  run_app->add_option("--junit", run.junit, "Write one JUnit file for all runs");
  run_app->add_flag("--json", run.json, "Print verdicts as JSON Lines");
  run_app->add_option("--jobs", run.jobs, "Runs side by side (default: one per core)")
      ->check(CLI::Range(1, 1024));
  run_app->add_flag("--quiet", run.quiet, "Print only what does not hold");
  std::string profile;
  run_app
      ->add_option("--profile", profile,
                   "What records show of replication, in every table: 2019, 2017 or marked")
      ->check(CLI::IsMember({"2019", "2017", "marked"}));
  std::string storage;
  CLI::Option* storage_option =
      run_app
          ->add_option(
              "--storage", storage,
              "Where simulated regions keep their tables: memory, or leveldb as region-node "
              "does, on a simulated disk")
          ->check(CLI::IsMember({"memory", "leveldb"}));
  LiveCommand live;
  bool is_live = false;
  CLI::Option* live_flag = run_app->add_flag(
      "--live", is_live, "Run on real region nodes, in real time, instead of in virtual time");
  live_flag->excludes(storage_option);
  run_app
      ->add_option("--speed", live.speed, "Live: seconds of the scenario in a real one (default 1)")
      ->needs(live_flag)
      ->check(CLI::Range(kSlowest, kQuickest));
  run_app
      ->add_option("--nodes", live.nodes_file,
                   "Live: take the nodes of this cluster file instead of starting processes")
      ->needs(live_flag);
  run_app->add_flag("--update-golden", run.update_golden,
                    "Rewrite golden files that differ, and show how");
  add_history(*run_app, run, history);
  add_mutant(*run_app, mutant);

  std::vector<std::string> checked;
  CLI::App* check_app =
      app.add_subcommand("check", "Read scenarios and say what is wrong; run nothing");
  check_app->add_option("paths", checked, "Scenario files, or folders of them")->required();

  std::string printed;
  CLI::App* print_app = app.add_subcommand(
      "print", "Print a scenario in the order and words of the language; run nothing");
  print_app->add_option("file", printed, "A scenario file")->required();

  bool reference = false;
  CLI::App* schema_app =
      app.add_subcommand("schema", "Print the JSON Schema of the scenario language");
  schema_app->add_flag("--reference", reference, "Print the reference in Markdown instead");

  std::string folder;
  CLI::App* replay_app =
      app.add_subcommand("replay", "Play the run of a run folder again and compare the digests");
  replay_app->add_option("folder", folder, "A run folder, e.g. runs/split-brain/latest")
      ->required();

  ConsumeCommand consumed;
  CLI::App* consume_app = add_consume(app, consumed);

  FilterCommand filter;
  add_filter_command(app, filter);

  ClusterCommand cluster;
  add_cluster_commands(app, cluster);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (*filter.app) return execute(filter);
  if (cluster.chosen()) return execute(cluster);
  if (!mutant.empty() && !activate_mutant(mutant)) {
    fmt::print(stderr, "{}: no mutant `{}`\n", kProgramName, mutant);
    return 2;
  }
  if (*run_app) {
    run.program = {kProgramName, mutant};
    run.profile = profile_named(profile);
    if (storage == "leveldb") run.storage = SimStorage::kLevelDb;
    if (is_live) run.live = live;
    if (!seeds.empty()) {
      SeedRange range;
      if (!parse_seed_range(seeds, range)) {
        fmt::print(
            stderr,
            "gtsim: seeds `{}`: expected a whole number such as 7, or a range such as 1..200 of at "
            "most 1,000,000\n",
            seeds);
        return 2;
      }
      run.seeds = range;
    }
    return execute(run);
  }
  if (*check_app) return check_scenarios(checked);
  if (*print_app) return print_scenario_file(printed);
  if (*consume_app) return consume(consumed);
  if (*schema_app) {
    fmt::print("{}", reference ? scenario_reference_markdown() : scenario_json_schema());
    return 0;
  }
  return replay_run_folder(folder, {kProgramName, {}}, activate_mutant);
}

}  // namespace
}  // namespace gtsim

int main(int argc, char** argv) {
  try {
    return gtsim::main_of(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "gtsim: uncaught exception: {}\n", error.what());
    return 4;
  }
}
