// Regions that refuse their clients, and writers that go elsewhere meanwhile.
#include "coordinator/fault/client_fault.h"

#include <gtest/gtest.h>

#include "coordinator/workload/fail_over.h"
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

constexpr RegionId kHere{0};

constexpr Instant at_second(std::int64_t second) {
  return Instant{second * 1'000'000};
}

// ---------------------------------------------------------------- what a call meets

TEST(ClientFaults, EachIsAskedByDiceOfItsOwn) {
  const ClientFault some{
      .region = kHere, .rate = 0.3, .error = ClientError::kThrottling, .salt = 1};
  const ClientFault late{.region = kHere, .rate = 0.5, .delay = Duration{7}, .salt = 2};
  int refused = 0;
  int delayed = 0;
  int both = 0;
  for (std::uint64_t call = 0; call < 10'000; ++call) {
    const Dice dice = Dice{1}.of(call);
    const Admission met = admit({late, some}, ClientOperation::kPut, dice);
    // Taking one away leaves what the other does to this call alone.
    EXPECT_EQ(met.refused, admit({some}, ClientOperation::kPut, dice).refused);
    EXPECT_EQ(met.delay, admit({late}, ClientOperation::kPut, dice).delay);
    refused += met.refused ? 1 : 0;
    delayed += met.delay.count() > 0 ? 1 : 0;
    both += met.refused && met.delay.count() > 0 ? 1 : 0;
  }
  EXPECT_NEAR(refused, 3'000, 200);
  EXPECT_NEAR(delayed, 5'000, 200);
  EXPECT_NEAR(both, 1'500, 200);
}

TEST(ClientFaults, OnlyTheOperationsThatAreNamed) {
  const ClientFault fault{.region = kHere,
                          .operations = {ClientOperation::kControl, ClientOperation::kDelete},
                          .error = ClientError::kServiceUnavailable};
  for (int i = 0; i < kClientOperationCount; ++i) {
    const auto operation = static_cast<ClientOperation>(i);
    EXPECT_EQ(admit({fault}, operation, Dice{1}).refused.has_value(),
              fault.operations.contains(operation))
        << to_text(operation);
  }
}

TEST(ClientFaults, TheFirstErrorEndsIt) {
  const ClientFault lost{.region = kHere, .answer_is_lost = true};
  const ClientFault refused{
      .region = kHere, .delay = Duration{5}, .error = ClientError::kThrottling};
  const ClientFault later{
      .region = kHere, .delay = Duration{70}, .error = ClientError::kInternalServerError};
  const Admission met = admit({lost, refused, later}, ClientOperation::kPut, Dice{1});
  EXPECT_TRUE(met.answer_is_lost);
  EXPECT_EQ(met.refused, ClientError::kThrottling);
  EXPECT_EQ(met.delay, Duration{5});
}

// ---------------------------------------------------------------- where a writer goes

class FailOverOf : public testing::Test {
 protected:
  RegionId write(std::int64_t second) { return writer_.region_of(next_++, at_second(second)); }
  void end(std::uint64_t write, bool failed, std::int64_t second) {
    writer_.on_end(write, failed, at_second(second));
  }
  RegionId home_{0};
  RegionId away_{1};
  FailOver writer_{{.to = away_, .after = 2, .back_after = Duration{60'000'000}}, home_};
  std::uint64_t next_ = 0;
};

TEST_F(FailOverOf, GoesAfterSoManyInARowAndComesBackWhenHomeAnswers) {
  EXPECT_EQ(write(0), home_);
  end(0, true, 0);
  EXPECT_EQ(write(1), home_);
  end(1, false, 1);  // not in a row
  EXPECT_EQ(write(2), home_);
  end(2, true, 2);
  EXPECT_EQ(write(3), home_);
  end(3, true, 3);
  EXPECT_EQ(write(4), away_);
  EXPECT_EQ(write(62), away_);
  EXPECT_EQ(write(63), home_);  // to see
  EXPECT_EQ(write(64), away_);
  end(6, true, 64);
  EXPECT_EQ(write(123), away_);
  EXPECT_EQ(write(124), home_);
  end(9, false, 125);
  EXPECT_EQ(write(126), home_);
  EXPECT_FALSE(writer_.is_away());
}

TEST_F(FailOverOf, LateNewsFromWhereItWasSaysNothing) {
  for (int i = 0; i < 5; ++i) EXPECT_EQ(write(i), home_);
  end(0, true, 10);
  end(1, true, 11);
  EXPECT_EQ(write(12), away_);
  end(2, true, 12);
  end(3, true, 12);
  EXPECT_EQ(write(13), away_);
  end(4, false, 13);
  EXPECT_EQ(write(14), away_);
}

TEST_F(FailOverOf, GoesHomeWhenTheOtherOneFailsToo) {
  EXPECT_EQ(write(0), home_);
  EXPECT_EQ(write(0), home_);
  end(0, true, 1);
  end(1, true, 1);
  EXPECT_EQ(write(2), away_);
  EXPECT_EQ(write(2), away_);
  end(2, true, 3);
  end(3, true, 3);
  EXPECT_EQ(write(4), home_);
}

TEST(FailOverStays, WhenItIsToldTo) {
  FailOver writer{{.to = RegionId{1}, .after = 1, .back_after = std::nullopt}, RegionId{0}};
  EXPECT_EQ(writer.region_of(0, at_second(0)), RegionId{0});
  writer.on_end(0, true, at_second(0));
  EXPECT_EQ(writer.region_of(1, at_second(100'000)), RegionId{1});
}

// ---------------------------------------------------------------- in a run

class Unavailable : public OnBothStorages {};
GTSIM_ON_BOTH_STORAGES(Unavailable);

// Its clients are refused; what others write comes in, and what it has goes out.
TEST_P(Unavailable, ReplicatesOn) {
  holds(R"(
regions: [a, b]
network: 20ms
tables:
  table: {key: {PK: S}}
  late: {key: {PK: S}, regions: [a]}
steps:
  - {at: 9990ms, in: a, table: table, put: {PK: "0"}, outcome: ok}
  - {at: 10s, unavailable: a, for: 1h}
  - {at: 11s, in: a, table: table, put: {PK: "1"}, outcome: unavailable}
  - at: 11s
    in: a
    table: table
    transact: [{put: {PK: "2"}}, {put: {PK: "3"}}]
    outcome: unavailable
  - {at: 12s, in: b, table: table, put: {PK: "4"}, outcome: ok}
  - {at: 13s, add_replica: {table: late, region: b, source: a}, outcome: unavailable}
  - {at: 3611s, in: a, table: table, put: {PK: "5"}, outcome: ok}
expect:
  - item: {table: table, in: b, key: {PK: "0"}, has: {PK: "0"}, at: 10100ms}
  - item: {table: table, in: a, key: {PK: "4"}, has: {PK: "4"}, at: 12100ms}
  - item: {table: table, in: all, key: {PK: "1"}, absent: true}
  - writes: {region: a, outcome: unavailable, count: 2}
  - replica: {table: late, region: b, status: absent}
)");
}

// Done, and the writer does not know.
TEST_P(Unavailable, AnAnswerThatIsLost) {
  holds(R"(
regions: {a: {fsync: 10ms}, b: {}}
network: 20ms
steps:
  - {at: 10s, unavailable: {region: a, answer: lost}, for: 10s}
  - {at: 11s, in: a, update: {key: {PK: "1"}, add: {n: 1}}, outcome: timed-out}
  - {at: 12s, in: a, put: {PK: "1"}, if: {not_exists: PK}, outcome: timed-out}
expect:
  - item: {in: all, key: {PK: "1"}, has: {n: 1}}
)");
}

TEST_P(Unavailable, ADelayBeyondWhatAWriterWaits) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, unavailable: {region: a, delay: 11s}, for: 1m}
  - {at: 11s, in: a, put: {PK: "1"}, outcome: timed-out}
  - {at: 12s, in: b, put: {PK: "1", late: no}, outcome: ok}
expect:
  - item: {in: a, key: {PK: "1"}, has: {late: no}, at: 21900ms}
  - item: {in: all, key: {PK: "1"}, equals: {PK: "1"}}
)");
}

TEST_P(Unavailable, SomeOfTheCalls) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - at: 0s
    unavailable: {region: a, operations: [put], rate: 30%, error: ThrottlingException}
    for: 1h
workload:
  - {regions: all, rate: 20/s, mix: {put: 1, update: 1}, for: 10m}
expect:
  - writes: {region: a, outcome: throttled, count: 1600..2000}
  - writes: {region: b, outcome: throttled, count: 0}
)");
}

TEST_P(Unavailable, WritersFailOverAndComeBack) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 60s, unavailable: a, for: 10m}
workload:
  - {regions: [a], rate: 10/s, arrival: constant, region_attribute: home, for: 20m,
     fail_over: {to: b, after: 3, back: 1m}}
expect:
  - writes: {region: a, outcome: unavailable, count: 12..13}   # three, and one each minute
  - writes: {region: b, outcome: ok, count: 5900..6100}
  - writes: {region: a, outcome: ok, count: 5900..6100}
  - conflicts: {count: 0..5}
)");
}

// Nobody says no; who waits for ten seconds gives up. Home is looked at a minute after the last
// look.
TEST_P(Unavailable, WritersFailOverFromARegionThatStandsStill) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 60s, freeze: a, for: 5m}
workload:
  - {regions: [a], rate: 1/s, arrival: constant, for: 10m, fail_over: b}
expect:
  - writes: {region: b, outcome: ok, count: 330..345}
  - writes: {region: a, outcome: timed-out, count: 12..20}
)");
}

}  // namespace
}  // namespace gtsim
