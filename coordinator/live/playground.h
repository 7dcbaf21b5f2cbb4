// A cluster to play with: region nodes on this machine that outlive the command that starts them.
// Its folder holds, for each region, configuration, log and data, and cluster.json, which says who
// runs where. One command at a time.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/live/cluster_file.h"
#include "coordinator/live/control_client.h"
#include "coordinator/live/known_process.h"
#include "coordinator/live/node_process.h"
#include "coordinator/live/standing_faults.h"
#include "region-node/base/result.h"
#include "region-node/table/key_schema.h"

namespace gtsim {

class Playground {
 public:
  struct Plan {
    std::vector<std::string> regions;
    std::vector<std::pair<std::string, KeySchema>> tables;
    SyncMode sync = SyncMode::kAlways;
  };
  struct Node {
    pid_t pid = 0;
    std::uint64_t birth = 0;  // process_birth() when it was started
    NodeAddresses addresses;
  };

  // kInput: a cluster is up there already.
  [[nodiscard]] static Result<Playground> up(const std::string& folder, const Plan& plan);
  // kInput: there is none.
  [[nodiscard]] static Result<Playground> open(const std::string& folder);

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] const std::map<std::string, Node>& nodes() const { return nodes_; }
  [[nodiscard]] const std::vector<std::pair<std::string, KeySchema>>& tables() const {
    return plan_.tables;
  }
  [[nodiscard]] bool runs(const std::string& region) const;
  [[nodiscard]] ClusterFile as_file() const;

  [[nodiscard]] bool is_frozen(const std::string& region) const {
    return faults_.is_frozen(region);
  }

  // --- Faults, in effect when they return. A region that is down or frozen is told of them when it
  // goes on. REQUIRES: regions of nodes(). kInput: not in the state that it is in, or `text` is no
  // value.
  [[nodiscard]] Result<void> crash(const std::string& region);
  [[nodiscard]] Result<void> restart(const std::string& region);  // frozen, when it is to be
  [[nodiscard]] Result<void> set_frozen(const std::string& region, bool frozen);
  [[nodiscard]] Result<void> cut(const std::vector<StandingFaults::Link>& links);
  [[nodiscard]] Result<void> heal();
  [[nodiscard]] Result<void> set_latency(const StandingFaults::Link& link, const std::string& text);
  [[nodiscard]] Result<void> set_loss(const StandingFaults::Link& link, const std::string& text);
  [[nodiscard]] Result<void> set_paused(const std::string& region, bool paused);

  // Ends all, gracefully where that works within 8 s. Removes what up() made unless `keep`.
  // Returns what was amiss, a line each.
  [[nodiscard]] std::vector<std::string> down(bool keep);

 private:
  explicit Playground(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::string path_of(const std::string& region, const char* suffix) const;
  [[nodiscard]] Result<void> write_config(const std::string& region) const;
  [[nodiscard]] Result<NodeProcess> launch(const std::string& region) const;
  // Waits until it is ready. It still ends with this command.
  [[nodiscard]] Result<void> adopt(const std::string& region, NodeProcess& process);
  // Nothing: it is down. REQUIRES: a region of nodes().
  [[nodiscard]] std::optional<KnownProcess> process_of(const std::string& region) const;
  // Tells the region of the faults that stand, then where the others are.
  [[nodiscard]] Result<void> introduce(const std::string& region) const;
  [[nodiscard]] Result<void> carry_out(const FaultSet::Effects& effects);
  [[nodiscard]] Result<void> carry_out(Result<FaultSet::Effects> effects);
  [[nodiscard]] Result<void> order(const std::string& region, const wire::Order& order) const;
  [[nodiscard]] Result<void> save() const;

  std::string folder_;
  Plan plan_;
  std::map<std::string, Node> nodes_;
  StandingFaults faults_;
};

}  // namespace gtsim
