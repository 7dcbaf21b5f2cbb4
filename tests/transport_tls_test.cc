// Mutual TLS between nodes: both sides prove which region they are, and a peer with the wrong
// certificate gets nothing.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "tests/transport_harness.h"

namespace gtsim::transport_fixture {
namespace {

namespace fs = std::filesystem;

// Two authorities, both made by the script that the documentation names.
class TransportTls : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::string made = (fs::temp_directory_path() / "gtsim-tls-XXXXXX").string();
    ASSERT_NE(::mkdtemp(made.data()), nullptr);
    directory_ = made;
    for (const char* authority : {"ours", "theirs"}) {
      const std::string command = "bash " GTSIM_SOURCE_DIR "/tests/make_test_ca.sh " + made + "/" +
                                  authority + " eu-central-1 eu-west-1 us-east-1";
      ASSERT_EQ(std::system(command.c_str()), 0);
    }
  }
  static void TearDownTestSuite() { fs::remove_all(directory_); }

  static TlsFiles files(const std::string& authority, const std::string& region) {
    const std::string base = (directory_ / authority).string() + "/";
    return {base + region + ".pem", base + region + ".key", base + "ca.pem"};
  }
  static NodeConfig config(const std::string& region, const std::string& authority = "ours") {
    NodeConfig made = config_of(region);
    made.tls = files(authority, region);
    return made;
  }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }
  static std::shared_ptr<grpc::ChannelCredentials> credentials(const TlsFiles& from) {
    return grpc::SslCredentials(
        {text_of(from.authority), text_of(from.key), text_of(from.certificate)});
  }

  // A certificate of our authority for `name`, valid for so many days from now. `extensions`: lines
  // of OpenSSL's, as in tests/make_test_ca.sh.
  static TlsFiles signed_by_ours(const std::string& name, const std::string& extensions, int days) {
    const std::string base = (directory_ / "ours").string() + "/";
    const std::string made = base + "made" + std::to_string(++made_);
    const std::string command =
        "exec 2>&1 >/dev/null; openssl req -new -key " + base + "eu-west-1.key -subj /CN=" + name +
        " -out " + made + ".csr && printf '" + extensions + "\\n' > " + made +
        ".ext && openssl x509 -req -in " + made + ".csr -CA " + base + "ca.pem -CAkey " + base +
        "ca.key -CAcreateserial -days " + std::to_string(days) + " -extfile " + made +
        ".ext -out " + made + ".pem";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return {made + ".pem", base + "eu-west-1.key", base + "ca.pem"};
  }

  static fs::path directory_;
  static int made_;
};

int TransportTls::made_ = 0;

fs::path TransportTls::directory_;

TEST_F(TransportTls, NodesOfOneAuthorityTalk) {
  TestNode frankfurt(config("eu-central-1"));
  TestNode ireland(config("eu-west-1"));
  frankfurt.start();
  ireland.start();
  frankfurt.connect(kIreland, ireland);
  ASSERT_TRUE(frankfurt.transport->send(kIreland, {acknowledgement(kFrankfurt, kIreland, 3)}));
  EXPECT_NE(ireland.hear().find("[0, 3)"), std::string::npos);
}

TEST_F(TransportTls, AnotherAuthorityGetsNothing) {
  TestNode ireland(config("eu-west-1"));
  TestNode stranger(config("eu-central-1", "theirs"));
  ireland.start();
  stranger.start();
  stranger.transport->set_peer(kIreland, ireland.transport->listening_on());
  EXPECT_TRUE(stranger.ear.has_notice("link to eu-west-1")) << stranger.ear.all_notices();
  EXPECT_TRUE(stranger.ear.connected.empty());
  EXPECT_TRUE(ireland.ear.hellos.empty());
  // Even when it trusts our node, our node does not trust it.
  TlsFiles forged = files("theirs", "eu-central-1");
  forged.authority = files("ours", "eu-central-1").authority;
  RawPeer peer(ireland.transport->listening_on(), credentials(forged));
  (void)peer.say_hello(make_hello(stranger.config, kIreland));
  EXPECT_EQ(peer.end().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(ireland.ear.hellos.empty());
}

TEST_F(TransportTls, CertificateOfAnotherRegionIsDenied) {
  TestNode ireland(config("eu-west-1"));
  ireland.start();
  RawPeer peer(ireland.transport->listening_on(), credentials(files("ours", "us-east-1")));
  ASSERT_TRUE(peer.say_hello(make_hello(config("eu-central-1"), kIreland)));
  const grpc::Status status = peer.end();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "the certificate names us-east-1, Hello says eu-central-1");
  EXPECT_TRUE(ireland.ear.has_notice("the certificate names us-east-1, Hello says eu-central-1"));
  EXPECT_TRUE(ireland.ear.hellos.empty());
}

