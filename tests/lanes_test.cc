// Changes that go in several lanes: order is kept for each item, and nothing waits for another
// lane.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/replication/lane.h"
#include "region-node/replication/sender.h"
#include "tests/order_item.h"
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

// ---------------------------------------------------------------- what has come

TEST(ReceivedLog, LanesGoAheadAndTheFloorFollows) {
  ReceivedLog log;
  log.start_at(10);
  log.raise_lane(2, 4, 17);
  log.raise_lane(0, 4, 12);
  EXPECT_EQ(log.of_lane(2, 4), 17u);
  EXPECT_EQ(log.of_lane(1, 4), 10u);
  EXPECT_EQ(log.furthest(), 17u);
  log.raise_floor(15);
  EXPECT_EQ(log.of_lane(0, 4), 15u);
  EXPECT_EQ(log.of_lane(2, 4), 17u);
  log.raise_floor(11);  // never back
  EXPECT_EQ(log.floor(), 15u);
  log.raise_floor(20);
  EXPECT_TRUE(log.above().empty());
}

// What is known of four lanes says nothing of eight.
TEST(ReceivedLog, AnotherNumberOfLanesStartsAtTheFloor) {
  ReceivedLog log;
  log.start_at(10);
  log.raise_lane(3, 4, 17);
  EXPECT_EQ(log.of_lane(3, 8), 10u);
  log.raise_lane(7, 8, 12);
  EXPECT_EQ(log.of_lane(3, 8), 10u);
  EXPECT_EQ(log.of_lane(7, 8), 12u);
  log.raise_lane(0, 1, 30);
  EXPECT_EQ(log.floor(), 30u);
}

// ---------------------------------------------------------------- a sender and a slow receiver

constexpr RegionId kHere{0};
constexpr RegionId kThere{1};

// Applies what it may, as a replica does, and remembers in which order.
class Receiver {
 public:
  explicit Receiver(std::map<std::uint64_t, KeyId>& key_of) : key_of_(key_of) {}

  Message take(const Message& message) {
    if (message.lanes > 1) log_.raise_floor(message.floor);
    std::uint64_t expected = log_.of_lane(message.lane, message.lanes);
    Message answer;
    answer.kind = MessageKind::kAcknowledgement;
    answer.from = kThere;
    answer.to = kHere;
    answer.attempt = message.attempt;
    answer.lane = message.lane;
    answer.lanes = message.lanes;
    answer.gap = message.first_position > expected;
    if (!answer.gap) {
      for (const Change& change : message.changes) {
        const std::uint64_t position = message.first_position + change.offset;
        if (position < expected) continue;
        EXPECT_EQ(key_of_.at(position), change.key);
        EXPECT_TRUE(taken_.insert(position).second) << position << " comes twice";
        std::uint64_t& latest = latest_[change.key];
        EXPECT_GE(position + 1, latest) << "of one key out of order";
        latest = position + 1;
      }
      expected = std::max(expected, message.next_position);
    }
    log_.raise_lane(message.lane, message.lanes, expected);
    answer.next_position = expected;
    answer.floor = message.lanes > 1 ? log_.floor() : 0;
    return answer;
  }
  [[nodiscard]] const ReceivedLog& log() const { return log_; }
  [[nodiscard]] std::size_t taken() const { return taken_.size(); }
  [[nodiscard]] const std::set<std::uint64_t>& positions() const { return taken_; }

 private:
  std::map<std::uint64_t, KeyId>& key_of_;
  ReceivedLog log_;
  std::set<std::uint64_t> taken_;
  std::map<KeyId, std::uint64_t> latest_;
};

class Lanes : public testing::Test {
 protected:
  Lanes() {
    options_.lanes = 5;
    options_.batch = 3;
    options_.in_flight = 4;
  }
  Change change(Random& random) {
    Change change;
    change.key = intern_order(keys_, static_cast<int>(random.below(20)));
    change.version = {WallTime{static_cast<std::int64_t>(key_of_.size()) + 1}, kHere};
    key_of_[key_of_.size()] = change.key;
    return change;
  }
  KeySpace keys_;
  ReplicationOptions options_;
  std::map<std::uint64_t, KeyId> key_of_;  // by position
};

