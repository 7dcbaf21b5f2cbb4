// What time it is for a region node: maps the machine's clock to instants and to what the region's
// own clock shows. Instants never go back, whatever the machine's clock does.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "region-node/base/region_clock.h"
#include "region-node/base/time.h"
#include "region-node/config/node_config.h"
#include "region-node/table_replica.h"

namespace gtsim {

class NodeClock {
 public:
  // No instant before `earliest`: the latest one that was used before a restart.
  NodeClock(const NodeTime& time, Instant earliest)
      : time_(time),
        latest_(earliest),
        clock_(time.instant_origin, time.clock_origin + time.clock_offset, time.drift_ppm) {}

  [[nodiscard]] Instant now() {
    latest_ = std::max(latest_, instant_of(std::chrono::system_clock::now()));
    return latest_;
  }
  [[nodiscard]] Moment moment() {
    const Instant at = now();
    return {at, clock_.at(at)};
  }
  void step(Duration step, std::optional<double> drift_ppm) { clock_.step(now(), step, drift_ppm); }

  // How much real time passes until `at`; not negative.
  [[nodiscard]] std::chrono::microseconds real_until(Instant at) {
    const auto left = static_cast<double>((at - now()).count()) / time_.rate;
    return std::chrono::microseconds{std::max<std::int64_t>(0, static_cast<std::int64_t>(left))};
  }

 private:
  [[nodiscard]] Instant instant_of(std::chrono::system_clock::time_point real) const {
    const std::int64_t real_us =
        std::chrono::duration_cast<std::chrono::microseconds>(real.time_since_epoch()).count() -
        time_.real_origin_us;
    if (time_.rate == 1) return time_.instant_origin + Duration{real_us};
    // A quick clock that has run for years reaches the end of all numbers and stands still there.
    constexpr double kLatestUs = 0x1p61;
    const double us = std::clamp(static_cast<double>(real_us) * time_.rate, -kLatestUs, kLatestUs);
    return time_.instant_origin + Duration{static_cast<std::int64_t>(us)};
  }

  NodeTime time_;
  Instant latest_;
  RegionClock clock_;
};

}  // namespace gtsim
