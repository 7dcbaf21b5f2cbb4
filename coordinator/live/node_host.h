// Where the region nodes of a live cluster run, and what can be done to them from outside. Two
// kinds: processes of this run (local_nodes.h), and nodes that somebody else has started, to which
// nothing can be done from outside.
#pragma once

#include <optional>
#include <string>

#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/config/node_config.h"

namespace gtsim {

class NodeHost {
 public:
  virtual ~NodeHost() = default;
  // host:port; the same for the whole run, also after a restart.
  [[nodiscard]] virtual std::string control_address(RegionId region) const = 0;
  [[nodiscard]] virtual std::string replication_address(RegionId region) const = 0;

  // Ends it at once: what is not durable is lost. Returns when it has ended.
  [[nodiscard]] virtual Result<void> crash(RegionId region) = 0;
  // Starts it again with the data it had; knows no peers until it is told. Does not wait.
  [[nodiscard]] virtual Result<void> begin_restart(RegionId region, const NodeTime& time) = 0;
  // Whether it answers again. An error: it did not come up.
  [[nodiscard]] virtual Result<bool> restarted(RegionId region) = 0;
  // Stands still, and goes on.
  [[nodiscard]] virtual Result<void> set_frozen(RegionId region, bool frozen) = 0;
  // Why the region has ended without being asked to; nothing: it has not.
  [[nodiscard]] virtual std::optional<std::string> ended(RegionId region) = 0;
};

}  // namespace gtsim
