// Runs work later, on one thread of its own: back-off of links, patience with peers that say
// nothing. The work must be short.
//
// Threads: any.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace gtsim {

class Timer {
 public:
  Timer();
  ~Timer() { stop(); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // `work` holds what it needs weakly: it is kept until its time. Nothing is run after stop();
  // false when that is known already.
  bool after(std::chrono::milliseconds delay, std::function<void()> work);
  // Waits for work that is running; not to be called by work.
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> due_;
  bool stopped_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gtsim
