// The way back from text_forms.h: each function gives a text that its parser reads as the very same
// value, to the last bit, and of those the shortest or the most usual one. REQUIRES: values as the
// parsers make them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "coordinator/scenario/scenario.h"

namespace gtsim::language {

[[nodiscard]] std::string decimal_text(double value);  // parse_decimal
[[nodiscard]] std::string delay_text(const DelayModel& model);
[[nodiscard]] std::string rate_text(double per_second);
[[nodiscard]] std::string whole_rate_text(std::int64_t per_second);
[[nodiscard]] std::string share_text(double share);
[[nodiscard]] std::string drift_text(double ppm);
[[nodiscard]] std::string size_range_text(const std::pair<std::int64_t, std::int64_t>& range);
[[nodiscard]] std::string bandwidth_text(std::int64_t bytes_per_second);
[[nodiscard]] std::string key_distribution_text(const KeyDistribution& keys);

}  // namespace gtsim::language
