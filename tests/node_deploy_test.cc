// The recipes of docs/deploy and the manual are not only prose: every command line in them is one
// that the program takes, and what they refer to is there. And TLS as the manual describes it.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "tests/node_client.h"
#include "tests/spawned_node.h"

namespace gtsim {
namespace {

const std::string kSource = GTSIM_SOURCE_DIR;

std::string contents(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

// A folder with a CA and certificates, made by the script that the manual names.
class DeployTest : public testing::Test {
 protected:
  void make_certificates(const std::string& folder, const std::string& regions) {
    const std::string command = "bash " + kSource + "/tests/make_test_ca.sh " + folder_ / folder +
                                " " + regions + " >/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  void expect_good(std::vector<std::string> arguments) {
    arguments.emplace_back("--check");
    SpawnedNode node(arguments, folder_ / "errors");
    EXPECT_EQ(node.wait(), 0) << node.errors();
  }
  TestFolder folder_;
};

TEST_F(DeployTest, TheSystemdUnitStartsANode) {
  make_certificates("tls", "us-east-1");
  const std::string config = folder_.write("node.yaml", "regions: [us-east-1, eu-west-1]\n");
  const std::string unit = contents(kSource + "/docs/deploy/region-node@.service");
  const std::size_t start = unit.find("ExecStart=/usr/bin/region-node ");
  ASSERT_NE(start, std::string::npos);
  std::string line = unit.substr(start, unit.find('\n', start) - start);
  line = replaced(line, "%i", "us-east-1");
  line = replaced(line, "/etc/gtsim/node.yaml", config);
  line = replaced(line, "/etc/gtsim/tls", folder_ / "tls");
  std::vector<std::string> arguments = words(line);
  arguments.erase(arguments.begin());
  expect_good(arguments);
  EXPECT_NE(unit.find("Type=notify"), std::string::npos);
}

TEST_F(DeployTest, SystemdUnderstandsTheUnit) {
  if (std::system("command -v systemd-analyze >/dev/null") != 0) {
    GTEST_SKIP() << "systemd-analyze is not installed";
  }
  // The program is looked for; the one of this build is there.
  const std::string unit = folder_.write(
      "region-node@.service", replaced(contents(kSource + "/docs/deploy/region-node@.service"),
                                       "/usr/bin/region-node", REGION_NODE_PROGRAM));
  const std::string command = "systemd-analyze verify --man=no --recursive-errors=no " + unit +
                              " >" + folder_ / "said" + " 2>&1";
  EXPECT_EQ(std::system(command.c_str()), 0) << contents(folder_ / "said");
  EXPECT_EQ(contents(folder_ / "said").find("region-node@"), std::string::npos)
      << contents(folder_ / "said");
}

TEST_F(DeployTest, TheStatefulSetStartsANode) {
  make_certificates("tls", "gtsim-0 gtsim-1 gtsim-2");
  std::map<std::string, YAML::Node> kinds;
  for (const YAML::Node& document :
       YAML::LoadAllFromFile(kSource + "/docs/deploy/statefulset.yaml")) {
    kinds[document["kind"].as<std::string>()] = document;
  }
  ASSERT_EQ(kinds.size(), 3u);
  const YAML::Node spec = kinds["StatefulSet"]["spec"];
  EXPECT_EQ(spec["serviceName"].as<std::string>(),
            kinds["Service"]["metadata"]["name"].as<std::string>());
  EXPECT_EQ(kinds["Service"]["spec"]["clusterIP"].as<std::string>(), "None");
  EXPECT_EQ(spec["selector"]["matchLabels"]["app"].as<std::string>(),
            spec["template"]["metadata"]["labels"]["app"].as<std::string>());
  const YAML::Node pod = spec["template"]["spec"];
  const YAML::Node container = pod["containers"][0];

  std::set<std::string> volumes;
  for (const YAML::Node& volume : pod["volumes"]) volumes.insert(volume["name"].as<std::string>());
  for (const YAML::Node& claim : spec["volumeClaimTemplates"]) {
    volumes.insert(claim["metadata"]["name"].as<std::string>());
  }
  for (const YAML::Node& mount : container["volumeMounts"]) {
    EXPECT_TRUE(volumes.contains(mount["name"].as<std::string>())) << mount["name"];
  }
  std::set<std::string> ports;
  for (const YAML::Node& port : container["ports"]) ports.insert(port["name"].as<std::string>());
  for (const char* probe : {"startupProbe", "readinessProbe", "livenessProbe"}) {
    ASSERT_TRUE(container[probe]) << probe;
    EXPECT_TRUE(ports.contains(container[probe]["httpGet"]["port"].as<std::string>())) << probe;
  }

  const std::string config =
      folder_.write("node.yaml", kinds["ConfigMap"]["data"]["node.yaml"].as<std::string>());
  const int replicas = spec["replicas"].as<int>();
  for (int i = 0; i < replicas; ++i) {
    const std::string name =
        kinds["StatefulSet"]["metadata"]["name"].as<std::string>() + "-" + std::to_string(i);
    std::vector<std::string> arguments;
    for (const YAML::Node& argument : container["args"]) {
      std::string word = replaced(argument.as<std::string>(), "$(POD_NAME)", name);
      word = replaced(word, "/etc/gtsim/node.yaml", config);
      arguments.push_back(replaced(word, "/etc/gtsim/tls", folder_ / "tls"));
    }
    expect_good(arguments);
  }
}

TEST_F(DeployTest, TheContainerRunsTheProgramWithoutRoot) {
  const std::string recipe = contents(kSource + "/docs/deploy/Containerfile");
  EXPECT_NE(recipe.find("ENTRYPOINT [\"/usr/bin/region-node\"]"), std::string::npos);
  EXPECT_NE(recipe.find("\nUSER 10001\n"), std::string::npos);
  // It installs to build what ./dev installs to build.
  const std::string dev = contents(kSource + "/dev");
  const std::size_t start = dev.find("run_packages=(");
  ASSERT_NE(start, std::string::npos);
  const std::size_t open = start + std::string("run_packages=(").size();
  for (const std::string& package : words(dev.substr(open, dev.find(')', open) - open))) {
    if (package == "ccache") continue;
    EXPECT_NE(recipe.find(package), std::string::npos) << package;
  }
}

TEST_F(DeployTest, TheManualNamesEveryMetricAndItsExampleIsGood) {
  const std::string manual = contents(kSource + "/docs/operating.md");
  SpawnedNode node({"--region", "a", "--peer", "b=127.0.0.1:9", "--table", "t:PK=S"},
                   folder_ / "errors");
  const std::string metrics =
      talk(node.address("http"), "GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n");
  std::istringstream lines(metrics);
  int seen = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE gtsim_")) continue;
    ++seen;
    const std::string name = words(line).at(2).substr(6);
    EXPECT_NE(manual.find("`" + name + "`"), std::string::npos) << name;
  }
  EXPECT_GT(seen, 15);
  const std::size_t start = manual.find("```yaml\n");
  ASSERT_NE(start, std::string::npos);
  const std::string example = manual.substr(start + 8, manual.find("```", start + 8) - start - 8);
  expect_good({"--config", folder_.write("example.yaml", example), "--region", "eu-west-1"});
}

std::shared_ptr<grpc::ChannelCredentials> identity(const std::string& authority,
                                                   const std::string& folder,
                                                   const std::string& region) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = contents(authority);
  if (!region.empty()) {
    options.pem_private_key = contents(folder + "/" + region + ".key");
    options.pem_cert_chain = contents(folder + "/" + region + ".pem");
  }
  return grpc::SslCredentials(options);
}

TEST_F(DeployTest, ControlAsksForACertificateOfTheAuthority) {
  make_certificates("tls", "a coordinator");
  make_certificates("other", "coordinator");
  const std::string tls = folder_ / "tls";
  SpawnedNode node({"--region", "a", "--table", "t:PK=S", "--tls-certificate", tls + "/a.pem",
                    "--tls-key", tls + "/a.key", "--tls-authority", tls + "/ca.pem"},
                   folder_ / "errors");
  const std::string address = node.address("control");
  const std::string authority = tls + "/ca.pem";
  NodeClient known(address, identity(authority, tls, "coordinator"));
  EXPECT_EQ(known.put("k", "1"), "OK");
  NodeClient nameless(address, identity(authority, tls, ""));
  EXPECT_EQ(nameless.status().region(), "");
  NodeClient stranger(address, identity(authority, folder_ / "other", "coordinator"));
  EXPECT_EQ(stranger.status().region(), "");
  NodeClient plain(address);
  EXPECT_EQ(plain.status().region(), "");
  EXPECT_EQ(known.status().region(), "a");
  EXPECT_EQ(node.stop(), 0) << node.errors();
}

}  // namespace
}  // namespace gtsim
