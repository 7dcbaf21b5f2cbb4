// The lowest floor: time as text, arithmetic that is the same on every machine, repeatable
// randomness, and the containers that everything stands on.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "coordinator/language/text_forms.h"
#include "region-node/base/hash.h"
#include "region-node/base/math.h"
#include "region-node/base/random.h"
#include "region-node/base/ring_queue.h"
#include "region-node/base/time.h"
#include "region-node/table/key_space.h"

namespace gtsim {
namespace {

// ---- Time

TEST(DurationText, IsShortAndExact) {
  const std::pair<std::int64_t, std::string> kRows[] = {{0, "0s"},
                                                        {1, "1us"},
                                                        {999, "999us"},
                                                        {1'000, "1ms"},
                                                        {1'500, "1.5ms"},
                                                        {80'000, "80ms"},
                                                        {1'000'000, "1s"},
                                                        {1'500'000, "1.5s"},
                                                        {1'000'001, "1.000001s"},
                                                        {60'000'000, "1m"},
                                                        {60'500'000, "1m0.5s"},
                                                        {7'500'000'000, "2h5m"},
                                                        {86'400'000'001, "1d0.000001s"},
                                                        {-1'500'000, "-1.5s"},
                                                        {-20, "-20us"}};
  for (const auto& [us, text] : kRows) EXPECT_EQ(to_text(Duration{us}), text) << us;
}

RC_GTEST_PROP(DurationText, IsReadBackByTheScenarioLanguage, ()) {
  const std::int64_t magnitude = *rc::gen::element<std::int64_t>(1'000, 1'000'000, 3'600'000'000,
                                                                 86'400'000'000, 1'000'000'000'000);
  const Duration duration{*rc::gen::inRange<std::int64_t>(-magnitude, magnitude)};
  const auto parsed = language::parse_signed_duration(to_text(duration));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == duration);
}

TEST(Iso8601, KnownMoments) {
  const std::pair<std::int64_t, std::string> kRows[] = {
      {0, "1970-01-01T00:00:00.000000Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
      {1'431'379'293'291'000, "2015-05-11T21:21:33.291000Z"},
      {1'767'225'600'000'123, "2026-01-01T00:00:00.000123Z"},
      {4'107'542'399'999'999, "2100-02-28T23:59:59.999999Z"},
      {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"}};
  for (const auto& [us, text] : kRows) {
    EXPECT_EQ(to_iso8601(WallTime{us}, 6), text);
    WallTime parsed;
    ASSERT_TRUE(parse_iso8601(text, parsed)) << text;
    EXPECT_EQ(parsed.us, us) << text;
  }
}

TEST(Iso8601, DigitsAreCutAndTheZoneLetterCanBeLeftOut) {
  const WallTime time{1'431'379'293'291'999};
  EXPECT_EQ(to_iso8601(time, 0), "2015-05-11T21:21:33Z");
  EXPECT_EQ(to_iso8601(time, 3), "2015-05-11T21:21:33.291Z");
  // As a stream's label is written.
  EXPECT_EQ(to_iso8601(time, 3, /*zone_letter=*/false), "2015-05-11T21:21:33.291");
}

RC_GTEST_PROP(Iso8601, RoundTrips, ()) {
  const WallTime time{
      *rc::gen::inRange<std::int64_t>(-62'135'596'800'000'000, 253'402'300'800'000'000)};
  WallTime parsed;
  RC_ASSERT(parse_iso8601(to_iso8601(time, 6), parsed));
  RC_ASSERT(parsed == time);
}

TEST(Iso8601, MalformedTextIsRefused) {
  for (const char* text : {"",
                           "Z",
                           "2026-01-01",
                           "2026-01-01T00:00:00",
                           "2026-01-01 00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-01-32T00:00:00Z",
                           "2026-01-01T24:00:00Z",
                           "2026-01-01T00:60:00Z",
                           "2026-01-01T00:00:60Z",
                           "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00.1234567Z",
                           "2026-01-01T00:00:00.12x4Z",
                           "2026-01-01T00:00:00,5Z",
                           "2026-01-01T00:00:0+Z",
                           "+026-01-01T00:00:00Z",
                           "2026-01-01T00:00:00ZZ",
                           "2026-1-01T000:00:00Z"}) {
    WallTime time;
    EXPECT_FALSE(parse_iso8601(text, time)) << text;
  }
}

// ---- Arithmetic, against the C library of this machine

double relative_error(double got, double expected) {
  if (expected == 0) return std::fabs(got);
  return std::fabs(got - expected) / std::fabs(expected);
}

// What math.h promises. power() has no promise of its own: the exponent magnifies the logarithm.
constexpr double kAllowed = 1e-14;
constexpr double kAllowedForPower = 1e-13;

TEST(Math, LogarithmAgreesWithTheLibrary) {
  Random random(1);
  for (int i = 0; i < 200'000; ++i) {
    const double x =
        std::ldexp(0.5 + random.unit() / 2, static_cast<int>(random.below(2000)) - 1000);
    ASSERT_LT(relative_error(natural_log(x), std::log(x)), kAllowed) << x;
  }
  // Near 1, where the result is small and all of it is error if the method is wrong.
  for (int i = 0; i < 200'000; ++i) {
    const double x = 1 + std::ldexp(random.unit() - 0.5, -static_cast<int>(random.below(40)));
    ASSERT_LT(relative_error(natural_log(x), std::log(x)), kAllowed) << x;
  }
}

TEST(Math, LogarithmOfSpecialValues) {
  EXPECT_EQ(natural_log(1.0), 0.0);
  const double smallest = std::numeric_limits<double>::denorm_min();
  EXPECT_LT(relative_error(natural_log(smallest), std::log(smallest)), kAllowed);
  const double largest = std::numeric_limits<double>::max();
  EXPECT_LT(relative_error(natural_log(largest), std::log(largest)), kAllowed);
}

TEST(Math, ExponentialAgreesWithTheLibrary) {
  Random random(2);
  for (int i = 0; i < 400'000; ++i) {
    const double x = (random.unit() - 0.5) * (i % 2 == 0 ? 1400 : 4);
    ASSERT_LT(relative_error(exponential(x), std::exp(x)), kAllowed) << x;
  }
}

TEST(Math, ExponentialSaturates) {
  EXPECT_EQ(exponential(0), 1.0);
  EXPECT_EQ(exponential(-1e300), 0.0);
  EXPECT_TRUE(std::isfinite(exponential(1e300)));
  EXPECT_GT(exponential(1e300), 1e303);
}

TEST(Math, PowerAgreesWithTheLibrary) {
  Random random(3);
  for (int i = 0; i < 200'000; ++i) {
    const double base = std::ldexp(0.5 + random.unit() / 2, static_cast<int>(random.below(20)));
    const double exponent = (random.unit() - 0.5) * 10;
    ASSERT_LT(relative_error(power(base, exponent), std::pow(base, exponent)), kAllowedForPower)
        << base << " " << exponent;
  }
  EXPECT_EQ(power(7, 0), 1.0);
}

// ---- Randomness

// The published generator, xoshiro256** seeded through splitmix64; computed by another program.
TEST(RandomNumbers, AreThoseOfThePublishedGenerator) {
  const std::pair<std::uint64_t, std::array<std::uint64_t, 4>> kRows[] = {
      {0, {0x99ec5f36cb75f2b4, 0xbf6e1f784956452a, 0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}},
      {1, {0xb3f2af6d0fc710c5, 0x853b559647364cea, 0x92f89756082a4514, 0x642e1c7bc266a3a7}},
      {42, {0x15780b2e0c2ec716, 0x6104d9866d113a7e, 0xae17533239e499a1, 0xecb8ad4703b360a1}}};
  for (const auto& [seed, expected] : kRows) {
    Random random(seed);
    for (const std::uint64_t word : expected) EXPECT_EQ(random.next(), word) << seed;
  }
}

TEST(RandomNumbers, SubstreamDependsOnSeedAndNameOnly) {
  Random parent(7);
  const std::uint64_t before = parent.fork("network").next();
  for (int i = 0; i < 100; ++i) (void)parent.next();
  EXPECT_EQ(parent.fork("network").next(), before);
  EXPECT_EQ(Random(7).fork("network").next(), before);
  EXPECT_NE(Random(7).fork("faults").next(), before);
  EXPECT_NE(Random(8).fork("network").next(), before);
  EXPECT_NE(Random(7).fork("").next(), Random(7).next());
}

TEST(RandomNumbers, SubstreamsOfNeighbouringSeedsDiffer) {
  std::set<std::uint64_t> first_words;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    for (const char* name : {"workload", "network", "faults", "consumers"}) {
      first_words.insert(Random(seed).fork(name).next());
    }
  }
  EXPECT_EQ(first_words.size(), 4000u);
}

TEST(RandomNumbers, BelowIsUniform) {
  Random random(11);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) ++counts[random.below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(random.below(1), 0u);
}

TEST(RandomNumbers, DistributionsHaveTheirMoments) {
  Random random(12);
  constexpr int kCount = 200'000;
  double unit = 0, exponential_sum = 0, normal = 0, normal_square = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = random.unit();
    ASSERT_GE(u, 0);
    ASSERT_LT(u, 1);
    unit += u;
    const double e = random.exponential();
    ASSERT_GE(e, 0);
    exponential_sum += e;
    const double n = random.normal();
    normal += n;
    normal_square += n * n;
  }
  EXPECT_NEAR(unit / kCount, 0.5, 0.005);
  EXPECT_NEAR(exponential_sum / kCount, 1.0, 0.01);
  EXPECT_NEAR(normal / kCount, 0.0, 0.01);
  EXPECT_NEAR(normal_square / kCount, 1.0, 0.02);
}

TEST(RandomNumbers, ChanceKnowsItsEnds) {
  Random random(13);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(random.chance(0));
    EXPECT_TRUE(random.chance(1));
    hits += random.chance(0.25) ? 1 : 0;
  }
  EXPECT_NEAR(hits, 2500, 200);
}

// ---- Hashes

// From the specification of XXH3.
TEST(Hash, IsXxh3) {
  EXPECT_EQ(hash_bytes(""), 0x2d06800538d394c2u);
  EXPECT_EQ(to_hex(0x2d06800538d394c2u), "2d06800538d394c2");
  EXPECT_EQ(to_hex(1), "0000000000000001");
}

TEST(DigestOfWords, DependsOnEveryWordAndTheirOrder) {
  const auto digest = [](std::initializer_list<std::uint64_t> words) {
    Digest sum;
    for (const std::uint64_t word : words) sum.add(word);
    return sum.value();
  };
  EXPECT_EQ(digest({1, 2, 3}), digest({1, 2, 3}));
  EXPECT_NE(digest({1, 2, 3}), digest({1, 3, 2}));
  EXPECT_NE(digest({1, 2, 3}), digest({1, 2}));
  EXPECT_NE(digest({0}), digest({0, 0}));
  EXPECT_NE(digest({}), digest({0}));
}

// ---- RingQueue, against std::deque

RC_GTEST_PROP(RingQueueOf, AgreesWithADeque, (std::vector<int> operations)) {
  RingQueue<std::unique_ptr<int>> queue;  // move-only, and a leak or double free is seen
  std::deque<int> model;
  for (const int operation : operations) {
    switch (static_cast<unsigned>(operation) % 8) {
      case 0:
        if (!model.empty()) {
          model.pop_back();
          queue.pop_back();
        }
        break;
      case 1:
      case 2:
        if (!model.empty()) {
          model.pop_front();
          queue.pop_front();
        }
        break;
      case 3: {
        RingQueue<std::unique_ptr<int>> moved(std::move(queue));
        RC_ASSERT(moved.size() == model.size());
        queue = std::move(moved);
        break;
      }
      case 4:
        if (static_cast<unsigned>(operation) % 64 == 4) {
          model.clear();
          queue.clear();
        }
        break;
      default:
        model.push_back(operation);
        queue.push_back(std::make_unique<int>(operation));
    }
    RC_ASSERT(queue.size() == model.size());
    RC_ASSERT(queue.empty() == model.empty());
    for (std::size_t i = 0; i < model.size(); ++i) RC_ASSERT(*queue[i] == model[i]);
    if (!model.empty()) {
      RC_ASSERT(*queue.front() == model.front());
      RC_ASSERT(*queue.back() == model.back());
    }
  }
}

TEST(RingQueueOf, WrapsAroundWithoutGrowing) {
  RingQueue<int> queue;
  for (int i = 0; i < 5; ++i) queue.push_back(i);
  for (int i = 5; i < 100'000; ++i) {
    queue.push_back(i);
    ASSERT_EQ(queue.front(), i - 5);
    queue.pop_front();
  }
  EXPECT_EQ(queue.size(), 5u);
}

// ---- KeySpace, against std::map

RC_GTEST_PROP(KeySpaceOf, NumbersKeysInTheOrderOfTheirFirstCall, (std::vector<std::string> keys)) {
  KeySpace space;
  std::map<std::string, KeyId> model;
  for (const std::string& key : keys) {
    KeyId found;
    RC_ASSERT(space.find(key, found) == model.contains(key));
    const KeyId next{static_cast<std::uint32_t>(model.size())};
    const KeyId expected = model.try_emplace(key, next).first->second;
    RC_ASSERT(space.intern(key, hash_bytes(key, 1)) == expected);
    RC_ASSERT(space.size() == model.size());
  }
  for (const auto& [key, id] : model) {
    KeyId found;
    RC_ASSERT(space.find(key, found));
    RC_ASSERT(found == id);
    RC_ASSERT(space.bytes(id) == key);
    RC_ASSERT(space.partition_hash(id) == hash_bytes(key, 1));
  }
}

TEST(KeySpaceOf, GrowsWithoutForgetting) {
  KeySpace space;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    ASSERT_EQ(space.intern("key " + std::to_string(i), i), KeyId{i});
  }
  for (std::uint32_t i = 0; i < 100'000; i += 7) {
    KeyId found;
    ASSERT_TRUE(space.find("key " + std::to_string(i), found));
    ASSERT_EQ(found, KeyId{i});
    ASSERT_EQ(space.partition_hash(found), i);
  }
  KeyId none;
  EXPECT_FALSE(space.find("key", none));
}

TEST(KeySpaceOf, TellsKeysApartThatShareAPrefix) {
  KeySpace space;
  const std::string zero("\0", 1);
  EXPECT_EQ(space.intern("", 0), KeyId{0});
  EXPECT_EQ(space.intern(zero, 0), KeyId{1});
  EXPECT_EQ(space.intern(zero + zero, 0), KeyId{2});
  EXPECT_EQ(space.intern("", 0), KeyId{0});
}

}  // namespace
}  // namespace gtsim
