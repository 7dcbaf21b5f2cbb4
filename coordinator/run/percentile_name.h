// How messages call a percentile.
#pragma once

#include <fmt/format.h>

#include <string>

namespace gtsim {

// 0.5: "p50", 0.999: "p999", 1: "max".
[[nodiscard]] inline std::string percentile_name(double share) {
  if (share >= 1) return "max";
  if (share == 0.999) return "p999";
  return fmt::format("p{:.0f}", share * 100);
}

}  // namespace gtsim
