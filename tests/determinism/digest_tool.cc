// Prints "path seed history-digest tables-digest" of every scenario in the given folders, for seeds
// 1 and 2: what `gtsim run --json` says, from the simulated part alone, so that another compiler
// need not build the rest.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/language/reader.h"
#include "coordinator/workload/replay.h"
#include "sim/play/sim_play.h"

namespace gtsim {
namespace {

std::vector<std::string> scenarios_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

bool print_digests(const std::string& path) {
  const auto read = read_scenario_file(path);
  const auto* scenario = std::get_if<Scenario>(&read);
  const auto replay = scenario != nullptr ? read_replays(*scenario) : ReplayOrErrors{};
  const auto* writes = std::get_if<std::vector<ReplayWrite>>(&replay);
  if (scenario == nullptr || writes == nullptr) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    return false;
  }
  for (const std::uint64_t seed : {1, 2}) {
    SimOptions world;
    world.seed = seed;
    const Verdict verdict = play(*scenario, world, {.replay = *writes}).verdict;
    std::printf("%s %" PRIu64 " %016" PRIx64 " %016" PRIx64 "\n", path.c_str(), seed,
                verdict.history_digest, verdict.tables_digest);
  }
  return true;
}

}  // namespace
}  // namespace gtsim

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    for (const std::string& path : gtsim::scenarios_in(argv[i])) {
      if (!gtsim::print_digests(path)) return 1;
    }
  }
  return 0;
}
