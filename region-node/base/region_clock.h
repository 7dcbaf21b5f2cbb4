// What one region's clock shows: offset, drift and steps over time, in integers.
#pragma once

#include <cstdint>
#include <optional>

#include "region-node/base/time.h"

namespace gtsim {

class RegionClock {
 public:
  // Shows `wall` at the instant `now`, then drifts; a positive drift runs fast.
  RegionClock(Instant now, WallTime wall, double drift_ppm)
      : anchor_now_(now), anchor_wall_(wall), drift_ppb_(to_ppb(drift_ppm)) {}

  [[nodiscard]] WallTime at(Instant now) const {
    const std::int64_t elapsed = (now - anchor_now_).count();
    if (drift_ppb_ == 0) return anchor_wall_ + Duration{elapsed};
    const auto drift =
        static_cast<std::int64_t>(static_cast<Wide>(elapsed) * drift_ppb_ / 1'000'000'000);
    return anchor_wall_ + Duration{elapsed + drift};
  }
  void step(Instant now, Duration step, std::optional<double> drift_ppm) {
    anchor_wall_ = at(now) + step;
    anchor_now_ = now;
    if (drift_ppm) drift_ppb_ = to_ppb(*drift_ppm);
  }

 private:
  __extension__ using Wide = __int128;
  static std::int64_t to_ppb(double ppm) {
    return static_cast<std::int64_t>(ppm * 1000 + (ppm < 0 ? -0.5 : 0.5));
  }
  Instant anchor_now_;
  WallTime anchor_wall_;
  std::int64_t drift_ppb_;
};

}  // namespace gtsim
