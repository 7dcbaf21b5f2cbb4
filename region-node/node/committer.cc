#include "region-node/node/committer.h"

#include "region-node/base/check.h"

namespace gtsim {

Committer::Committer(RegionDatabase& database, std::function<void(Result<void>, CommitBatch)> done)
    : database_(database), done_(std::move(done)), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Committer::submit(CommitBatch batch, bool sync) {
  {
    const std::lock_guard lock{mutex_};
    CHECK(!task_.has_value());
    task_.emplace(Task{std::move(batch), sync});
  }
  changed_.notify_one();
}

void Committer::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return task_.has_value() || stopping_; });
    if (!task_) return;
    Task task = std::move(*task_);
    task_.reset();
    lock.unlock();
    Result<void> written = database_.write(task.batch, task.sync);
    done_(std::move(written), std::move(task.batch));
    lock.lock();
  }
}

}  // namespace gtsim
