#include "region-node/node/housekeeper.h"

#include "region-node/base/check.h"

namespace gtsim {

Housekeeper::Housekeeper(RegionDatabase& database)
    : database_(database), thread_([this] { run(); }) {}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool Housekeeper::busy() const {
  const std::lock_guard lock{mutex_};
  return working_ || !ranges_.empty();
}

void Housekeeper::compact(std::vector<KeyRange> ranges) {
  {
    const std::lock_guard lock{mutex_};
    CHECK(ranges_.empty());
    ranges_ = std::move(ranges);
  }
  changed_.notify_one();
}

void Housekeeper::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return !ranges_.empty() || stopping_; });
    if (stopping_) return;
    const std::vector<KeyRange> ranges = std::exchange(ranges_, {});
    working_ = true;
    for (const KeyRange& range : ranges) {
      if (stopping_) break;
      lock.unlock();
      database_.compact(range);
      lock.lock();
    }
    working_ = false;
  }
}

}  // namespace gtsim
