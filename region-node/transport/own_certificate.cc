#include "region-node/transport/own_certificate.h"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <vector>

namespace gtsim {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reader(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::vector<Owned<X509>> certificates_in(const std::string& pem) {
  std::vector<Owned<X509>> found;
  const Owned<BIO> bio = reader(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    found.emplace_back(one);
  }
  ERR_clear_error();  // the end of the text is told as an error
  return found;
}

std::string text_of(const ASN1_STRING* string) {
  if (string == nullptr) return {};
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string date_of(const ASN1_TIME* time) {
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  if (ASN1_TIME_print(bio.get(), time) != 1) return "an unreadable date";
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

// As peers look for them: the common name and the DNS names.
std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  X509_NAME* const subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at >= 0) names.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  const Owned<GENERAL_NAMES> others(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; others != nullptr && i < sk_GENERAL_NAME_num(others.get()); ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(others.get(), i);
    if (name->type == GEN_DNS) names.push_back(text_of(name->d.dNSName));
  }
  return names;
}

// Empty: signed by one of the authorities, and good for this end of a connection.
std::string why_not_trusted(const std::vector<Owned<X509>>& chain,
                            const std::vector<Owned<X509>>& authorities, int purpose) {
  const Owned<X509_STORE> store(X509_STORE_new());
  for (const Owned<X509>& authority : authorities)
    X509_STORE_add_cert(store.get(), authority.get());
  // As gRPC has it.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  const Owned<STACK_OF(X509)> between(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
  const Owned<X509_STORE_CTX> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), between.get());
  X509_STORE_CTX_set_purpose(context.get(), purpose);
  if (X509_verify_cert(context.get()) == 1) return {};
  ERR_clear_error();
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

Error refuse(const std::string& path, std::string_view why) {
  return Error{Errc::kIo, fmt::format("{}: {}", path, why)};
}

}  // namespace

Result<void> check_own_certificate(const CertificateText& text, const TlsFiles& files,
                                   const std::string& region) {
  const auto chain = certificates_in(text.certificate);
  if (chain.empty()) return refuse(files.certificate, "this is no certificate");
  const auto authorities = certificates_in(text.authority);
  if (authorities.empty()) return refuse(files.authority, "this is no certificate");
  const Owned<BIO> key_text = reader(text.key);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(
      key_text.get(), nullptr, [](char*, int, int, void*) { return 0; }, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return refuse(files.key, "this is no private key, or one that needs a password");
  }
  X509* const own = chain.front().get();
  if (X509_check_private_key(own, key.get()) != 1) {
    ERR_clear_error();
    return refuse(files.key, fmt::format("the private key and the certificate {} do not belong "
                                         "together",
                                         files.certificate));
  }
  if (X509_cmp_current_time(X509_get0_notBefore(own)) > 0) {
    return refuse(files.certificate, fmt::format("the certificate is not valid before {}",
                                                 date_of(X509_get0_notBefore(own))));
  }
  if (X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
    return refuse(files.certificate,
                  fmt::format("the certificate expired on {}", date_of(X509_get0_notAfter(own))));
  }
  for (const auto& [purpose, end] :
       {std::pair{X509_PURPOSE_SSL_SERVER, "when they call this node"},
        std::pair{X509_PURPOSE_SSL_CLIENT, "when this node calls them"}}) {
    const std::string why = why_not_trusted(chain, authorities, purpose);
    if (why.empty()) continue;
    return refuse(files.certificate,
                  fmt::format("peers whose authority is {} will not accept it {}: {}",
                              files.authority, end, why));
  }
  const std::vector<std::string> names = names_of(own);
  if (std::find(names.begin(), names.end(), region) == names.end()) {
    return refuse(
        files.certificate,
        fmt::format("the certificate names {}, this node is {}",
                    names.empty() ? "nobody" : fmt::format("{}", fmt::join(names, ", ")), region));
  }
  return {};
}

}  // namespace gtsim
