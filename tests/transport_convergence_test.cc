// Two state machines that reach each other through two transports only. Messages are lost, doubled
// and overtaken before they are sent and the streams are cut again and again; when that ends, both
// tables hold the same.
#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/replica.h"
#include "region-node/table/memory_store.h"
#include "tests/transport_harness.h"

namespace gtsim::transport_fixture {
namespace {

constexpr int kKeys = 40;

// A node whose loop is the test's thread.
class Region {
 public:
  Region(const std::string& name, RegionId self, RegionId other)
      : node(name), self_(self), other_(other), replica_(self) {
    TableOptions options;
    options.region = self;
    options.replication = {.batch = 8, .in_flight = 4};
    replica_.add_table(options, node.keys.orders, store_).add_member(other, 0, 0);
    node.start();
  }

  void write(Random& random, Moment moment) {
    write(random, moment, random.chance(0.2) ? WriteKind::kDelete : WriteKind::kPut);
  }
  void write(Random& random, Moment moment, WriteKind kind) {
    const auto number = static_cast<int>(random.below(kKeys));
    WriteCall call;
    Operation& operation = call.operations.emplace_back();
    operation.kind = kind;
    operation.key = intern_order(node.keys.orders, order_key("k", number));
    if (kind == WriteKind::kPut) {
      operation.image = order_put(node.keys.orders, "k", number, std::to_string(random.next()),
                                  self_, moment.clock.us)
                            .image;
    }
    Effects effects;
    replica_.write(std::move(call), moment, effects);
    ASSERT_TRUE(effects.replies.front().outcome.has_value());
    take(effects);
  }
  void tick(Moment moment) {
    Effects effects;
    replica_.tick(moment, effects);
    take(effects);
  }
  // Handles what has arrived.
  void receive(Moment moment) {
    while (node.ear.frame_count() != 0) {
      const auto frame = node.ear.take_frame();
      const auto messages = frame->decode();
      ASSERT_TRUE(messages.has_value()) << messages.error().detail;
      Effects effects;
      for (const Message& message : *messages) replica_.receive(message, moment, effects);
      take(effects);
    }
  }
  // Sends what is due; a disturbed link loses, doubles and holds back.
  void ship(Random& random, bool disturbed) {
    while (!due_.empty()) {
      Message message = std::move(due_.front());
      due_.pop_front();
      if (disturbed && random.chance(0.1)) continue;
      if (disturbed && random.chance(0.1)) {
        held_back_.push_back(std::move(message));
        continue;
      }
      if (disturbed && random.chance(0.1)) (void)node.transport->send(other_, {message});
      (void)node.transport->send(other_, {std::move(message)});
      if (!held_back_.empty() && random.chance(0.3)) {
        (void)node.transport->send(other_, {held_back_.front()});
        held_back_.pop_front();
      }
    }
  }
  [[nodiscard]] bool drained() const { return replica_.table(TableId{0}).sender().drained(); }
  // Every item and tombstone by the bytes of its key.
  [[nodiscard]] std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> all;
    for (std::uint32_t i = 0; i < node.keys.orders.size(); ++i) {
      const StoredItem& item = store_.get(KeyId{i});
      if (!item.version.ever_written()) continue;
      all[std::string(node.keys.orders.bytes(KeyId{i}))] =
          std::string(item.image.bytes()) +
          fmt::format("@{}/{}", item.version.timestamp.us, item.version.origin.value());
    }
    return all;
  }

  TestNode node;

 private:
  void take(Effects& effects) {
    for (Message& message : effects.messages) due_.push_back(std::move(message));
  }

  RegionId self_;
  RegionId other_;
  Replica replica_;
  MemoryStore store_;
  std::deque<Message> due_;
  std::deque<Message> held_back_;
};

TEST(TransportConvergence, ReplaysReordersLossesAndCutsEndInEqualTables) {
  std::array<Region, 2> regions{Region("eu-central-1", kFrankfurt, kIreland),
                                Region("eu-west-1", kIreland, kFrankfurt)};
  const std::array<RegionId, 2> ids{kFrankfurt, kIreland};
  // What is written and cut when is the same in every run; what becomes of a message is not,
  // because gRPC's threads decide how many rounds one takes.
  Random schedule(20260101);
  Random disturbance(20260102);
  Instant now{0};
  const auto moment = [&] { return Moment{now, WallTime{1'767'225'600'000'000 + now.us}}; };
  const auto round = [&](bool disturbed) {
    now = now + Duration{200'000};
    for (Region& region : regions) {
      region.receive(moment());
      region.tick(moment());
      region.ship(disturbance, disturbed);
    }
  };
  const auto reach = [&](std::size_t from, bool connected) {
    regions[from].node.transport->set_peer(
        ids[1 - from], connected ? regions[1 - from].node.transport->listening_on() : "");
  };
  const auto state = [&](std::size_t from) {
    return regions[from].node.transport->state(ids[1 - from]);
  };

  int cuts = 0;
  std::uint64_t meetings = 0;
  for (int step = 0; step < 3000; ++step) {
    for (Region& region : regions) {
      if (schedule.chance(0.5)) region.write(schedule, moment());
    }
    if (schedule.chance(0.02)) {
      reach(schedule.below(2), false);
      ++cuts;
    }
    if (schedule.chance(0.05)) {
      ++meetings;
      for (std::size_t i = 0; i < 2; ++i) {
        reach(i, true);
        ASSERT_TRUE(regions[i].node.ear.poll([&] { return state(i).connected; }));
        // However busy the machine is: something crosses the link before it is cut again.
        const std::uint64_t before = state(i).frames_sent;
        regions[i].write(schedule, moment(), WriteKind::kPut);
        ASSERT_TRUE(regions[i].node.ear.poll([&] {
          round(/*disturbed=*/true);
          return state(i).frames_sent > before;
        }));
      }
    }
    round(/*disturbed=*/true);
  }
  EXPECT_GT(cuts, 20);
  EXPECT_GT(meetings, 100u);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_GE(state(i).frames_sent, meetings);
  reach(0, true);
  reach(1, true);
  EXPECT_TRUE(regions[0].node.ear.poll([&] {
    round(/*disturbed=*/false);
    return regions[0].drained() && regions[1].drained();
  }));
  EXPECT_EQ(regions[0].contents(), regions[1].contents());
  EXPECT_EQ(regions[0].contents().size(), static_cast<std::size_t>(kKeys));
}

}  // namespace
}  // namespace gtsim::transport_fixture
