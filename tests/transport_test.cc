// Two or three nodes' transports over loopback, without the nodes: what one sends the other hears,
// in order, whatever happens to the streams between.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "region-node/transport/frame_queue.h"
#include "region-node/transport/replication_transport.h"
#include "tests/transport_harness.h"

namespace gtsim::transport_fixture {
namespace {

// Frankfurt dials Ireland.
class Transport : public testing::Test {
 protected:
  void SetUp() override {
    ireland.ear.received = {17, 4};
    frankfurt.start();
    ireland.start();
  }
  Message put_message(std::uint64_t position, std::size_t payload_bytes = 1) {
    Message message = orders_changes(kFrankfurt, kIreland, position, position + 1);
    message.changes = {order_put(frankfurt.keys.orders, "k", static_cast<int>(position),
                                 std::string(payload_bytes, 'x'), kFrankfurt, 1'000'000)};
    return message;
  }
  // All messages that arrive until position `end`; their positions must join.
  void hear_until(std::uint64_t position, std::uint64_t end) {
    while (position < end) {
      const auto frame = ireland.ear.take_frame();
      ASSERT_NE(frame, nullptr) << "nothing more came after " << position;
      const auto messages = frame->decode();
      ASSERT_TRUE(messages.has_value()) << messages.error().detail;
      for (const Message& message : *messages) {
        ASSERT_EQ(message.first_position, position);
        position = message.next_position;
      }
    }
    EXPECT_EQ(position, end);
  }

