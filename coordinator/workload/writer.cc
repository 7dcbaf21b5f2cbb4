#include "coordinator/workload/writer.h"

#include <algorithm>
#include <utility>

#include "coordinator/cluster/client_patience.h"

namespace gtsim {

RegionId Writer::next_region(Instant now) {
  if (!fail_over_) return generator_->region();
  return fail_over_->region_of(generator_->made(), now);
}

bool Writer::on_sent(std::uint64_t write, Instant now) {
  if (!fail_over_) return false;
  unanswered_.push_back({write, now});
  return !std::exchange(looks_, true);
}

void Writer::on_end(std::uint64_t write, WriteOutcome outcome, Instant now) {
  if (!fail_over_ || outcome == WriteOutcome::kTimedOut) return;
  const auto found =
      std::lower_bound(unanswered_.begin(), unanswered_.end(), write,
                       [](const Sent& sent, std::uint64_t number) { return sent.write < number; });
  if (found == unanswered_.end() || found->write != write) return;  // it had given up
  unanswered_.erase(found);
  fail_over_->on_end(write, is_failure_of_region(outcome), now);
}

Instant Writer::give_up(Instant now) {
  while (!unanswered_.empty() && unanswered_.front().at + kClientPatience <= now) {
    const std::uint64_t write = unanswered_.front().write;
    unanswered_.pop_front();
    fail_over_->on_end(write, /*failed=*/true, now);
  }
  looks_ = !unanswered_.empty();
  return looks_ ? unanswered_.front().at + kClientPatience : kNever;
}

}  // namespace gtsim
