// Times at the edges of what a scenario may say: each holds, or is refused with its place and
// bound.
#include "coordinator/scenario/clock_bounds.h"

#include <gtest/gtest.h>

#include <string>
#include <variant>

#include "coordinator/check/packed_version.h"
#include "coordinator/language/reader.h"
#include "coordinator/play/play.h"
#include "region-node/base/clock_range.h"
#include "sim/world/sim_cluster.h"

namespace gtsim {
namespace {

// What is wrong with the scenario, or how its run ended.
std::string outcome_of(const std::string& text) {
  auto read = read_scenario_text(text, "clocks.yaml");
  if (const auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) {
    return errors->front().to_string();
  }
  const Scenario& scenario = std::get<Scenario>(read);
  SimCluster cluster{scenario, {}};
  const Verdict verdict = play_on(cluster, scenario, /*seed=*/1, {}).verdict;
  EXPECT_LE(cluster.now(), latest_end(scenario));
  return verdict.violation ? verdict.violation->message : to_text(verdict.kind);
}

const std::string kWrites =
    "steps:\n"
    "  - {at: 1s, in: a, put: {PK: x, n: 1}}\n"
    "  - {at: 2s, in: b, put: {PK: x, n: 2}}\n"
    "  - {at: 10s, in: a, put: {PK: x, n: 3}}\n";

TEST(ClockBounds, EveryStartThatIsTakenHolds) {
  for (const char* start : {"1970-01-01T00:00:00Z", "4253-05-31T22:20:37Z", "6536-10-29T20:41:10Z",
                            "6537-01-01T00:00:00Z", "8999-12-31T23:59:59.999999Z"}) {
    EXPECT_EQ(outcome_of("regions: [a, b]\nstart: " + std::string{start} + "\n" + kWrites), "holds")
        << start;
  }
  EXPECT_EQ(outcome_of("regions:\n  a: {clock: {offset: 3650d, drift: 100000ppm}}\n  b:\n"
                       "start: 8999-12-31T23:59:59Z\n" +
                       kWrites),
            "holds");
}

TEST(ClockBounds, AnOffsetBefore1970IsRefused) {
  EXPECT_EQ(outcome_of("regions:\n  a:\n  b: {clock: {offset: -1us}}\n"
                       "start: 1970-01-01T00:00:00Z\n" +
                       kWrites),
            "clocks.yaml:3:3: the clock of region `b` would show 1969-12-31T23:59:59Z at 0s; "
            "expected no clock before 1970-01-01T00:00:00Z or after 9999-12-31T23:59:59Z");
}

// Each step is at most ten years; together they could go anywhere. The end of the run counts, too.
TEST(ClockBounds, StepsThatAddUpAreRefusedWhereTheyPassTheBound) {
  std::string text = "regions: [a, b]\nstart: 8999-12-31T00:00:00Z\nsteps:\n";
  for (int i = 0; i < 98; ++i) text += "  - {at: 1s, clock: {region: a, step: 3650d}}\n";
  EXPECT_EQ(outcome_of(text), "holds");
  text += "  - {at: 1s, clock: {region: b, step: 3650d}}\n";  // another clock
  EXPECT_EQ(outcome_of(text), "holds");
  text += "  - {at: 2s, clock: {region: a, step: 3650d}}\n";
  EXPECT_EQ(outcome_of(text).find("clocks.yaml:103:5: the clock of region `a` would show 10009-"),
            0U)
      << outcome_of(text);
}

// In time order, whatever the order in the file: forward and back again is nowhere out of bounds.
TEST(ClockBounds, StepsCountInTheOrderOfTime) {
  const std::string forward = "  - {at: 1s, clock: {region: a, step: 3650d}}\n";
  const std::string back = "  - {at: 2s, clock: {region: a, step: -3650d}}\n";
  const std::string early = "regions: [a, b]\nstart: 1970-01-01T00:00:00Z\nsteps:\n";
  EXPECT_EQ(outcome_of(early + back + forward), "holds");
  EXPECT_EQ(outcome_of(early + back).find("clocks.yaml:4:5: the clock of region `a`"), 0U);
}

TEST(ClockBounds, ACountThatTakesTooLongIsRefused) {
  EXPECT_EQ(outcome_of("regions: [a, b]\nworkload: [{rate: 1/h, count: 1000000}]\n"),
            "clocks.yaml:2:31: workload[0]: 1000000 writes at this rate end later than 3650d");
  // Exactly ten years; only read, because they take seconds to play.
  const auto longest =
      read_scenario_text("regions: [a, b]\nworkload: [{rate: 1/h, count: 87600}]\n", "clocks.yaml");
  EXPECT_TRUE(std::holds_alternative<Scenario>(longest));
}

// In a single region, which has no stream whose shards would have to be kept for years.
TEST(ClockBounds, AGapOfYearsBetweenWritesHolds) {
  for (const char* arrival : {"poisson", "constant"}) {
    EXPECT_EQ(outcome_of("regions: [a]\nworkload: [{rate: 0.0000000032/s, count: 1, arrival: " +
                         std::string{arrival} + "}]\n"),
              "holds");
  }
}

TEST(PackedVersion, KeepsTheOrderAndComesBack) {
  std::vector<Version> ascending{Version{}};
  for (const std::int64_t us : {std::int64_t{0}, std::int64_t{1}, kLatestClock.us,
                                kLatestClock.us + 1'000'000, kLargestPackedUs}) {
    for (const std::uint16_t region : {0, 1, 63}) {
      ascending.push_back({WallTime{us}, RegionId{region}});
    }
  }
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    ASSERT_TRUE(can_be_packed(ascending[i])) << i;
    EXPECT_EQ(unpack(pack(ascending[i])), ascending[i]) << i;
    if (i > 0) {
      EXPECT_LT(pack(ascending[i - 1]), pack(ascending[i])) << i;
    }
  }
  EXPECT_EQ(pack(Version{}), kNothingPacked);
}

TEST(PackedVersion, WhatDoesNotFitIsNeverPacked) {
  for (const std::int64_t us : {std::int64_t{-1}, kLargestPackedUs + 1, INT64_MAX}) {
    EXPECT_FALSE(can_be_packed({WallTime{us}, RegionId{0}})) << us;
    EXPECT_DEATH((void)pack({WallTime{us}, RegionId{0}}), "can_be_packed");
  }
  EXPECT_FALSE(can_be_packed({WallTime{0}, RegionId{64}}));
}

}  // namespace
}  // namespace gtsim