// Whatever is lost, late, doubled or overtaken.
TEST_F(Lanes, EveryChangeComesOnceAndInTheOrderOfItsKey) {
  for (std::uint64_t seed = 1; seed <= 200 && !HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Random random{seed};
    key_of_.clear();
    Sender sender{kHere, TableId{0}, options_, keys_};
    sender.add_member(kThere, 0);
    Receiver receiver{key_of_};
    std::vector<Message> to_there;
    std::vector<Message> to_here;
    std::vector<Message> out;
    Instant now;
    const auto play = [&](bool writes) {
      now = now + Duration{100'000};
      if (writes && random.below(3) != 0) {
        static_cast<void>(sender.commit(change(random), now, out));
      }
      static_cast<void>(sender.tick(now, out));
      for (Message& message : out) {
        if (writes && random.below(6) == 0) continue;  // lost
        if (random.below(8) == 0) to_there.push_back(message);
        to_there.push_back(std::move(message));
      }
      out.clear();
      for (int i = 0; i < 3 && !to_there.empty(); ++i) {
        const auto place =
            to_there.begin() + static_cast<std::ptrdiff_t>(random.below(
                                   std::min<std::size_t>(to_there.size(), writes ? 3 : 1)));
        to_here.push_back(receiver.take(*place));
        to_there.erase(place);
      }
      for (int i = 0; i < 3 && !to_here.empty(); ++i) {
        if (!writes || random.below(6) != 0) {
          static_cast<void>(sender.on_acknowledgement(to_here.front(), now, out));
        }
        to_here.erase(to_here.begin());
      }
      // The floor never says more than what is there.
      for (std::uint64_t p = 0; p < receiver.log().floor(); ++p) {
        ASSERT_TRUE(receiver.positions().contains(p)) << p << " is below the floor";
      }
      ASSERT_LE(sender.log_first(), receiver.log().floor() + key_of_.size());
    };
    for (int i = 0; i < 200 && !HasFatalFailure(); ++i) play(true);
    for (int i = 0; i < 3'000 && !sender.drained() && !HasFatalFailure(); ++i) play(false);
    EXPECT_TRUE(sender.drained());
    EXPECT_EQ(receiver.taken(), key_of_.size());
    EXPECT_EQ(receiver.log().floor(), sender.log_end());
    EXPECT_TRUE(receiver.log().above().empty());
    EXPECT_EQ(sender.backlog(), 0u);
  }
}

// One that hears nothing holds up its own lane and no other.
TEST_F(Lanes, ALaneThatIsHeldUpHoldsUpNoOther) {
  Sender sender{kHere, TableId{0}, options_, keys_};
  sender.add_member(kThere, 0);
  Receiver receiver{key_of_};
  Random random{1};
  std::vector<Message> out;
  std::set<std::uint16_t> lanes;
  for (int i = 0; i < 100; ++i) {
    static_cast<void>(sender.commit(change(random), Instant{i}, out));
    for (Message& message : std::exchange(out, {})) {
      if (message.lane == 2) continue;
      lanes.insert(message.lane);
      static_cast<void>(sender.on_acknowledgement(receiver.take(message), Instant{i}, out));
    }
  }
  EXPECT_EQ(lanes.size(), 4u);
  std::size_t of_others = 0;
  for (const auto& [position, key] : key_of_) {
    if (lane_of(keys_.bytes(key), 5) != 2) ++of_others;
  }
  EXPECT_EQ(receiver.taken(), of_others);
  EXPECT_LT(receiver.log().floor(), 100u);
  EXPECT_FALSE(sender.drained());
}

// ---------------------------------------------------------------- in a run

class LanesOf : public OnBothStorages {};
GTSIM_ON_BOTH_STORAGES(LanesOf);

TEST_P(LanesOf, ARunWithCrashesLossAndReplicasThatComeAndGo) {
  for (const char* lanes : {"2", "16", "256"}) {
    std::string text = R"(
regions: {a: {fsync: 5ms}, b: {}, c: {fsync: 20ms}, d: {}}
network: {default: {latency: 30ms, jitter: 20ms, loss: 3%, duplicate: 2%, reorder: 10%}}
tables:
  table: {key: {PK: S, SK: N}, regions: [a, b, c]}
control_plane: {source_lock: 0s}
steps:
  - {at: 20s, crash: b, restart_after: 10s}
  - {at: 40s, cut: {between: [a, c]}, for: 30s}
  - {at: 60s, add_replica: {region: d, takes: 5s, backfill: 200/s}}
  - {at: 70s, crash: d, restart_after: 3s}
  - {at: 80s, crash: c, restart_after: 10s}
  - {at: 100s, pause_replication: {region: a, onset: 0s}, for: 10s}
  - {at: 130s, remove_replica: {region: b, takes: 5s}}
workload:
  - {rate: 20/s, keys: zipf(100), mix: {put: 5, update: 3, delete: 1, transact: 1}, for: 3m}
expect:
  - converged: {within: 30s, after: last-write}
)";
    text.replace(text.find("control_plane"), 0,
                 std::string("replication: {lanes: ") + lanes + "}\n");
    holds(text);
  }
}

// A hot item in one lane does not hold up the others: each lane has its own window.
TEST_P(LanesOf, AreParallel) {
  const std::string text = R"(
regions: [a, b]
network: 200ms
replication: {batch: 1, in_flight: 1, lanes: LANES}
workload:
  - {regions: [a], rate: 20/s, arrival: constant, keys: uniform(1000), for: 60s}
expect:
  - lag: {max: "LAG"}
)";
  const auto with = [&](const std::string& lanes, const std::string& lag) {
    std::string made = text;
    made.replace(made.find("LANES"), 5, lanes);
    made.replace(made.find("LAG"), 3, lag);
    return made;
  };
  holds(with("1", "> 1m"));  // 2.5 a second go through
  holds(with("64", "< 3s"));
}

TEST_P(LanesOf, CoalesceWithinTheirOwn) {
  holds(R"(
regions: [a, b]
network: 40ms
replication: {lanes: 8, coalesce: 500ms}
workload:
  - {regions: [a], rate: 100/s, keys: uniform(10), for: 60s}
expect:
  - records: {region: b, origin: REPLICATION, count: 500..2500}
  - converged: {within: 3s, after: last-write}
)");
}

}  // namespace
}  // namespace gtsim
