// The small texts of the language: `150ms`, `lognormal(80ms, 0.3)`, `50/s`, `< 2s`. Each function
// reads one whole text; the error says what is wrong with it and leaves out what was expected,
// which the caller knows (values.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"

namespace gtsim::language {

// Ten years: far beyond any run, and sums of two still fit easily.
inline constexpr Duration kLongestDuration{10LL * 365 * 24 * 3600 * 1'000'000};
inline constexpr std::int64_t kMaxKeys = 100'000'000;
inline constexpr double kMaxRatePerSecond = 10'000'000;
inline constexpr double kMaxDriftPpm = 100'000;  // a tenth

// `150ms`, `1.5s`, `2h5m`; units us ms s m h d, the larger first.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] Result<Duration> parse_signed_duration(std::string_view text);
// See DelayModel.
[[nodiscard]] Result<DelayModel> parse_delay(std::string_view text);
// `50/s`, `30/m`, `0.5/h`: events per second.
[[nodiscard]] Result<double> parse_rate(std::string_view text);
// The same, a whole number per second.
[[nodiscard]] Result<std::int64_t> parse_whole_rate(std::string_view text);
// `1%`, `0.1%`: 0..1.
[[nodiscard]] Result<double> parse_share(std::string_view text);
// `50ppm`, `-20ppm`
[[nodiscard]] Result<double> parse_drift(std::string_view text);
// `200`, `200B`, `1KB`, `2MB` (1 KB is 1024 bytes, as the service counts)
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);
// `200`, `1KB`, `uniform(100, 400)`: smallest and largest.
[[nodiscard]] Result<std::pair<std::int64_t, std::int64_t>> parse_size_range(std::string_view text);
// `10MB/s`
[[nodiscard]] Result<std::int64_t> parse_bandwidth(std::string_view text);
// See KeyDistribution.
[[nodiscard]] Result<KeyDistribution> parse_key_distribution(std::string_view text);
// See Bound. Bounds that no value can meet are refused.
[[nodiscard]] Result<Bound<std::int64_t>> parse_count_bound(std::string_view text);
[[nodiscard]] Result<Bound<Duration>> parse_duration_bound(std::string_view text);
// A whole decimal number without sign.
[[nodiscard]] Result<std::int64_t> parse_count(std::string_view text);

}  // namespace gtsim::language
