// The faults of a cluster that outlives its commands: they compose, and a later command knows them.
#include <gtest/gtest.h>

#include "coordinator/live/standing_faults.h"

namespace gtsim {
namespace {

using Link = StandingFaults::Link;

const Link kThere{"a", "b"};
const Link kBack{"b", "a"};

StandingFaults of_three() {
  return StandingFaults({"a", "b", "c"});
}

StandingFaults read_back(const StandingFaults& faults) {
  StandingFaults read = of_three();
  EXPECT_TRUE(read.read_json(boost::json::parse(serialize(faults.to_json()))));
  return read;
}

TEST(StandingFaults, HealEndsWhatIsOfLinksAndNothingElse) {
  StandingFaults faults = of_three();
  EXPECT_EQ(faults.cut({kThere, kBack}).size(), 2u);
  EXPECT_TRUE(faults.cut({kThere}).empty()) << "it was cut";
  ASSERT_TRUE(faults.set_latency(kThere, "80ms"));
  EXPECT_EQ(faults.set_paused("c", true).size(), 1u);
  EXPECT_EQ(faults.set_frozen("b", true).size(), 1u);
  EXPECT_EQ(faults.heal().size(), 3u);
  EXPECT_FALSE(faults.is_cut(kThere));
  EXPECT_FALSE(faults.settings(kThere).latency.has_value());
  EXPECT_TRUE(faults.is_paused("c"));
  EXPECT_TRUE(faults.is_frozen("b"));
  EXPECT_EQ(faults.set_frozen("b", false).size(), 1u);
  EXPECT_TRUE(faults.set_frozen("b", false).empty());
}

TEST(StandingFaults, TheNewestOfAKindCountsAndKindsAddUp) {
  StandingFaults faults = of_three();
  ASSERT_TRUE(faults.set_latency(kThere, "80ms"));
  ASSERT_TRUE(faults.set_loss(kThere, "5%"));
  ASSERT_TRUE(faults.set_latency(kThere, "20ms"));
  EXPECT_EQ(faults.settings(kThere).latency->first, Duration{20'000});
  EXPECT_EQ(faults.settings(kThere).loss, 0.05);
  EXPECT_FALSE(faults.settings(kBack).latency.has_value());
  EXPECT_EQ(faults.to_json().size(), 2u);
}

TEST(StandingFaults, AreTheSameWhenTheyAreReadBack) {
  StandingFaults faults = of_three();
  static_cast<void>(faults.cut({kThere}));
  ASSERT_TRUE(faults.set_latency(kBack, "uniform(10ms, 50ms)"));
  static_cast<void>(faults.set_paused("a", true));
  static_cast<void>(faults.set_frozen("c", true));
  StandingFaults read = read_back(faults);
  EXPECT_EQ(read.to_json(), faults.to_json());
  EXPECT_TRUE(read.is_cut(kThere));
  EXPECT_FALSE(read.is_cut(kBack));
  EXPECT_EQ(read.settings(kBack).latency->second, Duration{50'000});
  EXPECT_TRUE(read.is_paused("a"));
  EXPECT_TRUE(read.is_frozen("c"));
  EXPECT_EQ(read.heal().size(), 2u);
}

TEST(StandingFaults, WhatIsNoneIsRefused) {
  StandingFaults faults = of_three();
  EXPECT_FALSE(faults.set_latency(kThere, "soon"));
  EXPECT_FALSE(faults.set_latency(kThere, "aws"));
  EXPECT_FALSE(faults.set_loss(kThere, "120%"));
  EXPECT_TRUE(faults.to_json().empty());
  for (const char* text :
       {"{}", "[1]", "[[]]", R"([["cut","a","d",""]])", R"([["cut","a","a",""]])",
        R"([["melt","a","b",""]])", R"([["latency","a","b","soon"]])", R"([["cut","a","b"]])",
        R"([["cut","a","b",1]])", R"([["pause","d","",""]])"}) {
    EXPECT_FALSE(of_three().read_json(boost::json::parse(text))) << text;
  }
}

}  // namespace
}  // namespace gtsim
