// A version in one word, in the order of versions: the checker holds one for each key and region.
//
//   word = (microseconds since 1970 + 1) * 64 + region; 0: never written
//
// 58 bits of microseconds reach the year 11103. No clock shows more than 9999 (kLatestClock), and a
// write is at most a microsecond above the one that it replaces, so a run would need 10^16 writes
// of one item to leave them.
#pragma once

#include <cstdint>

#include "region-node/base/check.h"
#include "region-node/base/clock_range.h"
#include "region-node/base/ids.h"
#include "region-node/base/version.h"

namespace gtsim {

using PackedVersion = std::uint64_t;

inline constexpr PackedVersion kNothingPacked = 0;
inline constexpr int kPackedRegionBits = 6;
static_assert(kMaxRegions <= std::size_t{1} << kPackedRegionBits);
inline constexpr std::int64_t kLargestPackedUs =
    static_cast<std::int64_t>(UINT64_MAX >> kPackedRegionBits) - 1;
static_assert(kEarliestClock.us >= 0);
static_assert(kLatestClock.us < kLargestPackedUs);

// Whether pack() can take it. Versions of real nodes are asked; a simulated clock is in bounds.
[[nodiscard]] constexpr bool can_be_packed(Version version) {
  return !version.ever_written() ||
         (version.timestamp.us >= 0 && version.timestamp.us <= kLargestPackedUs &&
          version.origin.value() < kMaxRegions);
}

// REQUIRES: can_be_packed(version).
[[nodiscard]] inline PackedVersion pack(Version version) {
  CHECK(can_be_packed(version));
  if (!version.ever_written()) return kNothingPacked;
  return (static_cast<PackedVersion>(version.timestamp.us) + 1) << kPackedRegionBits |
         version.origin.value();
}

[[nodiscard]] inline Version unpack(PackedVersion packed) {
  if (packed == kNothingPacked) return {};
  return {WallTime{static_cast<std::int64_t>(packed >> kPackedRegionBits) - 1},
          RegionId{static_cast<std::uint16_t>(packed & ((1U << kPackedRegionBits) - 1))}};
}

}  // namespace gtsim
