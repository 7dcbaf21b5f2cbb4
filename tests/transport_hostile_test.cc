// Peers that break the protocol, by mistake or on purpose. Each is refused with the status that the
// protocol names, a person is told, and the streams of honest peers go on.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/transport/frame_queue.h"
#include "tests/transport_harness.h"

namespace gtsim::transport_fixture {
namespace {

namespace wire = replication::v1;
using grpc::StatusCode;

// Ireland listens; Frankfurt is honest; whoever else comes may not be.
class HostilePeer : public testing::Test {
 protected:
  void SetUp() override {
    ireland.start();
    frankfurt.start();
    frankfurt.connect(kIreland, ireland);
    virginia = config_of("us-east-1");
  }
  // Whatever was said by others, the honest stream stands and works.
  void TearDown() override {
    ASSERT_TRUE(frankfurt.transport->send(kIreland, {acknowledgement(kFrankfurt, kIreland, 42)}));
    std::string heard;
    while (heard.find("0->1") == std::string::npos) {  // after what the stranger may have sent
      heard = ireland.hear();
      ASSERT_NE(heard, "no frame");
    }
    EXPECT_NE(heard.find("[0, 42)"), std::string::npos) << heard;
    EXPECT_EQ(frankfurt.transport->state(kIreland).connects, connects);
  }
  [[nodiscard]] wire::Hello hello() const { return make_hello(virginia, kIreland); }
  [[nodiscard]] std::string address() const { return ireland.transport->listening_on(); }
  // What a stranger who introduces itself so is told.
  void expect_hello_refused(const wire::Hello& said, StatusCode code, const std::string& text) {
    RawPeer peer(address());
    ASSERT_TRUE(peer.say_hello(said));
    const grpc::Status status = peer.end();
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_EQ(status.error_message(), text);
    EXPECT_TRUE(ireland.ear.has_notice(text)) << ireland.ear.all_notices();
    EXPECT_EQ(ireland.ear.hellos.size(), 1u);
  }
  void expect_refused_after_hello(const std::string& bytes, StatusCode code,
                                  const std::string& text) {
    RawPeer peer(address());
    ASSERT_TRUE(peer.say_hello(hello()));
    ASSERT_TRUE(peer.hear().has_value());
    (void)peer.say_bytes(bytes);
    const grpc::Status status = peer.end();
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_NE(status.error_message().find(text), std::string::npos) << status.error_message();
    EXPECT_TRUE(ireland.ear.has_notice(text)) << ireland.ear.all_notices();
    EXPECT_EQ(ireland.ear.frame_count(), 0u);
  }

