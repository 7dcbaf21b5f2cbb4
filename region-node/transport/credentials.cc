#include "region-node/transport/credentials.h"

#include <fmt/format.h>
#include <grpc/grpc_security_constants.h>

#include "region-node/file/read_file.h"
#include "region-node/transport/own_certificate.h"

namespace gtsim {
namespace {

Result<std::string> read_pem(const std::string& path, const char* what) {
  constexpr std::size_t kMostBytes = 1U << 20;
  auto text = read_file(path, kMostBytes);
  if (!text) {
    return Error{Errc::kIo,
                 fmt::format("{}: cannot read the {}: {}", path, what, text.error().detail)};
  }
  if (text->find("-----BEGIN ") == std::string::npos) {
    return Error{Errc::kIo,
                 fmt::format("{}: the {} must be in PEM form (-----BEGIN ...)", path, what)};
  }
  return text;
}

}  // namespace

Result<TransportCredentials> load_credentials(const std::optional<TlsFiles>& files,
                                              const std::string& region) {
  if (!files) {
    return TransportCredentials{false, grpc::InsecureServerCredentials(),
                                grpc::InsecureChannelCredentials()};
  }
  const Result<std::string> certificate = read_pem(files->certificate, "certificate");
  if (!certificate) return certificate.error();
  const Result<std::string> key = read_pem(files->key, "private key");
  if (!key) return key.error();
  const Result<std::string> authority = read_pem(files->authority, "authority's certificate");
  if (!authority) return authority.error();
  if (auto good = check_own_certificate({*certificate, *key, *authority}, *files, region); !good) {
    return good.error();
  }

  grpc::SslServerCredentialsOptions server(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  server.pem_root_certs = *authority;
  server.pem_key_cert_pairs = {{*key, *certificate}};
  grpc::SslCredentialsOptions client;
  client.pem_root_certs = *authority;
  client.pem_private_key = *key;
  client.pem_cert_chain = *certificate;
  return TransportCredentials{true, grpc::SslServerCredentials(server),
                              grpc::SslCredentials(client)};
}

PeerCertificate certificate_of(const grpc::ServerContextBase& context, bool tls) {
  PeerCertificate certificate;
  certificate.required = tls;
  const auto proof = context.auth_context();
  if (proof == nullptr || !proof->IsPeerAuthenticated()) return certificate;
  for (const char* property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_PEER_DNS_PROPERTY_NAME}) {
    for (const grpc::string_ref& name : proof->FindPropertyValues(property)) {
      certificate.names.emplace_back(name.data(), name.size());
    }
  }
  return certificate;
}

}  // namespace gtsim
