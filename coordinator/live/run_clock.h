// Real time as a run counts it: instant 0 is when the run began, and `speed` seconds pass in a real
// second.
#pragma once

#include <chrono>
#include <cmath>

#include "region-node/base/time.h"

namespace gtsim {

class RunClock {
 public:
  using Real = std::chrono::steady_clock::time_point;

  // `begins`: from now to instant 0, in real time.
  RunClock(double speed, std::chrono::microseconds begins)
      : speed_(speed),
        origin_(std::chrono::steady_clock::now() + begins),
        origin_since_1970_us_(std::chrono::duration_cast<std::chrono::microseconds>(
                                  std::chrono::system_clock::now().time_since_epoch() + begins)
                                  .count()) {}

  [[nodiscard]] Instant now() const {
    const auto elapsed =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - origin_);
    return Instant{static_cast<std::int64_t>(std::floor(elapsed.count() * speed_))};
  }
  // When the instant comes, by the machine's clock.
  [[nodiscard]] Real real(Instant at) const {
    return origin_ + std::chrono::microseconds{
                         static_cast<std::int64_t>(static_cast<double>(at.us) / speed_)};
  }
  // The same since 1970.
  [[nodiscard]] std::int64_t since_1970_us(Instant at) const {
    return origin_since_1970_us_ + static_cast<std::int64_t>(static_cast<double>(at.us) / speed_);
  }
  [[nodiscard]] double speed() const { return speed_; }
  // What lasts so long in the run.
  [[nodiscard]] Duration run_time(std::chrono::microseconds real) const {
    return Duration{static_cast<std::int64_t>(static_cast<double>(real.count()) * speed_)};
  }

 private:
  double speed_;
  Real origin_;
  std::int64_t origin_since_1970_us_;
};

}  // namespace gtsim
