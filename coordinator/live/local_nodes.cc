#include "coordinator/live/local_nodes.h"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include "coordinator/live/node_config_text.h"

namespace gtsim {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kStartLimit{30'000};
constexpr milliseconds kEndLimit{5'000};

}  // namespace

LocalNodes::LocalNodes(std::string program, std::string folder, std::vector<NodeConfig> configs)
    : program_(std::move(program)), folder_(std::move(folder)) {
  for (NodeConfig& config : configs) nodes_.push_back({std::move(config), {}, {}, {}, false});
  for (Node& node : nodes_) {
    node.config.data = path_of(node, ".data");
    node.config.replication_listen = "127.0.0.1:0";
    node.config.http_listen = "127.0.0.1:0";
    node.config.control_listen = "127.0.0.1:0";
  }
}

LocalNodes::~LocalNodes() = default;

std::string LocalNodes::path_of(const Node& node, const char* suffix) const {
  return fmt::format("{}/{}{}", folder_, node.config.region, suffix);
}

Result<void> LocalNodes::launch(Node& node) {
  const std::string config_path = path_of(node, ".yaml");
  {
    std::ofstream file{config_path, std::ios::binary | std::ios::trunc};
    file << node_config_text(node.config);
    file.close();
    if (!file) return Error{Errc::kIo, fmt::format("{}: cannot be written", config_path)};
  }
  auto process = NodeProcess::start({program_, config_path, path_of(node, ".log"), true});
  if (!process) return process.error();
  node.process = std::move(*process);
  node.started_at = steady_clock::now();
  return {};
}

Result<std::unique_ptr<LocalNodes>> LocalNodes::start(const std::string& program,
                                                      const std::string& folder,
                                                      std::vector<NodeConfig> configs) {
  std::unique_ptr<LocalNodes> nodes{new LocalNodes(program, folder, std::move(configs))};
  for (Node& node : nodes->nodes_) {
    if (auto launched = nodes->launch(node); !launched) return launched.error();
  }
  for (std::size_t i = 0; i < nodes->nodes_.size(); ++i) {
    for (;;) {
      auto up = nodes->restarted(RegionId{static_cast<std::uint16_t>(i)});
      if (!up) return up.error();
      if (*up) break;
      std::this_thread::sleep_for(milliseconds{2});
    }
  }
  return nodes;
}

std::string LocalNodes::control_address(RegionId region) const {
  return at(region).addresses.control;
}
std::string LocalNodes::replication_address(RegionId region) const {
  return at(region).addresses.replication;
}

Result<void> LocalNodes::crash(RegionId region) {
  Node& node = at(region);
  node.expected_to_run = false;
  node.process.signal(SIGKILL);
  if (node.process.wait(kEndLimit)) return {};
  return Error{Errc::kIo, fmt::format("process {} does not end", node.process.pid())};
}

Result<void> LocalNodes::begin_restart(RegionId region, const NodeTime& time) {
  Node& node = at(region);
  // The same doors as before, so that its peers find it.
  node.config.time = time;
  node.config.replication_listen = node.addresses.replication;
  node.config.http_listen = node.addresses.http;
  node.config.control_listen = node.addresses.control;
  return launch(node);
}

Result<bool> LocalNodes::restarted(RegionId region) {
  Node& node = at(region);
  auto addresses = node.process.ready();
  if (!addresses) {
    return Error{Errc::kIo, fmt::format("{}: {}", node.config.region, addresses.error().detail)};
  }
  if (*addresses) {
    node.addresses = std::move(**addresses);
    node.expected_to_run = true;
    return true;
  }
  if (steady_clock::now() < node.started_at + kStartLimit) return false;
  return Error{Errc::kIo, fmt::format("{}: it is not ready after 30s; see {}", node.config.region,
                                      path_of(node, ".log"))};
}

Result<void> LocalNodes::set_frozen(RegionId region, bool frozen) {
  at(region).process.signal(frozen ? SIGSTOP : SIGCONT);
  return {};
}

std::optional<std::string> LocalNodes::ended(RegionId region) {
  Node& node = at(region);
  if (!node.expected_to_run) return std::nullopt;
  const auto how = node.process.ended();
  if (!how) return std::nullopt;
  return fmt::format("it {}; see {}", *how, path_of(node, ".log"));
}

void LocalNodes::remove_data() {
  for (Node& node : nodes_) {
    node.expected_to_run = false;
    node.process.signal(SIGKILL);
    static_cast<void>(node.process.wait(kEndLimit));
    std::error_code code;
    std::filesystem::remove_all(node.config.data, code);
  }
}

}  // namespace gtsim
