// Durations, sizes and counts as people write them in scenarios and in a node's configuration:
// `150ms`, `2h5m`, `64MB`. Each function reads one whole text; the error (kInput) says what is
// wrong with it and leaves out what was expected, which the caller knows.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "region-node/base/result.h"
#include "region-node/base/time.h"

namespace gtsim {

// Ten years: far beyond any run, and sums of two still fit easily.
inline constexpr Duration kLongestDuration{10LL * 365 * 24 * 3600 * 1'000'000};

// `150ms`, `1.5s`, `2h5m`; units us ms s m h d, the larger first.
[[nodiscard]] Result<Duration> parse_duration(std::string_view text);
[[nodiscard]] Result<Duration> parse_signed_duration(std::string_view text);
// A whole decimal number without sign.
[[nodiscard]] Result<std::int64_t> parse_count(std::string_view text);
// `200`, `200B`, `1KB`, `2MB` (1 KB is 1024 bytes, as the service counts)
[[nodiscard]] Result<std::int64_t> parse_size(std::string_view text);

// Without blanks at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
// What stands before exactly `unit`, trimmed: split_unit("50ppm", "ppm") is "50".
[[nodiscard]] std::optional<std::string_view> split_unit(std::string_view text,
                                                         std::string_view unit);

}  // namespace gtsim
