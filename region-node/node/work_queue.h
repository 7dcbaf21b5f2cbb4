// Work for the one thread that owns a node's state, from any thread, in order.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>
#include <vector>

namespace gtsim {

template <class Work>
class WorkQueue {
 public:
  // False after close().
  bool post(Work work) {
    bool was_empty = false;
    {
      const std::lock_guard lock{mutex_};
      if (closed_) return false;
      was_empty = works_.empty();
      works_.push_back(std::move(work));
    }
    if (was_empty) ready_.notify_one();
    return true;
  }
  // Everything posted so far into `out`, which is empty; waits for something at most that long.
  void take(std::vector<Work>& out, std::chrono::microseconds at_most) {
    std::unique_lock lock{mutex_};
    if (works_.empty() && at_most.count() > 0) {
      ready_.wait_for(lock, at_most, [this] { return !works_.empty(); });
    }
    std::swap(out, works_);
  }
  [[nodiscard]] bool empty() {
    const std::lock_guard lock{mutex_};
    return works_.empty();
  }
  // What has not been taken is dropped: whoever waits for it learns that by its destruction.
  void close() {
    std::vector<Work> dropped;
    const std::lock_guard lock{mutex_};
    closed_ = true;
    std::swap(dropped, works_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::vector<Work> works_;
  bool closed_ = false;
};

}  // namespace gtsim