  TestNode ireland{"eu-west-1"};
  TestNode frankfurt{"eu-central-1"};
  NodeConfig virginia;
  std::uint64_t connects = 1;  // of the honest stream
};

TEST_F(HostilePeer, OtherVersionIsRefused) {
  wire::Hello said = hello();
  said.set_versions(0, 2);
  expect_hello_refused(said, StatusCode::FAILED_PRECONDITION,
                       "this node speaks protocol version 1 only");
}

TEST_F(HostilePeer, NewerPeerThatSpeaksOursTooIsWelcome) {
  wire::Hello said = hello();
  said.add_versions(2);
  RawPeer peer(address());
  ASSERT_TRUE(peer.say_hello(said));
  const auto answer = peer.hear();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->welcome().version(), 1u);
}

TEST_F(HostilePeer, OtherClusterIsRefused) {
  virginia.cluster = "production\nforged line";
  expect_hello_refused(hello(), StatusCode::FAILED_PRECONDITION,
                       "this is cluster gtsim, not production?forged line");
}

TEST_F(HostilePeer, HelloForAnotherRegionIsRefused) {
  expect_hello_refused(make_hello(virginia, kFrankfurt), StatusCode::FAILED_PRECONDITION,
                       "this is region eu-west-1, not eu-central-1");
}

TEST_F(HostilePeer, UnknownRegionIsRefused) {
  wire::Hello said = hello();
  said.set_from("mars-1");
  expect_hello_refused(said, StatusCode::FAILED_PRECONDITION,
                       "region mars-1 is no peer of eu-west-1");
}

TEST_F(HostilePeer, ReceiverItselfIsRefused) {
  wire::Hello said = hello();
  said.set_from("eu-west-1");
  expect_hello_refused(said, StatusCode::FAILED_PRECONDITION,
                       "region eu-west-1 is no peer of eu-west-1");
}

TEST_F(HostilePeer, OtherRegionsAreRefused) {
  wire::Hello said = hello();
  said.mutable_regions()->RemoveLast();
  expect_hello_refused(said, StatusCode::FAILED_PRECONDITION,
                       "the cluster has 3 regions here, 2 there");
  said.add_regions("mars-1");
  expect_hello_refused(said, StatusCode::FAILED_PRECONDITION, "region mars-1 is unknown here");
  said.set_regions(2, "eu-west-1");
  expect_hello_refused(said, StatusCode::FAILED_PRECONDITION, "region eu-west-1 is listed twice");
}

TEST_F(HostilePeer, TablesThatAreNoneAreRefused) {
  const auto expect_refused = [&](const std::function<void(wire::Hello&)>& spoil,
                                  const char* told) {
    wire::Hello said = hello();
    spoil(said);
    expect_hello_refused(said, StatusCode::FAILED_PRECONDITION, told);
  };
  expect_refused([](auto& h) { *h.mutable_tables(1) = h.tables(0); },
                 "table orders is listed twice");
  expect_refused([](auto& h) { h.mutable_tables(0)->set_name("or ders"); },
                 "tables[0].name: `or ders` is no name of a table");
  expect_refused([](auto& h) { h.mutable_tables(1)->set_name(""); },
                 "tables[1].name: `` is no name of a table");
  expect_refused([](auto& h) { h.mutable_tables(0)->clear_hash(); },
                 "tables[0].hash.name: 0 bytes, expected 1 to 255");
  expect_refused([](auto& h) { h.mutable_tables(0)->mutable_range()->set_type("BOOL"); },
                 "tables[0].range.type: found `BOOL`, expected S, N or B");
  expect_refused([](auto& h) { h.mutable_tables(0)->mutable_range()->set_name("PK"); },
                 "tables[0].range.name: the same as hash.name");
  expect_refused([](auto& h) { h.mutable_tables(0)->set_shards(1001); },
                 "tables[0].shards: 1001, at most 1000 are allowed");
  expect_refused([](auto& h) { h.mutable_tables(0)->set_shard_rollover_us(-1); },
                 "tables[0].shard_rollover_us: -1 is no duration of a second or more");
  expect_refused([](auto& h) { h.mutable_tables(0)->mutable_ttl(); },
                 "tables[0].ttl.attribute: 0 bytes, expected 1 to 255");
  expect_refused(
      [](auto& h) {
        for (std::size_t i = 0; i < kMaxTables; ++i) *h.add_tables() = h.tables(0);
      },
      "2502 tables, at most 2500 are allowed");
}

// A table that is not here, or has only its name in common with one that is, concerns nobody until
// a replica of it is to come.
TEST_F(HostilePeer, TablesOfItsOwnAreTakenNoteOf) {
  wire::Hello said = hello();
  said.mutable_tables(0)->mutable_range()->set_type("S");
  said.mutable_tables(1)->set_name("other");
  RawPeer peer(address());
  ASSERT_TRUE(peer.say_hello(said));
  const auto answer = peer.hear();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->welcome().received(0), 0u);
  EXPECT_EQ(answer->welcome().received(1), 0u);
  EXPECT_TRUE(ireland.ear.has_notice("they have only the name in common"))
      << ireland.ear.all_notices();
}

TEST_F(HostilePeer, FirstMessageMustBeHello) {
  RawPeer peer(address());
  wire::FromOrigin message;
  message.mutable_frame();
  ASSERT_TRUE(peer.say(message));
  const grpc::Status status = peer.end();
  EXPECT_EQ(status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "the first message must be Hello");
}

TEST_F(HostilePeer, SecondHelloIsRefused) {
  wire::FromOrigin again;
  *again.mutable_hello() = hello();
  expect_refused_after_hello(again.SerializeAsString(), StatusCode::INVALID_ARGUMENT,
                             "a message that is no frame");
}

