// Percentiles from buckets: what a report and a node's measurements say of a lag.
#include "region-node/base/lag_histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace gtsim {
namespace {

TEST(LagHistogram, IsExactUpToAFewHundredMicroseconds) {
  LagHistogram lags;
  for (std::int64_t us = 1; us <= 200; ++us) lags.add(Duration{us});
  EXPECT_EQ(lags.count(), 200u);
  EXPECT_EQ(lags.percentile(0.5), Duration{101});
  EXPECT_EQ(lags.percentile(0.99), Duration{199});
  EXPECT_EQ(lags.percentile(1), Duration{200});
}

TEST(LagHistogram, IsRightWithinEightThousandths) {
  for (const std::int64_t us : {1'000LL, 123'456LL, 86'400'000'000LL, 31'536'000'000'000LL}) {
    LagHistogram lags;
    lags.add(Duration{us});
    lags.add(Duration{2 * us});
    const std::int64_t found = lags.percentile(0.4).count();
    EXPECT_GE(found, us);
    EXPECT_LE(found - us, us / 125) << us;
  }
}

TEST(LagHistogram, NeverSaysMoreThanTheLargest) {
  LagHistogram lags;
  lags.add(Duration{1'000'001});
  EXPECT_EQ(lags.percentile(0.5), Duration{1'000'001});
  EXPECT_EQ(lags.largest(), Duration{1'000'001});
}

TEST(LagHistogram, AddsUpAndForgets) {
  LagHistogram here;
  LagHistogram there;
  here.add(Duration{10});
  there.add(Duration{5'000'000});
  there.add(Duration{-3});  // a clock that ran behind: nothing, not the past
  here.add_all(there);
  EXPECT_EQ(here.count(), 3u);
  EXPECT_EQ(here.percentile(0.5), Duration{10});
  EXPECT_EQ(here.largest(), Duration{5'000'000});
  here.clear();
  EXPECT_EQ(here.count(), 0u);
  EXPECT_EQ(here.percentile(0.99), Duration{0});
}

}  // namespace
}  // namespace gtsim
