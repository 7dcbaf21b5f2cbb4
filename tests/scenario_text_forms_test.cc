// Every text form of the scenario language, by table: what it means, and what is refused.
#include <gtest/gtest.h>

#include "coordinator/language/text_forms.h"

namespace gtsim::language {
namespace {

template <class T>
struct Good {
  const char* text;
  T value;
};

// A text and a part of the complaint.
struct Bad {
  const char* text;
  const char* complaint;
};

template <class Parse>
void expect_refused(Parse parse, const std::vector<Bad>& cases) {
  for (const Bad& bad : cases) {
    auto result = parse(bad.text);
    ASSERT_FALSE(result.has_value()) << bad.text;
    EXPECT_NE(result.error().detail.find(bad.complaint), std::string::npos)
        << bad.text << ": " << result.error().detail;
  }
}

constexpr std::int64_t kSecond = 1'000'000;

TEST(ScenarioText, Duration) {
  const std::vector<Good<std::int64_t>> cases{
      {"0s", 0},
      {"1us", 1},
      {"150ms", 150'000},
      {"1.5s", 1'500'000},
      {"0.000001s", 1},
      {"4h", 4 * 3600 * kSecond},
      {"24h55m", (24 * 60 + 55) * 60 * kSecond},
      {"1d2h3m4s5ms6us", 93'784 * kSecond + 5006},
      {"1.5h", 5400 * kSecond},
      {"1.50000000000h", 5400 * kSecond},
      {"0.0000010000000s", 1},
      {"1.0000000000000000000us", 1},
      {"3650d", kLongestDuration.count()},
  };
  for (const auto& good : cases) {
    auto parsed = parse_duration(good.text);
    ASSERT_TRUE(parsed.has_value()) << good.text << ": " << parsed.error().detail;
    EXPECT_EQ(parsed->count(), good.value) << good.text;
  }
  expect_refused(parse_duration, {{"", "empty"},
                                  {"80", "the unit is missing"},
                                  {"s", "a number is missing"},
                                  {"5 s", "no unit of time"},
                                  {"5S", "no unit of time"},
                                  {"5M", "no unit of time"},
                                  {"1.s", "a digit is missing"},
                                  {".5s", "a number is missing"},
                                  {"1s1s", "the larger unit must come first"},
                                  {"1ms1s", "the larger unit must come first"},
                                  {"-1s", "must not be negative"},
                                  {"+1s", "a number is missing"},
                                  {"1e3s", "no unit of time"},
                                  {"0.5us", "finer than a microsecond"},
                                  {"1.0000001s", "finer than a microsecond"},
                                  {"0.00000000000001s", "finer than a microsecond"},
                                  {"0.0000000000000000000000001s", "finer than a microsecond"},
                                  {"1.00000000000001h", "finer than a microsecond"},
                                  {"1.000000000000001d", "finer than a microsecond"},
                                  {"1s0.0000001ms", "finer than a microsecond"},
                                  {"1us0.00us", "the larger unit must come first"},
                                  {"3651d", "longer than"},
                                  {"3650d1us", "longer than"},
                                  {"99999999999999999999d", "longer than"},
                                  {"9223372036854775807us", "longer than"},
                                  {"5y", "no unit of time"}});
}

TEST(ScenarioText, DurationReadsBackWhatToTextPrints) {
  for (const std::int64_t us :
       {0LL, 1LL, 999LL, 1000LL, 1001LL, 999'999LL, 1'000'001LL, 59'500'000LL, 3'600'000'000LL,
        90'061'000'001LL, 86'400'000'000LL * 365 + 12}) {
    const std::string text = to_text(Duration{us});
    auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed.has_value()) << text;
    EXPECT_EQ(parsed->count(), us) << text;
  }
}

TEST(ScenarioText, SignedDuration) {
  EXPECT_EQ(parse_signed_duration("-250ms")->count(), -250'000);
  EXPECT_EQ(parse_signed_duration("+1s")->count(), kSecond);
  EXPECT_EQ(parse_signed_duration("1s")->count(), kSecond);
  expect_refused(parse_signed_duration, {{"--1s", "must not be negative"}, {"-", "empty"}});
}

std::string print(const DelayModel& model) {
  static const char* const kNames[] = {"constant", "uniform",   "normal", "lognormal",
                                       "pareto",   "empirical", "aws"};
  std::string out = kNames[static_cast<int>(model.kind)];
  out += ' ' + to_text(model.first) + ' ' + to_text(model.second);
  out += ' ' + std::to_string(model.shape);
  for (const Duration point : model.points) out += ' ' + to_text(point);
  return out;
}

TEST(ScenarioText, Delay) {
  const std::vector<Good<const char*>> cases{
      {"80ms", "constant 80ms 0s 0.000000"},
      {"constant(80ms)", "constant 80ms 0s 0.000000"},
      {"uniform(10ms, 50ms)", "uniform 10ms 50ms 0.000000"},
      {"uniform( 10ms,50ms )", "uniform 10ms 50ms 0.000000"},
      {"uniform(10ms, 10ms)", "uniform 10ms 10ms 0.000000"},
      {"normal(80ms, 10ms)", "normal 80ms 10ms 0.000000"},
      {"lognormal(80ms, 0.3)", "lognormal 80ms 0s 0.300000"},
      {"pareto(50ms, 2.5)", "pareto 50ms 0s 2.500000"},
      {"empirical(10ms, 20ms, 90ms)", "empirical 0s 0s 0.000000 10ms 20ms 90ms"},
      {"aws", "aws 0s 0s 0.000000"},
  };
  for (const auto& good : cases) {
    auto parsed = parse_delay(good.text);
    ASSERT_TRUE(parsed.has_value()) << good.text << ": " << parsed.error().detail;
    EXPECT_EQ(print(*parsed), good.value);
  }
  expect_refused(parse_delay, {{"", "empty"},
                               {"80", "the unit is missing"},
                               {"-80ms", "must not be negative"},
                               {"poisson(80ms)", "is no distribution"},
                               {"Uniform(1ms, 2ms)", "is no distribution"},
                               {"uniform(1ms)", "takes (smallest, largest)"},
                               {"uniform(1ms, 2ms, 3ms)", "takes (smallest, largest)"},
                               {"uniform(2ms, 1ms)", "the smallest is larger"},
                               {"uniform(1, 2)", "the unit is missing"},
                               {"uniform(1ms, 2ms", "a number is missing"},
                               {"uniform()", "takes (smallest, largest)"},
                               {"lognormal(80ms, -0.3)", "is not a number"},
                               {"lognormal(80ms, nan)", "is not a number"},
                               {"lognormal(80ms, 6)", "sigma must be at most 5"},
                               {"pareto(50ms, 0)", "alpha must be larger than 0"},
                               {"pareto(50ms, 1e9)", "is not a number"},
                               {"empirical(10ms)", "two or more ascending"},
                               {"empirical(10ms, 5ms)", "must ascend"},
                               {"aws(2)", "is no distribution"}});
}

TEST(ScenarioText, Rate) {
  const std::vector<Good<double>> cases{
      {"50/s", 50}, {"30/m", 0.5}, {"0.5/h", 0.5 / 3600}, {"50 /s", 50}};
  for (const auto& good : cases) EXPECT_DOUBLE_EQ(*parse_rate(good.text), good.value) << good.text;
  expect_refused(parse_rate, {{"50", "is missing"},
                              {"50/d", "is missing"},
                              {"/s", "is not a number"},
                              {"-5/s", "is not a number"},
                              {"-5", "must not be negative"},
                              {"0/s", "larger than 0"},
                              {"1e9/s", "is not a number"},
                              {"10000001/s", "more than"},
                              {"0.00000000000000000000000000000001/h", "slower than once in 3650d"},
                              {"0.0000000031/s", "slower than once in 3650d"}});
  EXPECT_DOUBLE_EQ(*parse_rate("0.0000000032/s"), 0.0000000032);
  EXPECT_EQ(*parse_whole_rate("6000/m"), 100);
  EXPECT_EQ(*parse_whole_rate("7200.000 /h"), 2);
  expect_refused(parse_whole_rate,
                 {{"30/m", "whole number per second"},
                  {"0.5/s", "whole number per second"},
                  {"0.00000001/s", "whole number per second"},
                  {"0.0000000001/s", "slower than once in"},
                  {"1.0000000001/s", "whole number per second"},
                  {"100.00000000000000000000000001/s", "whole number per second"},
                  {"59.99999999999999999999999999/m", "whole number per second"}});
}

TEST(ScenarioText, ShareAndDrift) {
  EXPECT_DOUBLE_EQ(*parse_share("1%"), 0.01);
  EXPECT_DOUBLE_EQ(*parse_share("0.1%"), 0.001);
  EXPECT_DOUBLE_EQ(*parse_share("0%"), 0.0);
  EXPECT_DOUBLE_EQ(*parse_share("100 %"), 1.0);
  expect_refused(parse_share, {{"0.01", "`%` is missing"},
                               {"%", "is not a number"},
                               {"-1%", "is not a number"},
                               {"100.1%", "more than 100"},
                               {"0.000000000000001%", "never happens"}});
  EXPECT_GT(*parse_share("0.0000000000001%"), 0);
  EXPECT_DOUBLE_EQ(*parse_drift("50ppm"), 50);
  EXPECT_DOUBLE_EQ(*parse_drift("-20.5ppm"), -20.5);
  EXPECT_DOUBLE_EQ(*parse_drift("0.001ppm"), 0.001);
  EXPECT_DOUBLE_EQ(*parse_drift("-1.5000000ppm"), -1.5);
  expect_refused(parse_drift, {{"50", "`ppm` is missing"},
                               {"100001ppm", "more than"},
                               {"0.0001ppm", "finer than 0.001ppm"},
                               {"-20.00000000000000000001ppm", "finer than 0.001ppm"}});
}

TEST(ScenarioText, Sizes) {
  EXPECT_EQ(*parse_size("200"), 200);
  EXPECT_EQ(*parse_size("200B"), 200);
  EXPECT_EQ(*parse_size("1KB"), 1024);
  EXPECT_EQ(*parse_size("2 MB"), 2 << 20);
  expect_refused(parse_size, {{"1kb", "is not a whole number"},
                              {"1.5KB", "is not a whole number"},
                              {"-1", "must not be negative"},
                              {"9999999999GB", "too large"},
                              {"1125899906842625", "too large a size"},
                              {"1125899906842625B", "too large a size"}});
  EXPECT_EQ(*parse_size("1125899906842624"), std::int64_t{1} << 50);
  EXPECT_EQ(*parse_size_range("200"), std::pair(std::int64_t{200}, std::int64_t{200}));
  EXPECT_EQ(*parse_size_range("uniform(100, 1KB)"),
            std::pair(std::int64_t{100}, std::int64_t{1024}));
  expect_refused(parse_size_range, {{"uniform(5, 1)", "the smallest is larger"},
                                    {"zipf(5)", "no distribution of sizes"},
                                    {"uniform(5)", "takes"}});
  EXPECT_EQ(*parse_bandwidth("10MB/s"), 10 << 20);
  EXPECT_EQ(*parse_bandwidth("1000/s"), 1000);
  expect_refused(
      parse_bandwidth,
      {{"10MB", "`/s` is missing"}, {"0/s", "larger than 0"}, {"/s", "not a whole number"}});
}

TEST(ScenarioText, KeyDistribution) {
  using Kind = KeyDistribution::Kind;
  auto uniform = parse_key_distribution("uniform(1000)");
  ASSERT_TRUE(uniform.has_value());
  EXPECT_EQ(uniform->kind, Kind::kUniform);
  EXPECT_EQ(uniform->keys, 1000);
  auto zipf = parse_key_distribution("zipf(10000)");
  ASSERT_TRUE(zipf.has_value());
  EXPECT_EQ(zipf->kind, Kind::kZipf);
  EXPECT_DOUBLE_EQ(zipf->exponent, 1.0);
  EXPECT_DOUBLE_EQ(parse_key_distribution("zipf(10000, 1.2)")->exponent, 1.2);
  auto hot = parse_key_distribution("hot(1000, 10, 90%)");
  ASSERT_TRUE(hot.has_value());
  EXPECT_EQ(hot->kind, Kind::kHot);
  EXPECT_EQ(hot->hot_keys, 10);
  EXPECT_DOUBLE_EQ(hot->hot_share, 0.9);
  expect_refused(parse_key_distribution, {{"1000", "no call"},
                                          {"gauss(10)", "no distribution of keys"},
                                          {"uniform(0)", "keys must be"},
                                          {"uniform(100000001)", "keys must be"},
                                          {"uniform(1, 2)", "takes (keys)"},
                                          {"zipf(10, 11)", "more than 10"},
                                          {"zipf(10, 1, 1)", "takes"},
                                          {"hot(10, 0, 90%)", "hot keys must be"},
                                          {"hot(10, 11, 90%)", "hot keys must be"},
                                          {"hot(10, 1, 0.9)", "`%` is missing"}});
}

std::string print(const Bound<std::int64_t>& bound) {
  const auto edge = [](const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : std::string("*");
  };
  return edge(bound.minimum) + ".." + edge(bound.maximum);
}

TEST(ScenarioText, CountBound) {
  const std::vector<Good<const char*>> cases{{"3", "3..3"},   {"== 3", "3..3"}, {"==3", "3..3"},
                                             {"< 3", "*..2"}, {"<= 3", "*..3"}, {"> 3", "4..*"},
                                             {">=3", "3..*"}, {"1..5", "1..5"}, {"1 .. 5", "1..5"},
                                             {"< 1", "*..0"}, {"0", "0..0"}};
  for (const auto& good : cases) {
    auto parsed = parse_count_bound(good.text);
    ASSERT_TRUE(parsed.has_value()) << good.text << ": " << parsed.error().detail;
    EXPECT_EQ(print(*parsed), good.value) << good.text;
    EXPECT_EQ(parsed->text, good.text);
  }
  expect_refused(parse_count_bound, {{"5..1", "no value can meet it"},
                                     {"< 0", "no value can meet it"},
                                     {"", "is not a whole number"},
                                     {"<", "is not a whole number"},
                                     {"= 3", "is not a whole number"},
                                     {"=> 3", "is not a whole number"},
                                     {"!= 3", "is not a whole number"},
                                     {"-1", "must not be negative"},
                                     {"1...5", "is not a whole number"},
                                     {"1..", "is not a whole number"},
                                     {"3.5", "is not a whole number"},
                                     {"99999999999999999999", "too large"}});
}

TEST(ScenarioText, DurationBound) {
  auto below = parse_duration_bound("< 2s");
  ASSERT_TRUE(below.has_value());
  EXPECT_FALSE(below->minimum.has_value());
  EXPECT_EQ(below->maximum->count(), 2 * kSecond - 1);
  EXPECT_TRUE(below->holds(Duration{2 * kSecond - 1}));
  EXPECT_FALSE(below->holds(Duration{2 * kSecond}));
  auto range = parse_duration_bound("1s..1.5s");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->minimum->count(), kSecond);
  EXPECT_EQ(range->maximum->count(), kSecond * 3 / 2);
  expect_refused(parse_duration_bound, {{"< 2", "the unit is missing"},
                                        {"< 0s", "no value can meet it"},
                                        {"2s..1s", "no value can meet it"}});
}

}  // namespace
}  // namespace gtsim::language
