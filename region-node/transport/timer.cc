#include "region-node/transport/timer.h"

#include <utility>

namespace gtsim {

Timer::Timer() : thread_([this] { run(); }) {}

bool Timer::after(std::chrono::milliseconds delay, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return false;
  const auto placed = due_.emplace(std::chrono::steady_clock::now() + delay, std::move(work));
  if (placed == due_.begin()) changed_.notify_one();
  return true;
}

void Timer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Timer::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    if (due_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto next = due_.begin();
    if (next->first > std::chrono::steady_clock::now()) {
      const auto at = next->first;
      changed_.wait_until(lock, at);
      continue;
    }
    std::function<void()> work = std::move(next->second);
    due_.erase(next);
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes before the lock comes back
    lock.lock();
  }
  due_.clear();
}

}  // namespace gtsim
