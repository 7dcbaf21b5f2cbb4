// How two regions introduce themselves to one another: Hello and what it must be before a stream is
// accepted.
#pragma once

#include <grpcpp/support/status.h>

#include <string>
#include <string_view>
#include <vector>

#include "proto/replication/v1/replication.pb.h"
#include "region-node/config/node_config.h"
#include "region-node/transport/codec.h"

namespace gtsim {

inline constexpr std::uint32_t kProtocolVersion = 1;

[[nodiscard]] replication::v1::Hello make_hello(const NodeConfig& config, RegionId to);

// What is known of a peer before it has said anything.
struct PeerCertificate {
  bool required = false;           // TLS is on
  std::vector<std::string> names;  // common name and alternative names
};

// As Hello and later frames tell it; kInput with a text that names the field.
[[nodiscard]] replication::v1::Table table_of(const TableDefinition& table);
[[nodiscard]] Result<TableDefinition> definition_of(const replication::v1::Table& told);

// "PK S, SK N".
[[nodiscard]] std::string to_text(const KeySchema& key);

// OK, and then `out` is complete; or the status that the protocol demands.
[[nodiscard]] grpc::Status check_hello(const replication::v1::Hello& hello,
                                       const NodeConfig& config, const PeerCertificate& certificate,
                                       FrameOrigin& out);

// Text from a stranger as it may stand in a log: printable ASCII, cut at 64 characters.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace gtsim