TEST_F(HostilePeer, LargeHelloIsRefused) {
  virginia.cluster.assign(kMaxFrameBytes, 'x');
  RawPeer peer(address());
  (void)peer.say_hello(hello());
  EXPECT_EQ(peer.end().error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(HostilePeer, FrameThatBreaksTheRulesIsRefusedWithItsField) {
  wire::FromOrigin message;
  message.mutable_frame()->add_batches()->set_kind(wire::CHANGES);
  message.mutable_frame()->add_batches()->set_table(7);
  expect_refused_after_hello(message.SerializeAsString(), StatusCode::INVALID_ARGUMENT,
                             "batches[1].table: 7, but there are 2");
  EXPECT_TRUE(ireland.ear.has_notice("refused us-east-1 at ipv4"));
}

TEST_F(HostilePeer, BytesThatAreNoMessageAreRefused) {
  expect_refused_after_hello(std::string("\x12\x7F\x0A"), StatusCode::INVALID_ARGUMENT,
                             "bytes that are no message");
}

TEST_F(HostilePeer, EmptyMessageIsRefused) {
  expect_refused_after_hello("", StatusCode::INVALID_ARGUMENT, "a message that is no frame");
}

TEST_F(HostilePeer, FrameOfEmptyChangesIsRefusedBeforeItIsBuilt) {
  wire::FromOrigin message;
  wire::Batch& batch = *message.mutable_frame()->add_batches();
  for (std::size_t i = 0; i <= kMaxChangesPerFrame; ++i) batch.add_changes();
  expect_refused_after_hello(message.SerializeAsString(), StatusCode::INVALID_ARGUMENT,
                             "a frame of more than 1024 batches, 32768 changes or 256 tables");
}

TEST_F(HostilePeer, TablesThatComeLaterMustBeInOrder) {
  const auto expect_refused = [&](const std::function<void(wire::Frame&)>& fill, const char* told) {
    wire::FromOrigin message;
    fill(*message.mutable_frame());
    expect_refused_after_hello(message.SerializeAsString(), StatusCode::INVALID_ARGUMENT, told);
  };
  const auto add = [&](wire::Frame& frame, std::uint32_t number, const char* name) {
    wire::NewTable& told = *frame.add_tables();
    told.set_number(number);
    *told.mutable_table() = hello().tables(0);
    told.mutable_table()->set_name(name);
  };
  expect_refused([&](auto& frame) { add(frame, 3, "carts"); },
                 "tables[0].number: 3, but there are 2");
  expect_refused([&](auto& frame) { add(frame, 2, "orders"); },
                 "tables[0].table.name: orders has another number");
  expect_refused([&](auto& frame) { add(frame, 2, "no name"); },
                 "tables[0].table.name: `no name` is no name of a table");
  expect_refused(
      [&](auto& frame) {
        add(frame, 2, "carts");
        add(frame, 0, "carts");
      },
      "tables[1].table.name: carts has another number");
  expect_refused(
      [&](auto& frame) {
        for (std::size_t i = 0; i <= kMaxTablesPerFrame; ++i) frame.add_tables();
      },
      "a frame of more than 1024 batches, 32768 changes or 256 tables");
}

TEST_F(HostilePeer, LargeFrameIsRefused) {
  expect_refused_after_hello(std::string(kMaxFrameBytes + 1, 'x'), StatusCode::RESOURCE_EXHAUSTED,
                             "a message of 4194305 bytes, at most 4194304 are allowed");
}

// gRPC itself stops reading there.
TEST_F(HostilePeer, VeryLargeFrameIsRefused) {
  RawPeer peer(address());
  ASSERT_TRUE(peer.say_hello(hello()));
  ASSERT_TRUE(peer.hear().has_value());
  (void)peer.say_bytes(std::string(64u << 20, 'x'));
  EXPECT_EQ(peer.end().error_code(), StatusCode::RESOURCE_EXHAUSTED);
}

// Every beginning of a good frame, and random damage to it: refused or a good frame, never a crash.
TEST_F(HostilePeer, TruncatedAndDamagedFramesDoNoHarm) {
  FrameQueue queue(frankfurt.keys.all());
  Message message = orders_changes(kVirginia, kIreland, 0, 2);
  message.changes = {order_put(frankfurt.keys.orders, "a", 1, "payload", kVirginia, 1'000)};
  queue.add(message);
  const std::string good = queue.take().message->SerializeAsString();
  Random random(20260101);
  for (std::size_t i = 0; i < good.size() + 100; ++i) {
    std::string bytes = good;
    if (i < good.size()) {
      bytes.resize(i);
    } else {
      for (int flips = 0; flips < 3; ++flips) {
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      }
    }
    RawPeer peer(address());
    ASSERT_TRUE(peer.say_hello(hello()));
    ASSERT_TRUE(peer.hear().has_value());
    (void)peer.say_bytes(bytes);
    peer.say_no_more();
    const grpc::Status status = peer.end();
    EXPECT_TRUE(status.ok() || status.error_code() == StatusCode::INVALID_ARGUMENT)
        << status.error_message();
    if (status.ok()) (void)ireland.hear();
  }
}

// The transport is no judge of what is new: the state machine is.
TEST_F(HostilePeer, RepeatedAndReorderedBatchesPass) {
  FrameQueue queue(frankfurt.keys.all());
  std::vector<std::string> frames;
  for (std::uint64_t position : {7, 3, 3, 5}) {
    queue.add(orders_changes(kVirginia, kIreland, position, position + 1));
    frames.push_back(queue.take().message->SerializeAsString());
  }
  RawPeer peer(address());
  ASSERT_TRUE(peer.say_hello(hello()));
  ASSERT_TRUE(peer.hear().has_value());
  for (const std::string& bytes : frames) ASSERT_TRUE(peer.say_bytes(bytes));
  for (const char* positions : {"[7, 8)", "[3, 4)", "[3, 4)", "[5, 6)"}) {
    EXPECT_NE(ireland.hear().find(positions), std::string::npos);
  }
}

TEST_F(HostilePeer, CreditComesBackForFramesThatWereReleased) {
  FrameQueue queue(frankfurt.keys.all());
  queue.add(acknowledgement(kVirginia, kIreland, 1));
  const std::string bytes = queue.take().message->SerializeAsString();
  RawPeer peer(address());
  ASSERT_TRUE(peer.say_hello(hello()));
  ASSERT_TRUE(peer.hear()->has_welcome());
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(peer.say_bytes(bytes));
  ASSERT_TRUE(ireland.ear.wait([&] { return ireland.ear.waiting_frames() == kMaxFramesHeld; }));
  for (int i = 0; i < 8; ++i) EXPECT_NE(ireland.hear().find("2->1"), std::string::npos);
  std::uint64_t credited = 0;
  while (credited < 8) {
    const auto answer = peer.hear();
    ASSERT_TRUE(answer.has_value());
    ASSERT_GT(answer->credit().frames(), credited);
    credited = answer->credit().frames();
  }
  EXPECT_EQ(credited, 8u);
}

// A stream that never says Hello is ended, and so many of them are bounded.
TEST_F(HostilePeer, StreamsWithoutHelloEnd) {
  std::vector<std::unique_ptr<RawPeer>> silent;
  for (int i = 0; i < 40; ++i) silent.push_back(std::make_unique<RawPeer>(address()));
  int crowded_out = 0;
  int too_late = 0;
  for (const auto& peer : silent) {
    const StatusCode code = peer->end().error_code();
    crowded_out += code == StatusCode::RESOURCE_EXHAUSTED ? 1 : 0;
    too_late += code == StatusCode::DEADLINE_EXCEEDED ? 1 : 0;
  }
  EXPECT_EQ(crowded_out, 8);
  EXPECT_EQ(too_late, 32);
}

TEST_F(HostilePeer, NoticesAreFewHoweverManyRefusals) {
  virginia.cluster = "other";
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    RawPeer peer(address());
    ASSERT_TRUE(peer.say_hello(hello()));
    EXPECT_EQ(peer.end().error_code(), StatusCode::FAILED_PRECONDITION);
  }
  // Twenty in each ten seconds.
  const auto windows = (std::chrono::steady_clock::now() - start) / std::chrono::seconds(10) + 2;
  EXPECT_LE(ireland.ear.notice_count(), static_cast<std::size_t>(20 * windows));
  EXPECT_GE(ireland.ear.notice_count(), 20u);
}

// --- Connections that never become a stream

// Plain sockets to a port of this machine, closed at the end.
class Sockets {
 public:
  ~Sockets() {
    for (const int socket : sockets_) ::close(socket);
  }
  bool add(const std::string& address) {
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    if (made < 0) return false;
    sockets_.push_back(made);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    return ::connect(made, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  }
  // Of the sockets, how many the other side has closed.
  [[nodiscard]] std::size_t closed() const {
    std::size_t count = 0;
    for (const int socket : sockets_) {
      std::array<char, 256> bytes;
      ssize_t got = 0;
      while ((got = ::recv(socket, bytes.data(), bytes.size(), MSG_DONTWAIT)) > 0) {
      }
      if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) ++count;
    }
    return count;
  }
  [[nodiscard]] std::size_t size() const { return sockets_.size(); }

 private:
  std::vector<int> sockets_;
};

long resident_mib() {
  std::ifstream statm("/proc/self/statm");
  long pages = 0;
  long resident = 0;
  statm >> pages >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / (1 << 20);
}

// A sanitized server needs some milliseconds for each of them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kIdleConnections = 1'000;
#else
constexpr std::size_t kIdleConnections = 10'000;
#endif

// Fewer where the limit on open files does not allow both ends of so many. While they stand, the
// honest stream works and a new one is accepted; then they are closed. On a machine with much else
// to do a ping between the two may come too late: the stream is dialled again, and what was sent on
// the old one is sent once more, as a region does it.
TEST_F(HostilePeer, TenThousandIdleConnectionsDoNotHurt) {
  rlimit files{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &files), 0);
  files.rlim_cur = files.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &files), 0);
  const std::size_t count = std::min<std::size_t>(kIdleConnections, (files.rlim_cur - 200) / 2);
  if (count < kIdleConnections) std::printf("open files allow %zu connections only\n", count);
  const long before = resident_mib();
  Sockets idle;
  for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(idle.add(address())) << i;
  std::printf("%zu idle connections: %ld MiB more\n", count, resident_mib() - before);

  constexpr std::chrono::seconds kLongPatience{120};
  std::uint64_t dialled = 0;
  EXPECT_TRUE(ireland.ear.poll(
      [&] {
        const std::uint64_t stands = frankfurt.transport->state(kIreland).connects;
        if (stands != dialled &&
            frankfurt.transport->send(kIreland, {acknowledgement(kFrankfurt, kIreland, 1)})) {
          dialled = stands;
        }
        return ireland.ear.frame_count() > 0;
      },
      kLongPatience));
  EXPECT_NE(ireland.hear().find("[0, 1)"), std::string::npos);
  // It waits its turn behind them; on a machine with much else to do, the first dial may give up.
  EXPECT_TRUE(ireland.ear.poll(
      [&] {
        RawPeer late(address());
        return late.say_hello(hello()) && late.hear().has_value();
      },
      kLongPatience));
  EXPECT_TRUE(ireland.ear.poll([&] { return idle.closed() == idle.size(); }, kLongPatience))
      << idle.closed() << " of " << idle.size() << " were closed";

  // The stream that stands now, and nothing on it any more.
  EXPECT_TRUE(ireland.ear.poll([&] {
    return frankfurt.transport->send(kIreland, {acknowledgement(kFrankfurt, kIreland, 2)});
  }));
  std::string heard;
  while (heard.find("[0, 2)") == std::string::npos) {
    heard = ireland.hear();
    ASSERT_NE(heard, "no frame");
  }
  connects = frankfurt.transport->state(kIreland).connects;
  EXPECT_LE(connects, 3u);
}

// The peer's machine vanished: the connection stands and says nothing. A new stream of the same
// region takes over at once.
TEST_F(HostilePeer, HalfOpenStreamGivesWayToANewOne) {
  RawPeer vanished(address());
  ASSERT_TRUE(vanished.say_hello(hello()));
  ASSERT_TRUE(vanished.hear().has_value());
  RawPeer back(address());
  ASSERT_TRUE(back.say_hello(hello()));
  EXPECT_TRUE(back.hear().has_value());
  EXPECT_EQ(vanished.end().error_code(), StatusCode::ABORTED);
}

}  // namespace
}  // namespace gtsim::transport_fixture
