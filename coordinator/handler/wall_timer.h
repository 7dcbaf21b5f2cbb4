// A time limit in real time, as a file that poll() can wait for beside others.
#pragma once

#include <cstdint>

#include "region-node/base/time.h"

namespace gtsim {

class WallTimer {
 public:
  WallTimer();
  ~WallTimer();
  WallTimer(const WallTimer&) = delete;
  WallTimer& operator=(const WallTimer&) = delete;

  // Counts from now; a limit below 1 us passes at once.
  void start(Duration limit);
  [[nodiscard]] bool passed() const;
  // Since start(); stands still at the limit.
  [[nodiscard]] std::int64_t elapsed_us() const;

  // Readable once the limit has passed. -1: the system has no file left to give.
  [[nodiscard]] int file() const { return file_; }

 private:
  int file_;
  Duration limit_{0};
};

}  // namespace gtsim
