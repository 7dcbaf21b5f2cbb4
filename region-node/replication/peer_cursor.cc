#include "region-node/replication/peer_cursor.h"

#include <algorithm>

#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

constexpr Duration kLongestDoubled{1'000'000};
constexpr std::uint32_t kTriesAlike = 4;      // loss is not slowness
constexpr std::uint32_t kMostDoublings = 20;  // from a microsecond to a second

}  // namespace

Duration PeerCursor::patience(const ReplicationOptions& options) const {
  const Duration patience = std::max({options.retry, round_trip_ * 3, late_round_trip_ * 3 / 2});
  if (patience >= kLongestDoubled || tries_ <= kTriesAlike) return patience;
  const Duration doubled{patience.count() << std::min(tries_ - kTriesAlike, kMostDoublings)};
  return std::min(doubled, kLongestDoubled);
}

void PeerCursor::note_attempt(Instant now) {
  if (!attempts_.empty() && attempts_.back().number == attempt_) {
    attempts_.back().sent_at = kNever;  // two messages: an answer could be to either
    return;
  }
  if (attempts_.size() == kMostAttempts) attempts_.pop_front();
  attempts_.push_back({attempt_, now});
}

void PeerCursor::learn_from_earlier(std::uint32_t attempt, Instant now) {
  std::size_t found = 0;
  while (found < attempts_.size() && attempts_[found].number != attempt) ++found;
  if (found == attempts_.size()) return;
  if (attempts_[found].sent_at != kNever) late_round_trip_ = now - attempts_[found].sent_at;
  for (++found; found > 0; --found) attempts_.pop_front();
}

bool PeerCursor::on_acknowledgement(std::uint64_t next_position, std::uint32_t attempt, bool gap,
                                    Duration hold_off, Instant now) {
  if (membership_of(attempt) != membership_of(attempt_)) return false;
  bool progress = false;
  if (attempt != attempt_) learn_from_earlier(attempt, now);
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
      late_round_trip_ = Duration{0};
    }
    in_flight_.pop_front();
    progress = true;
  }
  if (attempt != attempt_)
    return progress;  // an answer to what was given up: nothing more to learn
  probing_ = false;
  attempts_.clear();
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
