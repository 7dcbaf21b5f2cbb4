// The version of an item: when it was written by the clock of the region that wrote it, and which
// region that was. A total order; the larger version wins everywhere, so all regions choose alike.
#pragma once

#include <compare>
#include <cstdint>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"

namespace gtsim {

struct Version {
  WallTime timestamp{INT64_MIN};  // INT64_MIN: never written
  RegionId origin{};

  [[nodiscard]] constexpr bool ever_written() const { return timestamp.us != INT64_MIN; }
  // Timestamp first, then region name (RegionIds are in name order). The service documents neither
  // resolution nor tie-break; microseconds and the name are this project's choice.
  friend constexpr auto operator<=>(const Version&, const Version&) = default;
};

}  // namespace gtsim
