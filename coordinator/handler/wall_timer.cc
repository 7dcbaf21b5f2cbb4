#include "coordinator/handler/wall_timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>

namespace gtsim {
namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kNanosPerMicro = 1'000;

std::int64_t remaining_us(int file) {
  itimerspec left{};
  if (::timerfd_gettime(file, &left) != 0) return 0;
  // Rounded up: a timer that has not passed never reads 0.
  return left.it_value.tv_sec * kMicrosPerSecond +
         (left.it_value.tv_nsec + kNanosPerMicro - 1) / kNanosPerMicro;
}

}  // namespace

WallTimer::WallTimer() : file_(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {}

WallTimer::~WallTimer() {
  if (file_ >= 0) ::close(file_);
}

void WallTimer::start(Duration limit) {
  limit_ = std::max(limit, Duration{1});
  itimerspec setting{};
  setting.it_value.tv_sec = limit_.count() / kMicrosPerSecond;
  setting.it_value.tv_nsec = limit_.count() % kMicrosPerSecond * kNanosPerMicro;
  ::timerfd_settime(file_, 0, &setting, nullptr);
}

bool WallTimer::passed() const {
  return remaining_us(file_) == 0;
}

std::int64_t WallTimer::elapsed_us() const {
  return std::max<std::int64_t>(0, limit_.count() - remaining_us(file_));
}

}  // namespace gtsim
