// The origin's log of its own changes to one table, in commit order. Entries stay until every
// member has acknowledged them; nothing is dropped because time passed.
#pragma once

#include <cstdint>

#include "region-node/base/ring_queue.h"
#include "region-node/replication/change.h"

namespace gtsim {

class OutboundLog {
 public:
  // Position of the first entry held and of the next one to be appended.
  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t end() const { return first_ + entries_.size(); }

  void append(Change change) { entries_.push_back(std::move(change)); }
  // REQUIRES: first() <= position < end().
  [[nodiscard]] const Change& at(std::uint64_t position) const {
    CHECK(position >= first_);
    CHECK(position < end());
    return entries_[position - first_];
  }
  // Every member has acknowledged everything below `position`.
  void trim(std::uint64_t position) {
    while (first_ < position && !entries_.empty()) {
      entries_.pop_front();
      ++first_;
    }
  }
  // Takes back entries from `position` on: a crash came before they were durable.
  void truncate(std::uint64_t position) {
    while (end() > position && !entries_.empty()) entries_.pop_back();
  }

 private:
  RingQueue<Change> entries_;
  std::uint64_t first_ = 0;
};

}  // namespace gtsim
