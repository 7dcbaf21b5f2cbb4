// Whether a node's own certificate is one that its peers will accept: asked when the node starts,
// because gRPC would only let every connection fail.
#pragma once

#include <string>

#include "region-node/base/result.h"
#include "region-node/config/node_config.h"

namespace gtsim {

// PEM, as the files hold it; the certificate may be followed by those between it and the authority.
struct CertificateText {
  std::string certificate;
  std::string key;
  std::string authority;
};

// kIo naming the file: not a certificate or key, not the key of the certificate, not valid now, not
// signed by the authority, not for both ends of a connection, or not of `region`.
[[nodiscard]] Result<void> check_own_certificate(const CertificateText& text, const TlsFiles& files,
                                                 const std::string& region);

}  // namespace gtsim
