#include "coordinator/workload/fail_over.h"

namespace gtsim {

bool is_failure_of_region(WriteOutcome outcome) {
  return outcome == WriteOutcome::kUnavailable || outcome == WriteOutcome::kServerError ||
         outcome == WriteOutcome::kTimedOut;
}

void FailOver::go(RegionId to, Instant now) {
  at_ = to;
  failed_in_a_row_ = 0;
  here_since_ = next_write_;
  scout_.reset();
  looks_home_at_ = is_away() && spec_.back_after ? now + *spec_.back_after : kNever;
}

RegionId FailOver::region_of(std::uint64_t write, Instant now) {
  next_write_ = write + 1;
  if (!is_away() || scout_ || now < looks_home_at_) return at_;
  scout_ = write;
  return home_;
}

void FailOver::on_end(std::uint64_t write, bool failed, Instant now) {
  if (scout_ == write) {
    if (!failed) return go(home_, now);
    scout_.reset();
    looks_home_at_ = now + *spec_.back_after;
    return;
  }
  // What was sent elsewhere, before, says nothing of where it is now.
  if (write < here_since_) return;
  failed_in_a_row_ = failed ? failed_in_a_row_ + 1 : 0;
  if (failed_in_a_row_ >= spec_.after) go(is_away() ? home_ : spec_.to, now);
}

}  // namespace gtsim
