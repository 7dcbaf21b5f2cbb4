// Messages of one line keep their order, whatever the link does to them; others may overtake.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/link/link_model.h"
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

struct Sent {
  std::uint32_t line = 0;
  Instant at;
  bool strays = false;
};

LinkSettings settings_drawn(Random& random) {
  LinkSettings settings;
  settings.latency = DelayModel{};
  settings.latency->first = Duration{20'000};
  if (random.below(2) == 0) {
    settings.latency->kind = DelayModel::Kind::kUniform;
    settings.latency->second = Duration{90'000};
  }
  if (random.below(2) == 0) settings.reorder = 0.3;
  if (random.below(3) == 0) settings.duplicate = 0.2;
  if (random.below(3) == 0) settings.bandwidth_bytes_per_second = 20'000;
  if (random.below(2) == 0) {
    settings.lag = DelayModel{};
    settings.lag->kind = DelayModel::Kind::kUniform;
    settings.lag->second = Duration{3'000'000};
  }
  return settings;
}

// Whatever is set and taken back meanwhile.
TEST(LinkLines, KeepTheirOrder) {
  int overtaken = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random{seed};
    LinkModel link{settings_drawn(random), Dice{seed}};
    LinkSettings plain;
    plain.latency = DelayModel{};
    plain.latency->first = Duration{1'000};
    link.keep_as_normal();
    std::map<std::uint32_t, Instant> latest;
    Instant latest_of_link;
    Instant latest_in_order;
    Instant now;
    for (int i = 0; i < 300; ++i) {
      now = now + Duration{static_cast<std::int64_t>(random.below(30'000))};
      if (random.below(40) == 0) link.change(settings_drawn(random));
      if (random.below(60) == 0) link.restore();
      const std::uint32_t line = static_cast<std::uint32_t>(random.below(4));
      const LinkModel::Plan plan = link.plan(
          now, {.size_bytes = 100, .identity = seed * 1'000 + i, .line = line, .lags = line < 2});
      for (int copy = 0; copy < plan.copies; ++copy) {
        const Instant at = plan.at[copy];
        ASSERT_GE(at, now);
        ASSERT_GE(at, latest[line]) << "seed " << seed << ", message " << i;
        latest[line] = at;
        if (at < latest_of_link) ++overtaken;
        latest_of_link = std::max(latest_of_link, at);
        if (plan.out_of_order[copy]) continue;
        ASSERT_GE(at, latest_in_order) << "seed " << seed << ", message " << i;
        latest_in_order = at;
      }
    }
  }
  EXPECT_GT(overtaken, 1'000);
}

TEST(LinkLines, LagIsOfChangesAlone) {
  LinkSettings settings;
  settings.latency = DelayModel{};
  settings.latency->first = Duration{10'000};
  settings.lag = DelayModel{};
  settings.lag->first = Duration{1'000'000};
  LinkModel link{settings, Dice{1}};
  EXPECT_EQ(link.plan(Instant{0}, {.line = 0, .lags = true}).at[0], Instant{1'010'000});
  EXPECT_EQ(link.plan(Instant{0}, {.line = 1}).at[0], Instant{10'000});
  // And then no more; but nothing overtakes what is on its way.
  LinkSettings none;
  none.lag = DelayModel{};
  link.change(none);
  EXPECT_EQ(link.plan(Instant{500'000}, {.line = 0, .lags = true}).at[0], Instant{1'010'000});
  EXPECT_EQ(link.plan(Instant{500'000}, {.line = 1}).at[0], Instant{510'000});
  EXPECT_EQ(link.plan(Instant{1'500'000}, {.line = 0, .lags = true}).at[0], Instant{1'510'000});
}

// Nothing is lost by it, so nothing is sent again: with a retry of a minute, a second is enough.
class LinkOrder : public OnBothStorages {};
GTSIM_ON_BOTH_STORAGES(LinkOrder);

TEST_P(LinkOrder, ReorderCostsTimeAndNoRetry) {
  holds(R"(
regions: [a, b]
network: {default: {latency: 20ms, reorder: 30%}}
replication: {batch: 1, retry: 60s}
tables:
  one: {key: {PK: S}}
  two: {key: {PK: S}}
workload:
  - {regions: [a], table: one, rate: 50/s, for: 60s}
  - {regions: [b], table: one, rate: 50/s, for: 60s}
  - {regions: [a], table: two, rate: 50/s, for: 60s}
expect:
  - converged: {within: 1s, after: last-write}
  - lag: {max: "< 1s", p50: ">= 20ms"}
)");
}

}  // namespace
}  // namespace gtsim
