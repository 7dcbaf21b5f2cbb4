// The origin's view of one member: what it has acknowledged, what is on the way, when to send
// again. Go-back-N with a bounded window: after silence or a reported gap the cursor returns to
// what was acknowledged and sends from there. Everything but `acknowledged` may be lost in a crash.
//
// How long silence may last follows the link: three round trips, if that is longer than `retry`. A
// round trip longer than the patience is learned from the answer to an earlier attempt, whose copy
// the attempt's number tells apart, and counts until an answer comes in time. Before there is one,
// the attempts after the first few wait twice as long as the one before, up to a second. So a slow
// link gets a few copies of one message and is not flooded with them.
#pragma once

#include <cstdint>

#include "region-node/base/ring_queue.h"
#include "region-node/base/time.h"

namespace gtsim {

struct ReplicationOptions {
  std::int64_t batch = 100;              // changes in one message
  std::int64_t in_flight = 64;           // unacknowledged messages per member and lane
  Duration retry{1'000'000};             // silence after which to send again, at least
  Duration coalesce{0};                  // 0: off
  std::uint16_t lanes = 1;               // at most kMostLanes
  std::int64_t batch_bytes = INT64_MAX;  // of images in one message; only the last may pass it
};

class PeerCursor {
 public:
  PeerCursor() = default;
  // `membership`: tells this time that the peer is a member from times before; answers of those
  // speak of a copy that is gone.
  explicit PeerCursor(std::uint64_t acknowledged, std::uint32_t membership = 0)
      : acknowledged_(acknowledged), sent_(acknowledged), attempt_(membership << kAttemptBits) {}

  [[nodiscard]] static std::uint32_t membership_of(std::uint32_t attempt) {
    return attempt >> kAttemptBits;
  }

  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::uint64_t sent() const { return sent_; }
  [[nodiscard]] std::uint32_t attempt() const { return attempt_; }
  [[nodiscard]] std::uint32_t tries() const { return tries_; }

  [[nodiscard]] bool may_send(const ReplicationOptions& options, Instant now) const {
    const std::int64_t window = probing_ ? 1 : options.in_flight;
    return static_cast<std::int64_t>(in_flight_.size()) < window && now >= held_off_until_;
  }
  [[nodiscard]] bool idle() const { return in_flight_.empty(); }

  void on_sent(std::uint64_t next_position, Instant now) {
    sent_ = next_position;
    in_flight_.push_back({next_position, now});
    if (probing_) note_attempt(now);
  }

  // True when the log may be trimmed further or more may be sent.
  bool on_acknowledgement(std::uint64_t next_position, std::uint32_t attempt, bool gap,
                          Duration hold_off, Instant now);

  // When silence has lasted too long; kNever when nothing is on the way.
  [[nodiscard]] Instant retry_at(const ReplicationOptions& options) const {
    if (in_flight_.empty()) return held_off_until_ > Instant{0} ? held_off_until_ : kNever;
    return in_flight_.front().sent_at + patience(options);
  }
  // Starts over from what was acknowledged; until the next acknowledgement one message at a time.
  void start_over();
  // The hold-off has passed.
  void resume() { held_off_until_ = Instant{0}; }
  [[nodiscard]] bool held_off(Instant now) const { return now < held_off_until_; }

  // Back to what is durable, after a crash of the origin.
  void recover() {
    start_over();
    held_off_until_ = Instant{0};
  }
  // The peer says what it has; nothing is on the way.
  void reconnect(std::uint64_t received) {
    if (received > acknowledged_) acknowledged_ = received;
    start_over();
    probing_ = false;
    held_off_until_ = Instant{0};
  }
  void skip_to(std::uint64_t position) {
    acknowledged_ = position;
    sent_ = position;
    in_flight_.clear();
  }

 private:
  struct InFlight {
    std::uint64_t next_position;
    Instant sent_at;
  };
  struct Attempt {
    std::uint32_t number;
    Instant sent_at;
  };
  static constexpr std::size_t kMostAttempts = 256;  // that are remembered: over four minutes

  [[nodiscard]] Duration patience(const ReplicationOptions& options) const;
  void note_attempt(Instant now);
  void learn_from_earlier(std::uint32_t attempt, Instant now);

  std::uint64_t acknowledged_ = 0;  // Invariant: acknowledged_ <= sent_ <= log end
  std::uint64_t sent_ = 0;
  RingQueue<InFlight> in_flight_;
  RingQueue<Attempt> attempts_;  // while probing: those before, as long as they may be answered
  Instant held_off_until_{0};
  Duration round_trip_{0};       // smoothed
  Duration late_round_trip_{0};  // of the newest answer to an attempt that was given up
  // The upper bits are the membership. Should the lower ones ever run over, an answer of long ago
  // could be taken for one of this attempt.
  static constexpr int kAttemptBits = 20;
  std::uint32_t attempt_ = 0;
  std::uint32_t tries_ = 0;  // attempts since something was acknowledged
  bool probing_ = false;
};

}  // namespace gtsim
