// A cluster file: region nodes that run somewhere, started by somebody else. YAML, strict:
//
//   cluster: shop                       # the name that the nodes were given
//   tls: {certificate: c.pem, key: k.pem, authority: ca.pem}     # optional; paths beside this file
//   regions:
//     us-east-1: {control: 10.0.0.1:4003, replication: 10.0.0.1:4001}
//     eu-west-1: {control: 10.0.1.1:4003, replication: 10.0.1.1:4001}
//   tables: {orders: {PK: S, SK: N}}    # optional; for gtsim put, get and delete
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/config/node_config.h"
#include "region-node/table/key_schema.h"

namespace gtsim {

struct ClusterFile {
  struct Node {
    std::string control;      // host:port
    std::string replication;  // host:port; empty: not known
    std::string http;         // host:port; empty: not known
  };
  std::string cluster;
  std::optional<TlsFiles> tls;
  std::map<std::string, Node> nodes;  // by region
  // What put, get and delete need to know of the tables; in the order of the file.
  std::vector<std::pair<std::string, KeySchema>> tables;
};

// kInput: what is wrong, with file:line:column.
[[nodiscard]] Result<ClusterFile> read_cluster_file(const std::string& path);

}  // namespace gtsim
