// The daemon from outside: starting, telling that it is ready, serving, stopping, and coming back
// after being killed.
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "region-node/node/http_listener.h"
#include "region-node/node/log.h"
#include "region-node/node/service_manager.h"
#include "tests/node_client.h"
#include "tests/spawned_node.h"

namespace gtsim {
namespace {

std::vector<std::string> flags(const TestFolder& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> all = {"--region", "a", "--table", "t:PK=S", "--data", folder / "data"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::string get(const std::string& address, const std::string& path) {
  return talk(address, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

// grpc.health.v1: 1 is SERVING, 2 is NOT_SERVING; 0 when there was no answer.
int health(NodeClient& client) {
  grpc::GenericStub stub(client.channel());
  grpc::ClientContext context;
  NodeClient::limit(context);
  grpc::CompletionQueue queue;
  const grpc::Slice empty;
  const grpc::ByteBuffer nothing(&empty, 1);
  const auto call =
      stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", nothing, &queue);
  call->StartCall();
  grpc::ByteBuffer answer;
  grpc::Status status;
  call->Finish(&answer, &status, &queue);
  void* tag = nullptr;
  bool good = false;
  if (!queue.Next(&tag, &good)) return 0;
  grpc::Slice slice;
  if (!status.ok() || !answer.DumpToSingleSlice(&slice).ok() || slice.size() != 2) return 0;
  return slice.begin()[1];
}

TEST(NodeProcess, TellsWhenItIsReadyAndEndsWhenAsked) {
  const TestFolder folder;
  SpawnedNode node(flags(folder), folder / "errors");
  const boost::json::object& ready = node.ready();
  ASSERT_FALSE(ready.empty()) << node.errors();
  EXPECT_EQ(ready.at("event"), "ready");
  EXPECT_EQ(ready.at("region"), "a");
  EXPECT_EQ(ready.at("pid").as_int64(), node.pid());
  for (const char* listener : {"replication", "http", "control"}) {
    EXPECT_TRUE(node.address(listener).starts_with("127.0.0.1:")) << node.address(listener);
  }
  EXPECT_EQ(node.stop(), 0) << node.errors();
  EXPECT_EQ(node.rest_of_output(), "") << "standard output holds the ready line only";
  std::istringstream lines(node.errors());
  std::string line, events;
  while (std::getline(lines, line)) {
    const boost::json::object entry = boost::json::parse(line).as_object();
    EXPECT_EQ(entry.at("region"), "a");
    events += std::string(entry.at("event").as_string()) + " ";
  }
  EXPECT_EQ(events, "ready stopping stopped ");
}

TEST(NodeProcess, ServesMetricsReadinessAndHealth) {
  const TestFolder folder;
  SpawnedNode node(flags(folder, {"--peer", "b=127.0.0.1:9"}), folder / "errors");
  NodeClient client(node.address("control"));
  ASSERT_EQ(client.put("k", "1"), "OK");
  const std::string http = node.address("http");
  EXPECT_NE(get(http, "/ready").find("200 OK"), std::string::npos);
  EXPECT_NE(get(http, "/live").find("200 OK"), std::string::npos);
  EXPECT_NE(get(http, "/").find("404 Not Found"), std::string::npos);
  EXPECT_NE(talk(http, "POST /ready HTTP/1.1\r\nConnection: close\r\n\r\n").find("405"),
            std::string::npos);
  const std::string metrics = get(http, "/metrics");
  for (const char* expected :
       {"gtsim_Serving{region=\"a\"} 1", "gtsim_SuccessfulRequests_total{region=\"a\"} 1",
        "gtsim_IncomingRecords_total{region=\"a\"} 1",
        "gtsim_PendingReplicationCount{region=\"a\",table=\"t\",receiving_region=\"b\"} 1",
        "gtsim_ReplicationConnected{region=\"a\",receiving_region=\"b\"} 0",
        "gtsim_UserErrors_total{region=\"a\"} 0",
        "gtsim_ReturnedRecordsCount_total{region=\"a\"} 0",
        "gtsim_ThrottledRequests_total{region=\"a\",source=\"application\"} 0"}) {
    EXPECT_NE(metrics.find(expected), std::string::npos) << expected << "\n" << metrics;
  }
  EXPECT_EQ(metrics.find("gtsim_IteratorAge_seconds{"), std::string::npos) << metrics;
  EXPECT_EQ(health(client), 1);

  ASSERT_FALSE(client.read_stream().empty());
  const std::string read = get(http, "/metrics");
  EXPECT_NE(read.find("gtsim_ReturnedRecordsCount_total{region=\"a\"} 1"), std::string::npos)
      << read;
  EXPECT_NE(read.find("gtsim_IteratorAge_seconds{region=\"a\",table=\"t\"} "), std::string::npos)
      << read;
}

TEST(NodeProcess, KeepsWhatItAcknowledgedWhenItIsKilled) {
  const TestFolder folder;
  constexpr int kWrites = 300;
  for (int round = 0; round < 2; ++round) {
    SpawnedNode node(flags(folder), folder / "errors");
    NodeClient client(node.address("control"));
    for (int i = 0; i < kWrites; ++i) {
      const std::string key = std::to_string(round) + "-" + std::to_string(i);
      ASSERT_EQ(client.put(key, "v"), "OK");
    }
    EXPECT_EQ(node.stop(SIGKILL), 128 + SIGKILL);
  }
  SpawnedNode node(flags(folder), folder / "errors");
  NodeClient client(node.address("control"));
  EXPECT_EQ(client.image("1-299"), text_item({{"PK", "1-299"}, {"v", "v"}}));
  EXPECT_EQ(client.image("none"), "");
  EXPECT_EQ(client.scan().size(), 2u * kWrites);
  std::uint64_t next = 0;
  for (const wire::ReadStreamPage& page : client.read_stream()) {
    for (const wire::Record& record : page.records()) EXPECT_EQ(record.number(), next++);
  }
  EXPECT_EQ(next, 2u * kWrites);
  EXPECT_EQ(client.status().tables(0).stream_end(), 2u * kWrites);
}

TEST(NodeProcess, TwoRegionsReplicateAndAgree) {
  const TestFolder folder;
  const std::vector<std::string> common = {"--table",       "t:PK=S", "--peer",
                                           "a=127.0.0.1:9", "--peer", "b=127.0.0.1:9"};
  const auto region = [&](const char* name) {
    std::vector<std::string> all = {"--region", name, "--data", folder / name};
    all.insert(all.end(), common.begin(), common.end());
    return all;
  };
  SpawnedNode first(region("a"), folder / "a-errors");
  SpawnedNode second(region("b"), folder / "b-errors");
  NodeClient a(first.address("control"));
  NodeClient b(second.address("control"));
  ASSERT_TRUE(a.set_peer("b", second.address("replication")).ok());
  ASSERT_TRUE(b.set_peer("a", first.address("replication")).ok());
  ASSERT_EQ(a.put("k", "from a"), "OK");
  ASSERT_EQ(b.put("l", "from b"), "OK");
  EXPECT_TRUE(eventually([&] { return !b.image("k").empty() && !a.image("l").empty(); }));
  EXPECT_TRUE(eventually([&] {
    const std::string digest = a.status(true).tables(0).digest();
    return !digest.empty() && digest == b.status(true).tables(0).digest();
  }));
  EXPECT_NE(get(second.address("http"), "/metrics")
                .find("gtsim_ReplicatedChanges_total{region=\"b\",sending_region=\"a\"} 1"),
            std::string::npos);
  EXPECT_EQ(first.stop(), 0) << first.errors();
  EXPECT_EQ(second.stop(), 0) << second.errors();
}

// Every table file but for its first and last bytes.
void flip_bits_in_tables(const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().extension() != ".ldb") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    const auto size = static_cast<std::streamoff>(entry.file_size());
    for (std::streamoff at = 64; at + 4096 < size; at += 512) {
      file.seekg(at);
      const int byte = file.get();
      file.seekp(at);
      file.put(static_cast<char>(byte ^ 0x10));
    }
  }
}

// Met while it serves: by a scan, or by a read of the stream.
class DamagedNode : public testing::TestWithParam<bool> {};

TEST_P(DamagedNode, EndsByItselfAndSaysWhy) {
  const TestFolder folder;
  // Far more than the caches hold, so that what is read comes from the files.
  const std::string config = folder.write(
      "node.yaml", "sync: off\nlimits: {cache_bytes: 1MB, write_buffer_bytes: 64KB}\n");
  const std::vector<std::string> arguments = flags(folder, {"--config", config});
  {
    SpawnedNode node(arguments, folder / "errors");
    NodeClient client(node.address("control"));
    const std::string value(8'000, 'v');
    for (int i = 0; i < 1'500; ++i) ASSERT_EQ(client.put(std::to_string(i), value), "OK");
    ASSERT_EQ(node.stop(), 0) << node.errors();
  }
  SpawnedNode node(arguments, folder / "errors");
  ASSERT_FALSE(node.ready().empty()) << node.errors();
  flip_bits_in_tables(folder / "data");
  NodeClient client(node.address("control"));
  grpc::ClientContext context;
  NodeClient::limit(context);
  if (GetParam()) {
    wire::ScanTableRequest request;
    request.set_table("t");
    const auto reader = client.stub().ScanTable(&context, request);
    wire::ScanTablePage page;
    while (reader->Read(&page)) {
    }
    EXPECT_FALSE(reader->Finish().ok());
  } else {
    wire::ReadStreamRequest request;
    request.set_table("t");
    const auto reader = client.stub().ReadStream(&context, request);
    wire::ReadStreamPage page;
    while (reader->Read(&page)) {
    }
    EXPECT_FALSE(reader->Finish().ok());
  }
  EXPECT_EQ(node.wait(), 1) << node.errors();
  EXPECT_NE(node.errors().find("\"event\":\"failed\""), std::string::npos) << node.errors();
}
INSTANTIATE_TEST_SUITE_P(, DamagedNode, testing::Values(true, false));

TEST(NodeProcess, RefusesADirectoryThatIsInUse) {
  const TestFolder folder;
  SpawnedNode node(flags(folder), folder / "errors");
  ASSERT_FALSE(node.ready().empty());
  SpawnedNode second(flags(folder), folder / "second-errors");
  EXPECT_EQ(second.wait(), 2);
  EXPECT_NE(second.errors().find("is in use by another process"), std::string::npos)
      << second.errors();
  // Whoever removes what looks like a lock does not get past the lock.
  std::filesystem::remove(folder / "data/LOCK");
  SpawnedNode third(flags(folder), folder / "third-errors");
  EXPECT_EQ(third.wait(), 2);
  EXPECT_NE(third.errors().find("is in use by another process"), std::string::npos)
      << third.errors();
  EXPECT_EQ(node.stop(), 0);
}

TEST(NodeProcess, SaysThatItMayOpenTooFewFiles) {
  const TestFolder folder;
  // The child takes it over; it may not raise it again.
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit few{100, 100};
    ::setrlimit(RLIMIT_NOFILE, &few);
    SpawnedNode node(flags(folder), folder / "errors");
    ::_exit(node.wait());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 2);
  std::ifstream file(folder / "errors");
  const std::string errors{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(errors.find("this process may open 100 files"), std::string::npos) << errors;
}

TEST(NodeProcess, RefusesWhatItCannotUse) {
  const TestFolder folder;
  SpawnedNode busy(flags(folder), folder / "errors");
  const std::string taken = busy.address("http");
  const std::string control = busy.address("control");
  const struct {
    std::vector<std::string> arguments;
    const char* fragment;
  } kCases[] = {
      {{"--no-such-flag"}, "--no-such-flag"},
      {{"--region", "a", "--http-listen", taken}, "the HTTP listener cannot listen on"},
      {{"--region", "a", "--control-listen", control}, "the control listener cannot listen on"},
      {{"--region", "a", "--data", "/dev/null/data"}, "/dev/null/data"},
      {{"--region", "a", "--tls-certificate", "/none", "--tls-key", "/none", "--tls-authority",
        "/none"},
       "/none"},
  };
  int number = 0;
  for (const auto& one : kCases) {
    SpawnedNode node(one.arguments, folder / ("errors-" + std::to_string(number++)));
    EXPECT_EQ(node.wait(), 2) << one.fragment;
    EXPECT_NE(node.errors().find(one.fragment), std::string::npos) << node.errors();
  }
}

TEST(NodeProcess, ChecksAConfigurationWithoutServing) {
  const TestFolder folder;
  const std::string good = folder.write("good.yaml", "region: a\ntables: {t: {key: {PK: S}}}\n");
  SpawnedNode fine({"--config", good, "--check"}, folder / "errors");
  EXPECT_EQ(fine.wait(), 0) << fine.errors();
  EXPECT_EQ(fine.rest_of_output(), "the configuration is good\n");
  const std::string bad = folder.write("bad.yaml", "region: a\nsync: never\n");
  SpawnedNode broken({"--config", bad, "--check"}, folder / "errors");
  EXPECT_EQ(broken.wait(), 2);
  EXPECT_NE(broken.errors().find("bad.yaml:2:7: sync: found `never`"), std::string::npos);
}

// While something waits for a peer that never comes.
class DrainingNode : public testing::Test {
 protected:
  std::unique_ptr<SpawnedNode> start(const std::string& drain) {
    const std::string config = folder_.write("node.yaml", "limits: {drain: " + drain + "}\n");
    auto node = std::make_unique<SpawnedNode>(
        flags(folder_, {"--config", config, "--peer", "b=127.0.0.1:9"}), folder_ / "errors");
    NodeClient client(node->address("control"));
    EXPECT_EQ(client.put("k", "1"), "OK");
    return node;
  }
  static bool is_stopping(SpawnedNode& node) {
    return eventually([&] { return node.errors().find("\"stopping\"") != std::string::npos; });
  }
  TestFolder folder_;
};

TEST_F(DrainingNode, EndsWithinTheBound) {
  const auto node = start("100ms");
  EXPECT_EQ(node->stop(), 0) << node->errors();
}

TEST_F(DrainingNode, TakesNoNewWritesAndIsNotReady) {
  const auto node = start("1h");
  NodeClient client(node->address("control"));
  node->signal(SIGTERM);
  ASSERT_TRUE(is_stopping(*node));
  EXPECT_TRUE(eventually([&] { return health(client) == 2; }));
  EXPECT_TRUE(eventually([&] {
    return get(node->address("http"), "/ready").find("503 Service Unavailable") !=
           std::string::npos;
  }));
  EXPECT_EQ(client.put("k", "2"), "UNAVAILABLE");
  EXPECT_EQ(client.status().state(), "draining");
  EXPECT_EQ(node->stop(SIGINT), 130);
  SpawnedNode again(flags(folder_, {"--peer", "b=127.0.0.1:9"}), folder_ / "errors");
  EXPECT_EQ(NodeClient(again.address("control")).image("k"), text_item({{"PK", "k"}, {"v", "1"}}));
}

// --- what has no process of its own

TEST(NodeLog, IsOneLineOfJsonWhateverItHolds) {
  const std::string line = log_line(1'767'225'600'000'000, LogLevel::kWarning, "a", "x",
                                    {{"text", "two\nlines \"quoted\" \x1b[31m"},
                                     {"bytes", std::string("\xff\xfe")},
                                     {"count", std::int64_t{3}},
                                     {"good", true}});
  EXPECT_EQ(line,
            R"({"time":"2026-01-01T00:00:00.000Z","level":"warning","region":"a","event":"x",)"
            R"("text":"two\nlines \"quoted\" \u001b[31m","bytes":"??","count":3,"good":true})");
}

TEST(ServiceManager, GetsADatagram) {
  const TestFolder folder;
  const std::string path = folder / "notify";
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_TRUE(notify_service_manager(path, "READY=1"));
  char bytes[64];
  const ssize_t size = ::recv(socket, bytes, sizeof bytes, 0);
  EXPECT_EQ(std::string(bytes, static_cast<std::size_t>(std::max<ssize_t>(size, 0))), "READY=1");
  ::close(socket);
  EXPECT_FALSE(notify_service_manager(folder / "nobody", "READY=1"));
  EXPECT_FALSE(notify_service_manager("relative", "READY=1"));
}

class HttpListenerTest : public testing::Test {
 protected:
  void start(HttpHandler handler, HttpLimits limits = {}) {
    auto listener = HttpListener::start("127.0.0.1:0", std::move(handler), limits);
    ASSERT_TRUE(listener) << listener.error().detail;
    listener_ = std::move(*listener);
  }
  static HttpHandler echo() {
    return [](const HttpRequest& request, const HttpAnswer& answer) {
      answer({200, "text/plain", request.method + " " + request.target});
    };
  }
  std::unique_ptr<HttpListener> listener_;
};

TEST_F(HttpListenerTest, AnswersSeveralRequestsOnOneConnection) {
  start(echo());
  const std::string answer =
      talk(listener_->listening_on(),
           "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("GET /1"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("GET /2")) << answer;
}

TEST_F(HttpListenerTest, SaysSoWhenTheAnswerIsLate) {
  HttpAnswer kept;
  HttpLimits limits;
  limits.answer_within = std::chrono::milliseconds{20};
  start([&](const HttpRequest&, HttpAnswer answer) { kept = std::move(answer); }, limits);
  EXPECT_NE(get(listener_->listening_on(), "/").find("503"), std::string::npos);
  kept({});  // too late, and harmless
  kept = nullptr;
}

TEST_F(HttpListenerTest, OutlivesWhatIsNoHttp) {
  HttpLimits limits;
  limits.body_bytes = 100;
  limits.idle = std::chrono::milliseconds{100};
  start(echo(), limits);
  const std::string address = listener_->listening_on();
  EXPECT_EQ(talk(address, std::string("\x16\x03\x01\x00\xff\r\n\r\n", 9)), "");
  EXPECT_EQ(talk(address, "GET / HT"), "") << "half a request is given up";
  EXPECT_NE(talk(address, "GET / HTTP/1.1\r\nContent-Length: 101\r\n\r\n").find("413"),
            std::string::npos);
  EXPECT_NE(
      talk(address, "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").find("431"),
      std::string::npos);
  EXPECT_NE(get(address, "/").find("GET /"), std::string::npos);
}

TEST_F(HttpListenerTest, TheOneThatWasSilentForLongestGivesWay) {
  HttpLimits limits;
  limits.connections = 2;
  start(echo(), limits);
  const int first = connect_to(listener_->listening_on());
  const int second = connect_to(listener_->listening_on());
  // Both are accepted before a third one is.
  EXPECT_NE(get(listener_->listening_on(), "/").find("GET /"), std::string::npos);
  char byte = 0;
  EXPECT_EQ(::read(first, &byte, 1), 0) << "closed by the listener";
  const std::string request = "GET /still HTTP/1.1\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::write(second, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  EXPECT_EQ(::read(second, &byte, 1), 1) << "the younger one is served";
  ::close(first);
  ::close(second);
}

TEST_F(HttpListenerTest, WhoWaitsForAnAnswerDoesNotGiveWay) {
  HttpLimits limits;
  limits.connections = 1;
  HttpAnswer kept;
  std::promise<void> asked;
  start(
      [&](const HttpRequest& request, HttpAnswer answer) {
        if (request.target != "/first") return answer({200, "text/plain", "later"});
        kept = std::move(answer);
        asked.set_value();
      },
      limits);
  const int first = connect_to(listener_->listening_on());
  const std::string request = "GET /first HTTP/1.1\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(::write(first, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  asked.get_future().wait();
  EXPECT_EQ(get(listener_->listening_on(), "/second"), "") << "one too many";
  kept({200, "text/plain", "first"});
  kept = nullptr;
  char byte = 0;
  EXPECT_EQ(::read(first, &byte, 1), 1);
  ::close(first);
  EXPECT_TRUE(eventually(
      [&] { return get(listener_->listening_on(), "/").find("later") != std::string::npos; }));
}

}  // namespace
}  // namespace gtsim
