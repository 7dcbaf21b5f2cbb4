// Which lane each change of a log goes by: one byte for each, so that a backlog that is on disk
// need not be read to find the next change of a lane.
#pragma once

#include <cstdint>

#include "region-node/base/check.h"
#include "region-node/base/ring_queue.h"

namespace gtsim {

class LaneIndex {
 public:
  void start_at(std::uint64_t position) {
    lanes_.clear();
    first_ = position;
  }
  [[nodiscard]] std::uint64_t end() const { return first_ + lanes_.size(); }
  void append(std::uint16_t lane) { lanes_.push_back(static_cast<std::uint8_t>(lane)); }
  void trim(std::uint64_t position) {
    while (first_ < position && !lanes_.empty()) {
      lanes_.pop_front();
      ++first_;
    }
  }
  // The first one at `position` or later; end() when there is none, or none before `limit`.
  [[nodiscard]] std::uint64_t next(std::uint16_t lane, std::uint64_t position,
                                   std::uint64_t limit = UINT64_MAX) const {
    position = position < first_ ? first_ : position;
    const std::uint64_t end = limit < this->end() ? limit : this->end();
    while (position < end && lanes_[position - first_] != lane) ++position;
    return position;
  }

 private:
  std::uint64_t first_ = 0;
  RingQueue<std::uint8_t> lanes_;
};

}  // namespace gtsim
