// The small texts of the language: `150ms`, `lognormal(80ms, 0.3)`, `50/s`, `< 2s`. Each function
// reads one whole text; the error says what is wrong with it and leaves out what was expected,
// which the caller knows (values.h).
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/quantity_text.h"
#include "region-node/base/result.h"

namespace gtsim::language {

inline constexpr std::int64_t kMaxKeys = 100'000'000;
inline constexpr double kMaxRatePerSecond = 10'000'000;
inline constexpr double kMaxDriftPpm = 100'000;  // a tenth

using gtsim::kLongestDuration;
using gtsim::parse_count;
using gtsim::parse_duration;
using gtsim::parse_signed_duration;
using gtsim::parse_size;

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
// `200`, `1KB`, `uniform(100, 400)`: smallest and largest.
[[nodiscard]] Result<std::pair<std::int64_t, std::int64_t>> parse_size_range(std::string_view text);
// `10MB/s`
[[nodiscard]] Result<std::int64_t> parse_bandwidth(std::string_view text);
// See KeyDistribution.
[[nodiscard]] Result<KeyDistribution> parse_key_distribution(std::string_view text);
// See Bound. Bounds that no value can meet are refused.
[[nodiscard]] Result<Bound<std::int64_t>> parse_count_bound(std::string_view text);
[[nodiscard]] Result<Bound<Duration>> parse_duration_bound(std::string_view text);

}  // namespace gtsim::language
