// How long poll() may wait until a moment of the steady clock.
#pragma once

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdint>

namespace gtsim {

// Milliseconds, rounded up; 0 when it has passed.
[[nodiscard]] inline int poll_timeout_ms(std::chrono::steady_clock::time_point until) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, INT_MAX));
}

}  // namespace gtsim
