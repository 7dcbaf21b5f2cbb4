#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>

#include "coordinator/language/reader.h"
#include "coordinator/report/run_folder.h"
#include "region-node/base/hash.h"
#include "region-node/file/read_file.h"
#include "sim/command/record_profile.h"
#include "sim/command/run_command.h"
#include "sim/command/single_run.h"
#include "sim/command/worker_pool.h"

namespace gtsim {
namespace {

// A verdict tells of every consumer and expectation.
constexpr std::size_t kMostVerdictBytes = 64U << 20;

std::optional<std::string> read_part(const std::string& path, std::size_t most_bytes) {
  auto text = read_file(path, most_bytes);
  if (text) return std::move(*text);
  fmt::print(stderr, "{}: cannot be read ({}); expected the folder of a run\n", path,
             text.error().detail);
  return std::nullopt;
}

}  // namespace

int replay_run_folder(const std::string& folder, Program program,
                      const std::function<bool(const std::string&)>& break_on_purpose) {
  if (auto known = check_run_folder_format(folder); !known) {
    fmt::print(stderr, "gtsim: {}\n", known.error().detail);
    return 2;
  }
  const auto text = read_part(folder + "/scenario.yaml", kMaxScenarioBytes);
  const auto verdict_text = read_part(folder + "/verdict.json", kMostVerdictBytes);
  if (!text || !verdict_text) return 2;
  boost::system::error_code error;
  const boost::json::value verdict = boost::json::parse(*verdict_text, error);
  const auto* object = error ? nullptr : verdict.if_object();
  const auto* path = object == nullptr ? nullptr : object->if_contains("path");
  const auto* seed = object == nullptr ? nullptr : object->if_contains("seed");
  const auto* digest = object == nullptr ? nullptr : object->if_contains("history_digest");
  if (path == nullptr || !path->is_string() || seed == nullptr || digest == nullptr ||
      !digest->is_string()) {
    fmt::print(stderr,
               "{}/verdict.json: not a verdict: expected members path, seed, history_digest\n",
               folder);
    return 2;
  }
  if (object->contains("live")) {
    fmt::print(stderr,
               "{}: this run was live, and real time does not come twice; its verdict.json names "
               "the command to try it again (`reproduce`)\n",
               folder);
    return 2;
  }
  const auto seed_number = seed->to_number<std::uint64_t>(error);
  if (error) {
    fmt::print(stderr, "{}/verdict.json: seed is not a whole number\n", folder);
    return 2;
  }
  if (const auto* mutant = object->if_contains("mutant"); mutant != nullptr) {
    program.mutant = mutant->is_string() ? std::string{mutant->get_string()} : "";
    if (!break_on_purpose || !break_on_purpose(program.mutant)) {
      fmt::print(stderr,
                 "{}: this run was broken on purpose (mutant `{}`); expected the program that can "
                 "break it again, gtsim-mutants\n",
                 folder, program.mutant);
      return 2;
    }
  }
  // The text of then, the path of then: traces and golden files are found beside the scenario.
  auto read = read_scenario_text(*text, std::string{path->get_string()});
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    for (const Diagnostic& diagnostic : *errors) fmt::print(stderr, "{}\n", diagnostic.to_string());
    return 2;
  }
  Scenario& scenario = std::get<Scenario>(read);
  auto replay = read_replays(scenario);
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&replay)) {
    for (const Diagnostic& diagnostic : *errors) fmt::print(stderr, "{}\n", diagnostic.to_string());
    return 2;
  }
  SingleRunOptions options;
  options.program = std::move(program);
  options.seed = seed_number;
  options.out.clear();
  const auto* profile = object->if_contains("profile");
  if (profile != nullptr && profile->is_string()) {
    options.profile = profile_named(profile->get_string());
    if (options.profile) set_profile(scenario, *options.profile);
  }
  const auto* storage = object->if_contains("storage");
  if (storage != nullptr && *storage == "leveldb") options.storage = SimStorage::kLevelDb;
  SingleRunResult result;
  run_in_children(
      {.work =
           [&](std::size_t) {
             return run_scenario(scenario, std::get<std::vector<ReplayWrite>>(replay), options);
           },
       .lost =
           [&](std::size_t, VerdictKind kind, std::string reason) {
             return lost_run(scenario, options, kind, std::move(reason));
           },
       .done = [&result](std::size_t, SingleRunResult played) { result = std::move(played); }});
  fmt::print("{}", result.human);
  if (result.lost) return result.exit_code;
  const std::string now = to_hex(result.history_digest);
  const std::string then{digest->get_string()};
  if (now == then) {
    fmt::print("  the same run as in {}: history digest {}\n", folder, now);
    return result.exit_code;
  }
  fmt::print(
      stderr,
      "  NOT the run of {}: its history digest is {}, this one's {}. Was it interrupted, made by "
      "another version of gtsim, or has a trace changed?\n",
      folder, then, now);
  return 3;
}

}  // namespace gtsim
