// Time to live: the delete happens in one region with the service's identity, and reaches the
// others as an ordinary replicated delete.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "region-node/table/ttl_index.h"
#include "tests/replica_fixture.h"

namespace gtsim::replica_fixture {
namespace {

constexpr std::int64_t kStartSeconds = kStart.us / kSecond;
constexpr std::int64_t kYearSeconds = 365 * 86'400;

Item expiring(std::string_view key, std::int64_t at_seconds) {
  Item item = item_of(key, "x");
  item["expires"] = AttributeValue::number(Number::from_integer(at_seconds));
  return item;
}

Options with_ttl(int regions, bool every_region = false, std::int64_t delay_us = 0) {
  Options options;
  options.regions = regions;
  options.ttl = TtlOptions{"expires", Duration{delay_us}, every_region, /*salt=*/7};
  return options;
}

std::optional<WallTime> expiry(const AttributeValue& value) {
  return expiry_of(encode_item(Item{{"expires", value}}), "expires");
}

TEST(TtlExpiry, IsWholeSecondsOfANumber) {
  const auto number = [](std::string_view text) {
    return AttributeValue::number(*Number::parse(text));
  };
  EXPECT_EQ(expiry(number("1767225600")), kStart);
  EXPECT_EQ(expiry(number("1767225600.999")), kStart);
  EXPECT_EQ(expiry(number("0")), WallTime{0});
  EXPECT_EQ(expiry(number("-1")), std::nullopt);
  EXPECT_EQ(expiry(number("1E125")), std::nullopt);
  EXPECT_EQ(expiry(number("253402300799")), WallTime{253'402'300'799 * kSecond});
  EXPECT_EQ(expiry(number("253402300800")), std::nullopt);
  EXPECT_EQ(expiry(number("9999999999999")), std::nullopt);
  EXPECT_EQ(expiry(number("10000000000000")), std::nullopt);
  EXPECT_EQ(expiry(number("99999999999999999999999999999999999999")), std::nullopt);
  EXPECT_EQ(expiry(AttributeValue::string("1767225600")), std::nullopt);
  EXPECT_EQ(expiry_of(encode_item(Item{{"other", number("1")}}), "expires"), std::nullopt);
}

TEST(ReplicaTtl, DeletesAtExpiryWithTheServicesIdentity) {
  Regions regions(with_ttl(1));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  EXPECT_EQ(regions.last_effects.wake_at, Instant{10 * kSecond});
  (void)regions.records(kA);
  regions.advance(10 * kSecond - 1);
  EXPECT_EQ(regions.records(kA), Lines{});
  regions.advance(1);
  EXPECT_EQ(regions.records(kA), (Lines{"REMOVE k: x -> -, APPLICATION a ttl"}));
}

// Milliseconds instead of seconds, and other numbers that no clock will ever show.
TEST(ReplicaTtl, AValueBeyondEveryClockNeverExpires) {
  Regions regions(with_ttl(1, false, 60 * kSecond));
  for (const std::int64_t seconds :
       {253'402'300'800LL, 9'223'372'036'855LL, 9'999'999'999'999LL, 10'000'000'000'000LL}) {
    const std::string key = std::to_string(seconds);
    regions.put_item(kA, key, expiring(key, seconds));
    EXPECT_EQ(regions.last_effects.wake_at, kNever) << seconds;
  }
  (void)regions.records(kA);
  regions.advance(100 * kYearSeconds * kSecond);
  EXPECT_EQ(regions.records(kA), Lines{});
}

// The latest time there is: the sums with delay and clock are far from overflow.
TEST(ReplicaTtl, TheLatestTimeIsWaitedFor) {
  Regions regions(with_ttl(1, false, 60 * kSecond));
  regions.put_item(kA, "k", expiring("k", 253'402'300'799));
  EXPECT_EQ(regions.last_effects.wake_at,
            (Instant{(253'402'300'799 + 60 - kStartSeconds) * kSecond}));
}

TEST(ReplicaTtl, WaitsForTheDelay) {
  Regions regions(with_ttl(1, false, 60 * kSecond));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  (void)regions.records(kA);
  regions.advance(70 * kSecond - 1);
  EXPECT_EQ(regions.records(kA), Lines{});
  regions.advance(1);
  EXPECT_EQ(regions.records(kA).size(), 1u);
}

TEST(ReplicaTtl, GoesByTheRegionsOwnClock) {
  Regions regions(with_ttl(1));
  regions.set_clock_offset(kA, -5 * kSecond);
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  (void)regions.records(kA);
  regions.advance(10 * kSecond);
  EXPECT_EQ(regions.records(kA), Lines{});
  regions.advance(5 * kSecond);
  EXPECT_EQ(regions.records(kA).size(), 1u);
}

// Filters for "TTL deletes only" fire in exactly one region for each item.
TEST(ReplicaTtl, OneRegionDeletesAndTheOthersSeeAnOrdinaryRemove) {
  Regions regions(with_ttl(3));
  int deleted_by[3] = {};
  for (int i = 0; i < 60; ++i) {
    const std::string key = std::to_string(i);
    regions.put_item(kA, key, expiring(key, kStartSeconds + 10));
  }
  regions.deliver_all();
  for (const RegionId region : {kA, kB, kC}) (void)regions.records(region);
  regions.advance(10 * kSecond);
  regions.deliver_all();
  int removed = 0;
  for (const RegionId region : {kA, kB, kC}) {
    for (const std::string& line : regions.records(region)) {
      ++removed;
      EXPECT_TRUE(line.starts_with("REMOVE ")) << line;
      const bool here = line.find(std::string("APPLICATION ") + name_of(region)) != line.npos;
      EXPECT_EQ(here, line.ends_with(" ttl")) << line;
      if (here) ++deleted_by[region.index()];
    }
  }
  EXPECT_EQ(removed, 180);
  EXPECT_EQ(deleted_by[0] + deleted_by[1] + deleted_by[2], 60);
  for (const int count : deleted_by) EXPECT_GT(count, 5) << "the work is shared";
}

TEST(ReplicaTtl, EveryRegionMayDeleteByItself) {
  Regions regions(with_ttl(2, /*every_region=*/true));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  regions.deliver_all();
  (void)regions.records(kA);
  (void)regions.records(kB);
  regions.advance(10 * kSecond);
  EXPECT_EQ(regions.records(kA), (Lines{"REMOVE k: x -> -, APPLICATION a ttl"}));
  EXPECT_EQ(regions.records(kB), (Lines{"REMOVE k: x -> -, APPLICATION b ttl"}));
  regions.deliver_all();
  EXPECT_EQ(regions.records(kA), Lines{});
  EXPECT_EQ(regions.records(kB), Lines{});
  EXPECT_EQ(regions.contents(kA), regions.contents(kB));
}

TEST(ReplicaTtl, UpdatedAttributeRescuesTheItem) {
  Regions regions(with_ttl(1, false, 60 * kSecond));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  regions.advance(20 * kSecond);  // expired, not yet deleted
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 1000));
  (void)regions.records(kA);
  regions.advance(100 * kSecond);
  EXPECT_EQ(regions.records(kA), Lines{});
  regions.advance(1000 * kSecond);
  EXPECT_EQ(regions.records(kA).size(), 1u);
}

TEST(ReplicaTtl, RemovedAttributeRescuesTheItem) {
  Regions regions(with_ttl(1));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  Update rescue;
  rescue.remove.insert("expires");
  EXPECT_EQ(regions.update(kA, "k", rescue), "ok");
  (void)regions.records(kA);
  regions.advance(kDay);
  EXPECT_EQ(regions.records(kA), Lines{});
}

TEST(ReplicaTtl, ExpiredItemCanStillBeWritten) {
  Regions regions(with_ttl(1, false, 60 * kSecond));
  regions.put_item(kA, "k", expiring("k", kStartSeconds - 10));
  EXPECT_EQ(regions.put(kA, "k", "y", exists()), "ok");
}

TEST(ReplicaTtl, ItemExpiredWhenItIsWrittenGoesAtTheNextLook) {
  Regions regions(with_ttl(1));
  regions.put_item(kA, "k", expiring("k", kStartSeconds - 10));
  EXPECT_EQ(regions.last_effects.wake_at, Instant{0});
  regions.tick(kA);
  EXPECT_EQ(regions.item(kA, "k"), "- (+1us a)");
}

// "Values more than five years past are ignored": they are thought to be mistakes.
TEST(ReplicaTtl, MoreThanFiveYearsPastIsIgnored) {
  Regions regions(with_ttl(2, /*every_region=*/true));
  regions.put_item(kA, "long", expiring("long", kStartSeconds - 5 * kYearSeconds - 1));
  regions.put_item(kA, "less", expiring("less", kStartSeconds - 5 * kYearSeconds + 3600));
  regions.deliver_all();
  regions.advance(kSecond);
  for (const RegionId region : {kA, kB}) {
    EXPECT_TRUE(regions.stored(region, "long").image);
    EXPECT_FALSE(regions.stored(region, "less").image);
  }
}

// What is watched is worked out anew when members come and go and after a crash.
TEST(ReplicaTtl, MoreThanFiveYearsPastStaysIgnoredWhenMembersChange) {
  Regions regions(with_ttl(1));
  regions.put_item(kA, "k", expiring("k", 1));
  regions.table(kA).recover();
  regions.advance(kSecond);
  EXPECT_EQ(regions.item(kA, "k"), "x (+0us a)");
}

TEST(ReplicaTtl, EveryItemHasItsRegionWhenAMemberLeaves) {
  Regions regions(with_ttl(2));
  for (int i = 0; i < 40; ++i) {
    regions.put_item(kA, std::to_string(i), expiring(std::to_string(i), kStartSeconds + 10));
  }
  regions.deliver_all();
  regions.table(kA).remove_member(kB);
  regions.advance(10 * kSecond);
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(regions.stored(kA, std::to_string(i)).image) << i;
}

TEST(ReplicaTtl, TakesPartInLastWriterWins) {
  Regions regions(with_ttl(2, /*every_region=*/true));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  regions.deliver_all();
  regions.set_clock_offset(kB, -kSecond);  // b does not think it expired yet
  regions.advance(10 * kSecond);
  EXPECT_EQ(regions.item(kA, "k"), "- (+10000000us a)");
  regions.set_clock_offset(kB, kSecond);
  EXPECT_EQ(regions.put(kB, "k", "rescued"), "ok");
  regions.deliver_all();
  EXPECT_EQ(regions.item(kA, "k"), "rescued (+11000000us b)");
  EXPECT_EQ(regions.item(kB, "k"), "rescued (+11000000us b)");
}

// Free where it ran; a replicated write like any other elsewhere, so it can be throttled there.
TEST(ReplicaTtl, CostsCapacityOnlyWhereItIsReplicated) {
  Regions regions(with_ttl(2, /*every_region=*/true));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  regions.deliver_all();
  regions.set_clock_offset(kB, -kHour);
  regions.table(kA).set_capacity(0, regions.now);
  regions.table(kB).set_capacity(0, regions.now);
  regions.advance(10 * kSecond);
  EXPECT_FALSE(regions.stored(kA, "k").image);
  regions.deliver_all();
  EXPECT_TRUE(regions.stored(kB, "k").image);
  EXPECT_EQ(regions.records(kB), (Lines{"INSERT k: - -> x, REPLICATION a"}));
}

TEST(ReplicaTtl, ReplicatedItemExpiresToo) {
  Regions regions(with_ttl(2, /*every_region=*/true));
  regions.put_item(kA, "k", expiring("k", kStartSeconds + 10));
  regions.deliver_between(kA, kB);
  EXPECT_EQ(regions.last_effects.wake_at, Instant{10 * kSecond});
  (void)regions.records(kB);
  regions.now = Instant{10 * kSecond};
  regions.tick(kB);
  EXPECT_EQ(regions.records(kB), (Lines{"REMOVE k: x -> -, APPLICATION b ttl"}));
}

}  // namespace
}  // namespace gtsim::replica_fixture
