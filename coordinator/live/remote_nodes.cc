#include "coordinator/live/remote_nodes.h"

#include <fmt/format.h>

namespace gtsim {
namespace {

Error not_ours() {
  return Error{Errc::kInput, "its process was not started by this run"};
}

}  // namespace

Result<std::unique_ptr<RemoteNodes>> RemoteNodes::of(const ClusterFile& file,
                                                     const Scenario& scenario) {
  auto nodes = std::make_unique<RemoteNodes>();
  for (const RegionSpec& region : scenario.regions) {
    const auto found = file.nodes.find(region.name);
    if (found == file.nodes.end()) {
      return Error{Errc::kInput, fmt::format("the cluster file has no region {}, which the "
                                             "scenario needs",
                                             region.name)};
    }
    if (found->second.replication.empty()) {
      return Error{Errc::kInput, fmt::format("the cluster file does not say where {} listens for "
                                             "replication",
                                             region.name)};
    }
    nodes->nodes_.push_back(found->second);
  }
  return nodes;
}

std::string RemoteNodes::control_address(RegionId region) const {
  return nodes_[region.index()].control;
}
std::string RemoteNodes::replication_address(RegionId region) const {
  return nodes_[region.index()].replication;
}
Result<void> RemoteNodes::crash(RegionId) {
  return not_ours();
}
Result<void> RemoteNodes::begin_restart(RegionId, const NodeTime&) {
  return not_ours();
}
Result<bool> RemoteNodes::restarted(RegionId) {
  return not_ours();
}
Result<void> RemoteNodes::set_frozen(RegionId, bool) {
  return not_ours();
}
std::optional<std::string> RemoteNodes::ended(RegionId) {
  return std::nullopt;
}

}  // namespace gtsim
