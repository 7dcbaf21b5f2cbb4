// What the commands on a cluster share: finding it and speaking to its regions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "coordinator/live/cluster_file.h"
#include "coordinator/live/control_client.h"
#include "coordinator/live/playground.h"
#include "sim/command/cluster_command.h"

namespace gtsim {

struct ClusterAccess {
  std::optional<Playground> playground;  // nothing: of a cluster file
  ClusterFile file;

  [[nodiscard]] static Result<ClusterAccess> open(const ClusterPlace& place);
  // kInput: no such region; lists those there are.
  [[nodiscard]] Result<void> check_region(const std::string& region) const;
  [[nodiscard]] Result<std::unique_ptr<ControlClient>> client(const std::string& region) const;
  [[nodiscard]] Result<void> order(const std::string& region, const wire::Order& order) const;
};

// "orders:PK=S,SK=N"; without a colon the key is PK, a string.
[[nodiscard]] Result<std::pair<std::string, KeySchema>> parse_table(const std::string& text);

// The table that is meant, as `region` knows it; empty: as any node that answers does. kInput when
// there are several and none is named.
[[nodiscard]] Result<std::pair<std::string, KeySchema>> choose_table(const ClusterAccess& access,
                                                                     const std::string& region,
                                                                     const std::string& wanted);

// Says on standard error what was wrong; returns the exit code 2.
[[nodiscard]] int complain(const Error& error);

// --- Each in a file of its own: cluster_status.cc, cluster_items.cc, fault_command.cc,
// replica_command.cc.
[[nodiscard]] int show_status(const ClusterCommand& command);
[[nodiscard]] int use_item(const ClusterCommand& command);
[[nodiscard]] int make_fault(const ClusterCommand& command);
void add_fault_commands(CLI::App& fault, ClusterCommand& command);
void add_replica_commands(CLI::App& app, ClusterCommand& command);
[[nodiscard]] int change_replicas(const ClusterCommand& command);

}  // namespace gtsim
