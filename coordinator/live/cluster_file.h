// A cluster file: region nodes that run somewhere, started by somebody else. YAML, strict:
//
//   cluster: shop                       # the name that the nodes were given
//   tls: {certificate: c.pem, key: k.pem, authority: ca.pem}     # optional; paths beside this file
//   regions:
//     us-east-1: {control: 10.0.0.1:4003, replication: 10.0.0.1:4001}
//     eu-west-1: {control: 10.0.1.1:4003, replication: 10.0.1.1:4001}
#pragma once

#include <map>
#include <optional>
#include <string>

#include "region-node/base/result.h"
#include "region-node/node/node_config.h"

namespace gtsim {

struct ClusterFile {
  struct Node {
    std::string control;      // host:port
    std::string replication;  // host:port; empty: not known
    std::string http;         // host:port; empty: not known
    int pid = 0;              // of a process on this machine; 0: nobody's
  };
  std::string cluster;
  std::optional<TlsFiles> tls;
  std::map<std::string, Node> nodes;  // by region
};

// kInput: what is wrong, with file:line:column.
[[nodiscard]] Result<ClusterFile> read_cluster_file(const std::string& path);

}  // namespace gtsim