  TestNode frankfurt{"eu-central-1"};
  TestNode ireland{"eu-west-1"};
};

TEST_F(Transport, MessagesArriveAsTheyWereSent) {
  frankfurt.connect(kIreland, ireland);
  const std::vector<Message> sent = {put_message(5, 3000),
                                     acknowledgement(kFrankfurt, kIreland, 88)};
  const std::string text = to_text(sent, frankfurt.keys.all());
  ASSERT_TRUE(frankfurt.transport->send(kIreland, sent));
  EXPECT_EQ(ireland.hear(), text);
}

TEST_F(Transport, WelcomeTellsWhatIsDurableByTable) {
  frankfurt.connect(kIreland, ireland);
  EXPECT_EQ(frankfurt.ear.connected[0].first, kIreland);
  EXPECT_EQ(frankfurt.ear.connected[0].second, (std::vector<std::uint64_t>{17, 4}));
  EXPECT_EQ(ireland.ear.hellos, std::vector<RegionId>{kFrankfurt});
}

// Each side numbers its tables as its own configuration lists them.
TEST_F(Transport, TablesGoByNameNotByNumber) {
  TestNode other("us-east-1");
  other.config.tables = {config_of("us-east-1").tables[1], config_of("us-east-1").tables[0]};
  std::swap(other.ear.received[0], other.ear.received[1]);
  other.start();
  frankfurt.transport->set_peer(kVirginia, other.transport->listening_on());
  ASSERT_TRUE(frankfurt.ear.wait([&] { return !frankfurt.ear.connected.empty(); }));
  EXPECT_EQ(frankfurt.ear.connected[0].second, (std::vector<std::uint64_t>{0, 0}));
  Message message = acknowledgement(kFrankfurt, kVirginia, 9);
  message.table = kBlobs;
  ASSERT_TRUE(frankfurt.transport->send(kVirginia, {message}));
  const auto frame = other.ear.take_frame();
  ASSERT_NE(frame, nullptr);
  EXPECT_EQ((*frame->decode())[0].table, kOrders);
}

TEST_F(Transport, LinksOfBothDirectionsAreTheirOwn) {
  frankfurt.connect(kIreland, ireland);
  EXPECT_FALSE(ireland.transport->send(kFrankfurt, {acknowledgement(kIreland, kFrankfurt, 1)}));
  ireland.connect(kFrankfurt, frankfurt);
  EXPECT_TRUE(ireland.transport->send(kFrankfurt, {acknowledgement(kIreland, kFrankfurt, 1)}));
  EXPECT_TRUE(frankfurt.transport->send(kIreland, {acknowledgement(kFrankfurt, kIreland, 2)}));
  EXPECT_NE(frankfurt.hear().find("[0, 1)"), std::string::npos);
  EXPECT_NE(ireland.hear().find("[0, 2)"), std::string::npos);
}

TEST_F(Transport, NothingIsTakenWithoutAConnection) {
  EXPECT_FALSE(frankfurt.transport->send(kIreland, {put_message(0)}));
  EXPECT_FALSE(frankfurt.transport->state(kIreland).connected);
  EXPECT_EQ(frankfurt.transport->state(kIreland).address, "");
}

TEST_F(Transport, ManyMessagesTravelInFewFramesAndInOrder) {
  frankfurt.connect(kIreland, ireland);
  constexpr std::uint64_t kCount = 5'000;
  for (std::uint64_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(frankfurt.transport->send(kIreland, {put_message(i)}));
  }
  hear_until(0, kCount);
  EXPECT_LT(frankfurt.transport->state(kIreland).frames_sent, kCount / 4);
}

// What the receiver does not take over stays with the sender, and there it has a bound.
TEST_F(Transport, SlowReceiverHoldsTheSenderUp) {
  frankfurt.connect(kIreland, ireland);
  constexpr std::size_t kBytes = 100'000;
  std::uint64_t sent = 0;
  // Full, and no room comes for a while.
  int refusals = 0;
  ASSERT_TRUE(frankfurt.ear.poll([&] {
    const bool taken = frankfurt.transport->send(kIreland, {put_message(sent, kBytes)});
    if (taken) ++sent;
    refusals = taken ? 0 : refusals + 1;
    return refusals == 100;
  }));
  EXPECT_EQ(ireland.ear.frame_count(), static_cast<std::size_t>(kMaxFramesHeld));
  EXPECT_GT(sent * kBytes, FrameQueue::kMaxWaitingBytes);
  EXPECT_LT(sent * kBytes, 3 * FrameQueue::kMaxWaitingBytes);
  const int rooms = frankfurt.ear.rooms;
  hear_until(0, sent);
  EXPECT_TRUE(frankfurt.ear.wait([&] { return frankfurt.ear.rooms > rooms; }));
  ASSERT_TRUE(frankfurt.transport->send(kIreland, {put_message(sent)}));
  hear_until(sent, sent + 1);
}

TEST_F(Transport, FramesMayOutliveTheTransport) {
  frankfurt.connect(kIreland, ireland);
  ASSERT_TRUE(frankfurt.transport->send(kIreland, {put_message(3)}));
  const auto frame = ireland.ear.take_frame();
  ASSERT_NE(frame, nullptr);
  ireland.transport->stop();
  ireland.transport.reset();
  const auto messages = frame->decode();
  ASSERT_TRUE(messages.has_value());
  EXPECT_EQ((*messages)[0].first_position, 3u);
}

TEST_F(Transport, DialsAgainUntilThePeerIsBack) {
  frankfurt.connect(kIreland, ireland);
  const std::string address = ireland.transport->listening_on();
  ireland.transport->stop();
  ireland.transport.reset();
  ASSERT_TRUE(frankfurt.ear.poll([&] { return !frankfurt.transport->state(kIreland).connected; }));
  EXPECT_FALSE(frankfurt.transport->send(kIreland, {put_message(0)}));
  // The next start finds its own port free, unless another program was quicker.
  ireland.config.replication_listen = address;
  ireland.ear.received = {18, 4};
  ireland.start();
  ASSERT_TRUE(frankfurt.ear.wait([&] { return frankfurt.ear.connected.size() == 2; }));
  EXPECT_EQ(frankfurt.ear.connected[1].second[0], 18u);
  EXPECT_EQ(frankfurt.transport->state(kIreland).connects, 2u);
  ASSERT_TRUE(frankfurt.transport->send(kIreland, {put_message(18)}));
  hear_until(18, 19);
}

TEST_F(Transport, NewAddressReplacesTheStream) {
  frankfurt.connect(kIreland, ireland);
  TestNode moved("eu-west-1");
  moved.ear.received = {20, 4};
  moved.start();
  frankfurt.connect(kIreland, moved);
  EXPECT_EQ(frankfurt.ear.connected[1].second[0], 20u);
  EXPECT_EQ(frankfurt.transport->state(kIreland).address, moved.transport->listening_on());
  ASSERT_TRUE(frankfurt.transport->send(kIreland, {put_message(20)}));
  EXPECT_NE(moved.hear().find("[20, 21)"), std::string::npos);
  EXPECT_EQ(ireland.ear.frame_count(), 0u);
}

TEST_F(Transport, EmptyAddressDialsNoMore) {
  frankfurt.connect(kIreland, ireland);
  frankfurt.transport->set_peer(kIreland, "");
  EXPECT_FALSE(frankfurt.transport->state(kIreland).connected);
  EXPECT_FALSE(frankfurt.transport->send(kIreland, {put_message(0)}));
}

TEST_F(Transport, NobodyListeningIsTold) {
  const std::string address = ireland.transport->listening_on();
  ireland.transport.reset();
  frankfurt.transport->set_peer(kIreland, address);
  EXPECT_TRUE(frankfurt.ear.has_notice("link to eu-west-1 at " + address));
  EXPECT_NE(frankfurt.transport->state(kIreland).detail, "");
}

TEST_F(Transport, TakenAddressIsAnError) {
  NodeConfig config = config_of("us-east-1");
  config.replication_listen = ireland.transport->listening_on();
  Keys keys;
  Ear ear;
  const auto started = start_replication_transport(config, keys.all(), ear);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code, Errc::kIo);
  EXPECT_NE(started.error().detail.find(config.replication_listen), std::string::npos);
}

TEST_F(Transport, NewerStreamOfARegionEndsTheOlder) {
  frankfurt.connect(kIreland, ireland);
  TestNode twin("eu-central-1");
  twin.start();
  twin.connect(kIreland, ireland);
  EXPECT_TRUE(ireland.ear.has_notice("a newer stream of this region took the link over"));
  EXPECT_TRUE(frankfurt.ear.has_notice("a newer stream of this region took the link over"));
}

TEST_F(Transport, StopIsQuickAndFinal) {
  frankfurt.connect(kIreland, ireland);
  ireland.connect(kFrankfurt, frankfurt);
  const auto before = std::chrono::steady_clock::now();
  ireland.transport->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
  const std::size_t told = ireland.ear.notices.size();
  EXPECT_FALSE(ireland.transport->send(kFrankfurt, {acknowledgement(kIreland, kFrankfurt, 1)}));
  ASSERT_TRUE(frankfurt.ear.poll([&] { return !frankfurt.transport->state(kIreland).connected; }));
  EXPECT_EQ(ireland.ear.notices.size(), told);
}

}  // namespace
}  // namespace gtsim::transport_fixture
