// Who may talk to whom: certificates of regions, from files to gRPC.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_context.h>

#include <memory>
#include <optional>
#include <string>

#include "region-node/base/result.h"
#include "region-node/config/node_config.h"
#include "region-node/transport/hello.h"

namespace gtsim {

struct TransportCredentials {
  bool tls = false;
  std::shared_ptr<grpc::ServerCredentials>
      server;  // with TLS, asks for a certificate and checks it
  std::shared_ptr<grpc::ChannelCredentials> client;
};

// Without files, neither side proves who it is. kIo naming the file that cannot be used, also when
// peers would not take the certificate for that of `region`.
[[nodiscard]] Result<TransportCredentials> load_credentials(const std::optional<TlsFiles>& files,
                                                            const std::string& region);

// What the certificate of a caller says, after gRPC has found it signed by our authority. Names are
// the common name and DNS names: a URI, an address or a mailbox is no region.
[[nodiscard]] PeerCertificate certificate_of(const grpc::ServerContextBase& context, bool tls);

}  // namespace gtsim
