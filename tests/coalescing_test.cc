// Which changes are shipped when several of one item within a time become one.
#include "region-node/replication/coalescing.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "region-node/base/random.h"

namespace gtsim {
namespace {

constexpr Duration kWindow{100};
constexpr KeyId kOne{0};
constexpr KeyId kOther{7};

TEST(Coalescing, TheLastOfAWindowIsShippedWhenItIsOver) {
  Coalescing log{kWindow};
  log.append(kOne, Instant{10});    // 0: opens the window until 110
  log.append(kOther, Instant{20});  // 1
  log.append(kOne, Instant{60});    // 2
  log.append(kOne, Instant{109});   // 3
  log.append(kOne, Instant{110});   // 4: opens the next
  EXPECT_TRUE(log.is_replaced(0));
  EXPECT_FALSE(log.is_replaced(1));
  EXPECT_TRUE(log.is_replaced(2));
  EXPECT_FALSE(log.is_replaced(3));
  EXPECT_FALSE(log.is_replaced(4));
  EXPECT_EQ(log.ripe_at(0), Instant{110});
  EXPECT_EQ(log.ripe_at(1), Instant{120});
  EXPECT_EQ(log.ripe_at(3), Instant{110});
  EXPECT_EQ(log.ripe_at(4), Instant{210});
}

// What was sent and trimmed is replaced by nothing.
TEST(Coalescing, AWindowWhoseChangesAreGoneIsOver) {
  Coalescing log{kWindow};
  log.append(kOne, Instant{10});
  log.trim(1);
  log.append(kOne, Instant{20});
  EXPECT_FALSE(log.is_replaced(1));
  EXPECT_EQ(log.ripe_at(1), Instant{120});
}

// However often an item is written, nobody waits longer than the window, and each window ships one.
TEST(Coalescing, AHotItemIsShippedOnceAWindow) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Random random{seed};
    Coalescing log{kWindow};
    Instant now{0};
    std::vector<std::pair<KeyId, Instant>> made;
    for (int i = 0; i < 500; ++i) {
      now = now + Duration{static_cast<std::int64_t>(random.below(20))};
      made.emplace_back(KeyId{static_cast<std::uint32_t>(random.below(3))}, now);
      log.append(made.back().first, now);
    }
    std::map<KeyId, Instant> shipped_at;
    for (std::uint64_t i = 0; i < made.size(); ++i) {
      ASSERT_GE(log.ripe_at(i), made[i].second);
      ASSERT_LE(log.ripe_at(i), made[i].second + kWindow);
      if (log.is_replaced(i)) continue;
      const auto before = shipped_at.find(made[i].first);
      if (before != shipped_at.end()) {
        ASSERT_GE(log.ripe_at(i), before->second + kWindow);
      }
      shipped_at[made[i].first] = log.ripe_at(i);
    }
    for (std::uint64_t i = 0; i < made.size(); ++i) {
      if (!log.is_replaced(i)) continue;
      bool found = false;  // the one that is shipped in its place
      for (std::uint64_t later = i + 1; later < made.size() && !found; ++later) {
        found = made[later].first == made[i].first && log.ripe_at(later) == log.ripe_at(i);
      }
      ASSERT_TRUE(found) << i;
    }
  }
}

}  // namespace
}  // namespace gtsim
