// Each text form comes back from its value to the last bit, and in few digits.
#include "coordinator/language/form_texts.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "coordinator/language/text_forms.h"
#include "coordinator/language/text_scanner.h"
#include "region-node/base/random.h"

namespace gtsim::language {
namespace {

TEST(FormTexts, AreTheUsualOnes) {
  for (const char* text : {"50/s", "0.5/s", "0.5/h", "0.1/s", "10000000/s", "7/m", "200/m"}) {
    EXPECT_EQ(rate_text(*parse_rate(text)), text);
  }
  for (const char* text : {"0%", "100%", "1%", "0.1%", "7%", "29%", "57%", "58%", "14.3%",
                           "33.333333333333336%", "0.00000000000002%"}) {
    EXPECT_EQ(share_text(*parse_share(text)), text);
  }
  for (const char* text : {"0ppm", "-0ppm", "50ppm", "-20ppm", "0.001ppm", "99999.999ppm"}) {
    EXPECT_EQ(drift_text(*parse_drift(text)), text);
  }
  for (const char* text : {"80ms", "uniform(0s, 5m)", "normal(80ms, 10ms)", "lognormal(80ms, 0.3)",
                           "pareto(50ms, 2.5)", "empirical(10ms, 20ms, 1m30.5s)", "aws"}) {
    EXPECT_EQ(delay_text(*parse_delay(text)), text);
  }
  for (const char* text : {"200", "1KB", "uniform(100, 400)", "uniform(1KB, 2MB)", "1025", "0"}) {
    EXPECT_EQ(size_range_text(*parse_size_range(text)), text);
  }
  for (const char* text : {"10MB/s", "125KB/s", "1GB/s", "7B/s"}) {
    EXPECT_EQ(bandwidth_text(*parse_bandwidth(text)), text);
  }
  for (const char* text :
       {"uniform(1000)", "zipf(10000)", "zipf(10000, 1.2)", "hot(1000, 10, 90%)"}) {
    EXPECT_EQ(key_distribution_text(*parse_key_distribution(text)), text);
  }
  EXPECT_EQ(decimal_text(0.1), "0.1");
  EXPECT_EQ(decimal_text(1e-20), "0.00000000000000000001");
  EXPECT_EQ(decimal_text(1000000), "1000000");
}

// Any number of up to so many digits, on either side of the point.
std::string random_decimal(Random& random, std::uint64_t before, std::uint64_t after) {
  std::string text;
  for (std::uint64_t count = 1 + random.below(before); count > 0; --count) {
    text += static_cast<char>('0' + random.below(10));
  }
  const std::uint64_t digits = random.below(after + 1);
  if (digits > 0) text += '.';
  for (std::uint64_t i = 0; i < digits; ++i) text += static_cast<char>('0' + random.below(10));
  return text;
}

// Whatever somebody writes is read as the same double again, and never becomes longer.
TEST(FormTexts, NoBitIsLost) {
  Random random = Random{1}.fork("form texts");
  const auto check = [](const std::string& text, const auto& parse, const auto& print) {
    const auto value = parse(text);
    if (!value) return;
    const std::string printed = print(*value);
    const auto again = parse(printed);
    ASSERT_TRUE(again) << text << " became " << printed;
    EXPECT_EQ(*again, *value) << text << " became " << printed;
    // Not longer, or short all the same: in another unit.
    EXPECT_LE(printed.size(), std::max<std::size_t>(text.size(), 7))
        << text << " became " << printed;
  };
  for (int i = 0; i < 2'000; ++i) {
    check(random_decimal(random, 2, 30) + "%", parse_share, share_text);
    for (const char* unit : {"/s", "/m", "/h"}) {
      check(random_decimal(random, 6, 25) + unit, parse_rate, rate_text);
    }
    check(random_decimal(random, 5, 3) + "ppm", parse_drift, drift_text);
    check(random_decimal(random, 7, 30), parse_decimal, decimal_text);
  }
}

}  // namespace
}  // namespace gtsim::language
