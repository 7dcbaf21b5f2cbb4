// Which changes of a log are replicated when several of one item within a time become one. Pure.
//
// The first change of an item opens a window; what comes to it until the window is over replaces
// what was there, and when it is over the last one is shipped. The next change opens the next
// window. So a change waits no longer than the window, however often the item is written, and which
// ones are shipped depends on when they were made, not on when they can be sent.
#pragma once

#include <cstdint>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/base/ring_queue.h"
#include "region-node/base/time.h"
#include "region-node/table/key_space.h"

namespace gtsim {

class Coalescing {
 public:
  explicit Coalescing(Duration window) : window_(window) {}

  void start_at(std::uint64_t position) {
    changes_.clear();
    latest_.clear();
    first_ = position;
  }
  // The next change of the log.
  void append(KeyId key, Instant committed_at) {
    if (key.index() >= latest_.size()) latest_.resize(key.index() * 2 + 1);
    Latest& latest = latest_[key.index()];
    const bool joins = latest.end > first_ && committed_at < latest.over_at;
    if (joins) {
      changes_[latest.end - 1 - first_].is_replaced = true;
    } else {
      latest.over_at = committed_at + window_;
    }
    changes_.push_back({latest.over_at, false});
    latest.end = first_ + changes_.size();
  }
  void trim(std::uint64_t position) {
    while (first_ < position && !changes_.empty()) {
      changes_.pop_front();
      ++first_;
    }
  }
  // When it is known whether the change is shipped.
  [[nodiscard]] Instant ripe_at(std::uint64_t position) const { return at(position).ripe_at; }
  [[nodiscard]] bool is_replaced(std::uint64_t position) const { return at(position).is_replaced; }

 private:
  struct Of {
    Instant ripe_at;
    bool is_replaced = false;
  };
  struct Latest {
    std::uint64_t end = 0;  // one past the position of the latest change; 0: none
    Instant over_at;        // its window
  };
  [[nodiscard]] const Of& at(std::uint64_t position) const {
    CHECK(position >= first_ && position - first_ < changes_.size());
    return changes_[position - first_];
  }

  Duration window_;
  std::uint64_t first_ = 0;
  RingQueue<Of> changes_;
  std::vector<Latest> latest_;  // by KeyId index
};

}  // namespace gtsim
