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

  static fs::path directory_;
};

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
