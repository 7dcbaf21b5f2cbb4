// Where the writer of a workload sends its next write: to its own region or, while that one fails
// it, to another. Pure: the runner tells it how its writes ended.
#pragma once

#include <cstdint>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

class FailOver {
 public:
  FailOver(FailOverSpec spec, RegionId home) : spec_(spec), home_(home), at_(home) {}

  // Of the write with this number, which is made now. Numbers ascend.
  [[nodiscard]] RegionId region_of(std::uint64_t write, Instant now);
  // How it ended, once: as the writer sees it, who waits 10 s for an answer.
  void on_end(std::uint64_t write, bool failed, Instant now);

  [[nodiscard]] bool is_away() const { return at_ != home_; }

 private:
  void go(RegionId to, Instant now);

  FailOverSpec spec_;
  RegionId home_;
  RegionId at_;
  std::int64_t failed_in_a_row_ = 0;
  std::uint64_t here_since_ = 0;  // writes from this number on were sent where it is now
  std::uint64_t next_write_ = 0;
  Instant looks_home_at_ = kNever;        // while it is away
  std::optional<std::uint64_t> scout_{};  // the write that was sent home to see
};

// Whether a writer takes this for a failure of the region. Being throttled, or refused for what it
// wrote, is none.
[[nodiscard]] bool is_failure_of_region(WriteOutcome outcome);

}  // namespace gtsim
