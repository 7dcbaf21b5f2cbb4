// A cluster to play with: `gtsim up`, `status`, `fault`, `put`, `get`, `delete`, `replica`,
// `table`, `down`.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace gtsim {

// Which cluster: the one in a folder of this machine, or the nodes of a cluster file.
struct ClusterPlace {
  std::string folder = ".gtsim";
  std::string nodes_file;  // wins
};

struct ClusterCommand {
  ClusterPlace place;
  // up
  std::vector<std::string> regions = {"ap-northeast-1", "eu-west-1", "us-east-1"};
  std::vector<std::string> tables = {"items:PK=S"};
  std::string sync = "always";
  // down
  bool keep = false;
  // status
  bool digests = false;
  // put, get, delete
  std::string region;
  std::string item;
  std::string table;
  // fault
  std::vector<std::string> sides;
  std::string from;
  std::string to;
  std::string value;
  // replica, table
  std::string source;
  std::string asked;
  std::string takes;  // empty: as the durations of the node say
  std::string stream;
  std::string protection;
  std::string ttl;
  std::string no_ttl;
  std::vector<std::string> tags;
  std::vector<std::string> no_tags;
  std::int64_t backfill_items_per_second = 1000;

  CLI::App* up = nullptr;
  CLI::App* down = nullptr;
  CLI::App* status = nullptr;
  CLI::App* put = nullptr;
  CLI::App* get = nullptr;
  CLI::App* remove = nullptr;
  CLI::App* fault = nullptr;
  CLI::App* replica = nullptr;
  CLI::App* tables_of = nullptr;

  [[nodiscard]] bool chosen() const;
};

void add_cluster_commands(CLI::App& app, ClusterCommand& command);
// REQUIRES: command.chosen(). The exit code: 0; 1 when `status --digests` finds the regions
// unequal or a write was refused by its condition of existing; 2 when it could not be done.
[[nodiscard]] int execute(const ClusterCommand& command);

}  // namespace gtsim
