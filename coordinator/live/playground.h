// A cluster to play with: region nodes on this machine that outlive the command that starts them.
// Its folder holds, for each region, configuration, log and data, and cluster.json, which says who
// runs where. One command at a time.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/live/cluster_file.h"
#include "coordinator/live/node_process.h"
#include "region-node/base/result.h"
#include "region-node/table/key_schema.h"

namespace gtsim {

// The number by which the system tells processes of one id apart; 0: there is no such process.
[[nodiscard]] std::uint64_t process_birth(pid_t pid);

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
    bool frozen = false;
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

  // Links that are cut, so that a region that is started again does not talk over them.
  [[nodiscard]] std::set<std::pair<std::string, std::string>>& cuts() { return cuts_; }
  [[nodiscard]] Result<void> save() const;

  // --- REQUIRES: `region` is one of nodes(). kInput: not in the state that it is in.
  [[nodiscard]] Result<void> crash(const std::string& region);
  [[nodiscard]] Result<void> restart(const std::string& region);
  [[nodiscard]] Result<void> set_frozen(const std::string& region, bool frozen);

  // Ends all, gracefully where that works within 8 s. Removes what up() made unless `keep`.
  // Returns what was amiss, a line each.
  [[nodiscard]] std::vector<std::string> down(bool keep);

 private:
  explicit Playground(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::string path_of(const std::string& region, const char* suffix) const;
  [[nodiscard]] Result<void> write_config(const std::string& region) const;
  [[nodiscard]] Result<NodeProcess> launch(const std::string& region) const;
  [[nodiscard]] Result<void> adopt(const std::string& region, NodeProcess process);
  // Tells the region which of its links are cut, then where the others are.
  [[nodiscard]] Result<void> introduce(const std::string& region) const;

  std::string folder_;
  Plan plan_;
  std::map<std::string, Node> nodes_;
  std::set<std::pair<std::string, std::string>> cuts_;
};

}  // namespace gtsim