TEST_F(TransportTls, NoCertificateGetsNothing) {
  TestNode ireland(config("eu-west-1"));
  ireland.start();
  const replication::v1::Hello hello = make_hello(config("eu-central-1"), kIreland);
  {
    RawPeer plain(ireland.transport->listening_on());
    (void)plain.say_hello(hello);
    EXPECT_EQ(plain.end().error_code(), grpc::StatusCode::UNAVAILABLE);
  }
  RawPeer anonymous(ireland.transport->listening_on(),
                    grpc::SslCredentials({text_of(files("ours", "eu-west-1").authority), "", ""}));
  (void)anonymous.say_hello(hello);
  EXPECT_EQ(anonymous.end().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(ireland.ear.hellos.empty());
}

constexpr const char* kBothEnds = "extendedKeyUsage=serverAuth,clientAuth";

TEST_F(TransportTls, AUriIsNoRegion) {
  const TlsFiles forged =
      signed_by_ours("somebody", std::string(kBothEnds) + "\\nsubjectAltName=URI:eu-central-1", 1);
  TestNode ireland(config("eu-west-1"));
  ireland.start();
  RawPeer peer(ireland.transport->listening_on(), credentials(forged));
  ASSERT_TRUE(peer.say_hello(make_hello(config("eu-central-1"), kIreland)));
  const grpc::Status status = peer.end();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(status.error_message(), "the certificate names somebody, Hello says eu-central-1");
}

TEST_F(TransportTls, OwnCertificateThatPeersRefuseIsRefusedAtStart) {
  const auto fault = [](const TlsFiles& of, const std::string& region = "eu-west-1") {
    NodeConfig with = config_of(region);
    with.tls = of;
    Keys keys;
    Ear ear;
    const auto started = start_replication_transport(with, keys.all(), ear);
    return started ? std::string("started") : started.error().detail;
  };
  const TlsFiles good = files("ours", "eu-west-1");
  EXPECT_EQ(fault(good), "started");
  EXPECT_NE(fault(signed_by_ours("eu-west-1", kBothEnds, -1)).find("the certificate expired on "),
            std::string::npos);
  TlsFiles stranger = files("theirs", "eu-west-1");
  stranger.authority = good.authority;
  EXPECT_NE(fault(stranger).find("will not accept it when they call this node: "),
            std::string::npos)
      << fault(stranger);
  EXPECT_NE(fault(signed_by_ours("eu-west-1", "extendedKeyUsage=serverAuth", 1))
                .find("will not accept it when this node calls them: "),
            std::string::npos);
  EXPECT_NE(fault(good, "us-east-1").find("the certificate names eu-west-1, "), std::string::npos);
  TlsFiles endless = good;
  endless.certificate = "/dev/zero";
  EXPECT_EQ(fault(endless),
            "/dev/zero: cannot read the certificate: the file is larger than 1 MiB");
  TlsFiles broken = good;
  broken.key = good.certificate;
  EXPECT_NE(fault(broken).find("this is no private key"), std::string::npos);
}

// Whoever answers at the address must be the region that we mean.
TEST_F(TransportTls, DialsNoImpostor) {
  TestNode frankfurt(config("eu-central-1"));
  TestNode virginia(config("us-east-1"));
  frankfurt.start();
  virginia.start();
  frankfurt.transport->set_peer(kIreland, virginia.transport->listening_on());
  EXPECT_TRUE(frankfurt.ear.has_notice("link to eu-west-1")) << frankfurt.ear.all_notices();
  EXPECT_TRUE(frankfurt.ear.connected.empty());
  EXPECT_TRUE(virginia.ear.hellos.empty());
}

TEST_F(TransportTls, UnreadableFilesAreNamed) {
  const auto fault = [](const NodeConfig& with) {
    Keys keys;
    Ear ear;
    const auto started = start_replication_transport(with, keys.all(), ear);
    EXPECT_FALSE(started.has_value());
    return started ? std::string() : started.error().detail;
  };
  NodeConfig missing = config("eu-west-1");
  missing.tls->key = "/nowhere/key.pem";
  EXPECT_EQ(fault(missing),
            "/nowhere/key.pem: cannot read the private key: No such file or directory");
  NodeConfig wrong = config("eu-west-1");
  wrong.tls->authority = GTSIM_SOURCE_DIR "/README.md";
  EXPECT_NE(fault(wrong).find("README.md: the authority's certificate must be in PEM form"),
            std::string::npos);
  NodeConfig mixed = config("eu-west-1");
  mixed.tls->key = files("ours", "us-east-1").key;
  EXPECT_NE(fault(mixed).find("do not belong together"), std::string::npos);
}

}  // namespace
}  // namespace gtsim::transport_fixture
