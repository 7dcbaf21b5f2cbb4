// A thread of one's own for work that must not hold up whoever asks for it: tasks run one after
// another, in the order in which they were given.
//
// Threads: submit() and busy() from any; the function runs on the worker's. A task may submit().
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <utility>

#include "region-node/base/check.h"
#include "region-node/base/ring_queue.h"

namespace gtsim {

struct SerialWorkerOptions {
  const char* name = "worker";  // of the thread, for whoever looks at the process
  // How many tasks may wait; who submits more than that has not waited for what it had to.
  std::size_t waiting_max = std::numeric_limits<std::size_t>::max();
  // What becomes of the tasks that wait when the worker goes. The one under way always ends.
  enum class AtEnd : std::uint8_t { kRun, kDrop } at_end = AtEnd::kRun;
  // How far the thread stands back behind the others, as nice(1) counts.
  int niceness = 0;
};

// Gives the calling thread its name and niceness. Neither may be had everywhere; the work is done
// all the same.
void set_up_worker_thread(const SerialWorkerOptions& options);

template <class Task>
class SerialWorker {
 public:
  SerialWorker(SerialWorkerOptions options, std::function<void(Task)> function)
      : options_(options), function_(std::move(function)), thread_([this] { run(); }) {}
  SerialWorker(const SerialWorker&) = delete;
  SerialWorker& operator=(const SerialWorker&) = delete;
  ~SerialWorker() {
    request_stop();
    thread_.join();
  }

  // Begins what the destructor ends, without waiting for it.
  void request_stop() {
    {
      const std::lock_guard lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_one();
  }

  // REQUIRES: fewer than `waiting_max` tasks wait.
  void submit(Task task) {
    {
      const std::lock_guard lock{mutex_};
      CHECK(waiting_.size() < options_.waiting_max);
      waiting_.push_back(std::move(task));
    }
    changed_.notify_one();
  }

  // A task waits or is under way.
  [[nodiscard]] bool busy() const {
    const std::lock_guard lock{mutex_};
    return working_ || !waiting_.empty();
  }

 private:
  void run() {
    set_up_worker_thread(options_);
    std::unique_lock lock{mutex_};
    while (true) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      if (stopping_ && options_.at_end == SerialWorkerOptions::AtEnd::kDrop) return;
      Task task = std::move(waiting_.front());
      waiting_.pop_front();
      working_ = true;
      lock.unlock();
      function_(std::move(task));
      lock.lock();
      working_ = false;
    }
  }

  const SerialWorkerOptions options_;
  const std::function<void(Task)> function_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  RingQueue<Task> waiting_;  // keeps its memory: a commit allocates nothing here
  bool working_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gtsim
