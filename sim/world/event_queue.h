// The one ordered queue of the simulator: a 4-ary heap of plain events, least (time, order) first.
// `order` is a counter, so events of one instant come out in the order in which they were pushed.
#pragma once

#include <cstdint>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/base/time.h"

namespace gtsim {

struct Event {
  Instant at;
  std::uint64_t order = 0;
  std::uint64_t token = 0;
  std::uint32_t target = 0;
  std::uint32_t kind = 0;
};
static_assert(sizeof(Event) == 32);

class EventQueue {
 public:
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] std::size_t size() const { return heap_.size() - (taken_ ? 1 : 0); }

  // Numbers handed out are shared with whoever orders things outside the queue (links do).
  [[nodiscard]] std::uint64_t next_order() { return next_order_++; }

  void push(Instant at, std::uint32_t kind, std::uint32_t target, std::uint64_t token) {
    push(Event{at, next_order_++, token, target, kind});
  }
  void push(const Event& event) {
    if (taken_) {  // fills the hole at the top: one pass for "pop, then schedule the successor"
      taken_ = false;
      sink(event);
      return;
    }
    heap_.push_back(event);
    rise(heap_.size() - 1, event);
  }

  // The least event. Its place stays open until the next push or take. REQUIRES: !empty().
  [[nodiscard]] Event take() {
    close_hole();
    CHECK(!heap_.empty());
    taken_ = true;
    return heap_.front();
  }

 private:
  void close_hole() {
    if (!taken_) return;
    taken_ = false;
    const Event last = heap_.back();
    heap_.pop_back();
    if (!heap_.empty()) sink(last);
  }

  // One 128-bit comparison instead of two dependent branches: times are never negative.
  __extension__ using Rank = unsigned __int128;
  static Rank rank(const Event& event) {
    return (static_cast<Rank>(static_cast<std::uint64_t>(event.at.us)) << 64) | event.order;
  }

  void rise(std::size_t hole, const Event& event) {
    const Rank mine = rank(event);
    while (hole > 0) {
      const std::size_t parent = (hole - 1) / 4;
      if (rank(heap_[parent]) <= mine) break;
      heap_[hole] = heap_[parent];
      hole = parent;
    }
    heap_[hole] = event;
  }

  // Places `event` from the top down.
  void sink(const Event& event) {
    const std::size_t size = heap_.size();
    const Rank mine = rank(event);
    std::size_t hole = 0;
    for (;;) {
      const std::size_t first = hole * 4 + 1;
      if (first >= size) break;
      std::size_t least = first;
      Rank least_rank = rank(heap_[first]);
      const std::size_t end = first + 4 < size ? first + 4 : size;
      for (std::size_t child = first + 1; child < end; ++child) {
        const Rank child_rank = rank(heap_[child]);
        const bool smaller = child_rank < least_rank;
        least = smaller ? child : least;
        least_rank = smaller ? child_rank : least_rank;
      }
      if (mine <= least_rank) break;
      heap_[hole] = heap_[least];
      hole = least;
    }
    heap_[hole] = event;
  }

  std::vector<Event> heap_;
  std::uint64_t next_order_ = 0;
  bool taken_ = false;  // heap_.front() has been given out already
};

}  // namespace gtsim
