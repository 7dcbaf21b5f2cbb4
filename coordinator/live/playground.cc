#include "coordinator/live/playground.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "coordinator/live/node_config_text.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartLimit{30'000};
constexpr milliseconds kEndLimit{8'000};
constexpr milliseconds kKillLimit{2'000};

}  // namespace

std::string Playground::path_of(const std::string& region, const char* suffix) const {
  return fmt::format("{}/{}{}", folder_, region, suffix);
}

bool Playground::runs(const std::string& region) const {
  const auto found = nodes_.find(region);
  return found != nodes_.end() && process_of(region).has_value();
}

std::optional<KnownProcess> Playground::process_of(const std::string& region) const {
  const Node& node = nodes_.at(region);
  return KnownProcess::find(node.pid, node.birth, path_of(region, ".yaml"));
}

ClusterFile Playground::as_file() const {
  ClusterFile file;
  file.cluster = "gtsim";
  for (const auto& [region, node] : nodes_) {
    file.nodes[region] = {node.addresses.control, node.addresses.replication, node.addresses.http};
  }
  for (const auto& [name, key] : plan_.tables) file.tables.emplace_back(name, key);
  return file;
}

Result<void> Playground::write_config(const std::string& region) const {
  NodeConfig config;
  config.durations = DurationSet::kShort;  // nobody wants to wait
  config.region = region;
  config.regions = plan_.regions;
  config.data = path_of(region, ".data");
  config.sync = plan_.sync;
  const auto known = nodes_.find(region);
  if (known != nodes_.end() && !known->second.addresses.control.empty()) {
    config.replication_listen = known->second.addresses.replication;
    config.http_listen = known->second.addresses.http;
    config.control_listen = known->second.addresses.control;
  }
  for (const auto& [name, key] : plan_.tables) {
    NodeTable table;
    table.name = name;
    table.key = key;
    for (std::size_t i = 0; i < plan_.regions.size(); ++i) {
      table.regions.push_back(RegionId{static_cast<std::uint16_t>(i)});
    }
    config.tables.push_back(std::move(table));
  }
  std::ofstream file{path_of(region, ".yaml"), std::ios::binary | std::ios::trunc};
  file << node_config_text(config);
  file.close();
  if (file) return {};
  return Error{Errc::kIo, fmt::format("{}: cannot be written", path_of(region, ".yaml"))};
}

Result<NodeProcess> Playground::launch(const std::string& region) const {
  auto program = find_region_node();
  if (!program) return program.error();
  if (auto written = write_config(region); !written) return written.error();
  return NodeProcess::start({*program, path_of(region, ".yaml"), path_of(region, ".log"),
                             /*dies_with_us=*/false});
}

Result<void> Playground::adopt(const std::string& region, NodeProcess& process) {
  const auto until = steady_clock::now() + kStartLimit;
  for (;;) {
    auto ready = process.ready();
    if (!ready) return Error{Errc::kIo, fmt::format("{}: {}", region, ready.error().detail)};
    if (*ready) {
      nodes_[region] = {process.pid(), process_birth(process.pid()), std::move(**ready)};
      return {};
    }
    if (steady_clock::now() >= until) {
      return Error{Errc::kIo, fmt::format("{}: it is not ready after 30s; see {}", region,
                                          path_of(region, ".log"))};
    }
    std::this_thread::sleep_for(milliseconds{2});
  }
}

Result<Playground> Playground::up(const std::string& folder, const Plan& plan) {
  std::error_code code;
  if (fs::exists(folder + "/cluster.json", code)) {
    auto there = open(folder);
    if (!there) return there.error();
    for (const auto& [region, node] : there->nodes_) {
      if (!there->runs(region)) continue;
      return Error{Errc::kInput, fmt::format("a cluster is up in {} already ({} is process {}); "
                                             "`gtsim down` ends it",
                                             folder, region, node.pid)};
    }
  }
  fs::create_directories(folder, code);
  if (code) return Error{Errc::kIo, fmt::format("{}: {}", folder, code.message())};
  Playground playground{folder};
  playground.plan_ = plan;
  std::sort(playground.plan_.regions.begin(), playground.plan_.regions.end());
  playground.faults_ = StandingFaults(playground.plan_.regions);
  // Until all of them are ready, each ends with this command.
  std::vector<std::pair<std::string, NodeProcess>> started;
  for (const std::string& region : playground.plan_.regions) {
    auto process = playground.launch(region);
    if (!process) return process.error();
    started.emplace_back(region, std::move(*process));
  }
  Result<void> outcome;
  for (auto& [region, process] : started) {
    if (outcome) outcome = playground.adopt(region, process);
  }
  for (const std::string& region : playground.plan_.regions) {
    if (outcome) outcome = playground.introduce(region);
  }
  if (outcome) outcome = playground.save();
  if (!outcome) {
    for (auto& [region, process] : started) process.signal(SIGTERM);
    for (auto& [region, process] : started) static_cast<void>(process.wait(kEndLimit));
    return outcome.error();
  }
  // From here on the file tells of them.
  for (auto& [region, process] : started) process.release();
  return playground;
}

std::vector<std::string> Playground::down(bool keep) {
  std::vector<std::string> amiss;
  std::vector<std::pair<std::string, KnownProcess>> running;
  for (const auto& [region, node] : nodes_) {
    auto process = process_of(region);
    if (!process) continue;
    process->signal(SIGTERM);
    process->signal(SIGCONT);  // it may be frozen
    running.emplace_back(region, std::move(*process));
  }
  const auto until = steady_clock::now() + kEndLimit;
  for (const auto& [region, process] : running) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - steady_clock::now());
    if (process.wait(std::max(left, milliseconds{0}))) continue;
    amiss.push_back(fmt::format("{} did not end when it was asked to, and was killed", region));
    process.signal(SIGKILL);
    static_cast<void>(process.wait(kKillLimit));
  }
  std::error_code code;
  fs::remove(folder_ + "/cluster.json", code);
  if (keep) return amiss;
  for (const std::string& region : plan_.regions) {
    for (const char* suffix : {".data", ".yaml", ".log"}) {
      fs::remove_all(path_of(region, suffix), code);
    }
  }
  fs::remove(folder_, code);  // only when nothing else is in it
  return amiss;
}

}  // namespace gtsim
