// Region nodes that somebody else has started: they can be told things, not killed.
#pragma once

#include <memory>
#include <vector>

#include "coordinator/live/cluster_file.h"
#include "coordinator/live/node_host.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

class RemoteNodes final : public NodeHost {
 public:
  // kInput: the file lacks a region of the scenario.
  [[nodiscard]] static Result<std::unique_ptr<RemoteNodes>> of(const ClusterFile& file,
                                                               const Scenario& scenario);

  [[nodiscard]] std::string control_address(RegionId region) const override;
  [[nodiscard]] std::string replication_address(RegionId region) const override;
  [[nodiscard]] Result<void> crash(RegionId region) override;
  [[nodiscard]] Result<void> begin_restart(RegionId region, const NodeTime& time) override;
  [[nodiscard]] Result<bool> restarted(RegionId region) override;
  [[nodiscard]] Result<void> set_frozen(RegionId region, bool frozen) override;
  [[nodiscard]] std::optional<std::string> ended(RegionId region) override;

 private:
  std::vector<ClusterFile::Node> nodes_;  // by RegionId index
};

}  // namespace gtsim
