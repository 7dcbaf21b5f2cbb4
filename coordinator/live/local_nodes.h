// The regions of a run as processes on this machine: made for the run, gone with it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/live/node_host.h"
#include "coordinator/live/node_process.h"

namespace gtsim {

class LocalNodes final : public NodeHost {
 public:
  // `folder` gets, for each region, its configuration, log and data; it must exist. `configs` by
  // RegionId index; their addresses and data directories are filled in here. Starts all and waits
  // until they can be used, at most 30 s.
  [[nodiscard]] static Result<std::unique_ptr<LocalNodes>> start(const std::string& program,
                                                                 const std::string& folder,
                                                                 std::vector<NodeConfig> configs);
  ~LocalNodes() override;  // ends all of them

  [[nodiscard]] std::string control_address(RegionId region) const override;
  [[nodiscard]] std::string replication_address(RegionId region) const override;
  [[nodiscard]] Result<void> crash(RegionId region) override;
  [[nodiscard]] Result<void> begin_restart(RegionId region, const NodeTime& time) override;
  [[nodiscard]] Result<bool> restarted(RegionId region) override;
  [[nodiscard]] Result<void> set_frozen(RegionId region, bool frozen) override;
  [[nodiscard]] std::optional<std::string> ended(RegionId region) override;

  // Ends all and removes their data; what tells of a failure (configurations and logs) stays.
  void remove_data();

 private:
  struct Node {
    NodeConfig config;
    NodeProcess process;
    NodeAddresses addresses;
    std::chrono::steady_clock::time_point started_at;
    bool expected_to_run = false;
  };
  LocalNodes(std::string program, std::string folder, std::vector<NodeConfig> configs);
  [[nodiscard]] Result<void> launch(Node& node);
  [[nodiscard]] std::string path_of(const Node& node, const char* suffix) const;
  [[nodiscard]] Node& at(RegionId region) { return nodes_[region.index()]; }
  [[nodiscard]] const Node& at(RegionId region) const { return nodes_[region.index()]; }

  std::string program_;
  std::string folder_;
  std::vector<Node> nodes_;
};

}  // namespace gtsim
