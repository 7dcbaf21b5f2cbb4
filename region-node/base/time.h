// Two clocks, two types. Instant is the time that orders everything in a run (virtual in the
// simulator, monotonic in the daemon); WallTime is what one region's own clock shows, which may be
// wrong on purpose and which goes into versions. Both count whole microseconds.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>

namespace gtsim {

using Duration = std::chrono::microseconds;

struct Instant {
  std::int64_t us = 0;  // since the start of the run

  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
  friend constexpr Instant operator+(Instant at, Duration by) { return {at.us + by.count()}; }
  friend constexpr Instant operator-(Instant at, Duration by) { return {at.us - by.count()}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return Duration{a.us - b.us}; }
};

inline constexpr Instant kNever{INT64_MAX};

struct WallTime {
  std::int64_t us = 0;  // since 1970-01-01T00:00:00Z

  friend constexpr auto operator<=>(const WallTime&, const WallTime&) = default;
  friend constexpr WallTime operator+(WallTime at, Duration by) { return {at.us + by.count()}; }
  friend constexpr Duration operator-(WallTime a, WallTime b) { return Duration{a.us - b.us}; }
};

// "1.5s", "80ms", "2h5m": short, exact, readable back by parse_duration (quantity_text.h).
[[nodiscard]] std::string to_text(Duration duration);

// "2026-01-01T00:00:00.123456Z"; the fraction is left out when `digits` is 0 (3 and 6 are usual).
[[nodiscard]] std::string to_iso8601(WallTime time, int digits, bool zone_letter = true);

// Accepts "2026-01-01T00:00:00Z" with an optional fraction of 1 to 6 digits. False when malformed.
[[nodiscard]] bool parse_iso8601(std::string_view text, WallTime& out);

}  // namespace gtsim
