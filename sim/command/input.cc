#include "sim/command/input.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>

#include "coordinator/language/reader.h"
#include "sim/command/single_run.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;

void print(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    fmt::print(stderr, "{}\n", diagnostic.to_string());
  }
}

}  // namespace

std::optional<std::vector<std::string>> list_scenario_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  bool all_good = true;
  for (const std::string& path : paths) {
    std::error_code code;
    if (!fs::is_directory(path, code)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (fs::directory_iterator entry{path, code}, end; !code && entry != end;
         entry.increment(code)) {
      const std::string extension = entry->path().extension().string();
      if (extension == ".yaml" || extension == ".yml") found.push_back(entry->path().string());
    }
    if (code) {
      fmt::print(stderr, "{}: {}\n", path, code.message());
      all_good = false;
    } else if (found.empty()) {
      fmt::print(stderr, "{}: no scenario here; expected files that end in .yaml or .yml\n", path);
      all_good = false;
    }
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  if (!all_good) return std::nullopt;
  return files;
}

std::optional<std::vector<LoadedScenario>> load_scenarios(const std::vector<std::string>& paths) {
  const auto files = list_scenario_files(paths);
  if (!files) return std::nullopt;
  std::vector<LoadedScenario> loaded;
  std::map<std::string, std::string> slugs;
  bool all_good = true;
  for (const std::string& file : *files) {
    auto read = read_scenario_file(file);
    if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
      print(*errors);
      all_good = false;
      continue;
    }
    LoadedScenario scenario{std::get<Scenario>(std::move(read)), {}};
    const auto [place, fresh] = slugs.emplace(scenario.scenario.slug, file);
    if (!fresh) {
      fmt::print(stderr, "{}: {} has the same name and would use the same run folder\n", file,
                 place->second);
      all_good = false;
    }
    auto replay = read_replays(scenario.scenario);
    if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&replay)) {
      print(*errors);
      all_good = false;
      continue;
    }
    scenario.replay = std::get<std::vector<ReplayWrite>>(std::move(replay));
    loaded.push_back(std::move(scenario));
  }
  if (!all_good) return std::nullopt;
  return loaded;
}

}  // namespace gtsim
