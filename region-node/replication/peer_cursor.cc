#include "region-node/replication/peer_cursor.h"

#include "region-node/base/mutant.h"

namespace gtsim {

bool PeerCursor::on_acknowledgement(std::uint64_t next_position, std::uint32_t attempt, bool gap,
                                    Duration hold_off, Instant now) {
  if (membership_of(attempt) != membership_of(attempt_)) return false;
  bool progress = false;
  if (next_position > acknowledged_) {
    acknowledged_ = next_position;
    if (sent_ < acknowledged_) sent_ = acknowledged_;
    tries_ = 0;
    progress = true;
  }
  while (!in_flight_.empty() && in_flight_.front().next_position <= acknowledged_) {
    // Only answers to this attempt say how long a round trip takes (Karn's rule).
    if (attempt == attempt_) {
      const Duration sample = now - in_flight_.front().sent_at;
      round_trip_ = round_trip_.count() == 0 ? sample : (round_trip_ * 7 + sample) / 8;
    }
    in_flight_.pop_front();
    progress = true;
  }
  if (attempt != attempt_)
    return progress;  // an answer to what was given up: nothing more to learn
  probing_ = false;
  if (hold_off.count() > 0) {
    start_over();
    probing_ = false;
    held_off_until_ = now + hold_off;
    return progress;
  }
  if (gap) {
    start_over();
    probing_ = false;
    return true;
  }
  return progress;
}

void PeerCursor::start_over() {
  if (broken(Mutant::kBacklogDroppedAtCut)) acknowledged_ = sent_;
  sent_ = acknowledged_;
  in_flight_.clear();
  // The membership stays what it is.
  constexpr std::uint32_t kCount = (std::uint32_t{1} << kAttemptBits) - 1;
  attempt_ = (attempt_ & ~kCount) | ((attempt_ + 1) & kCount);
  ++tries_;
  probing_ = true;
}

}  // namespace gtsim
