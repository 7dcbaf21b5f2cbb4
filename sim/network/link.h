// One directed link: a FIFO of messages on the way, the settings that decide how long each takes,
// and the cut. Loss by a cut is decided at sending and again at delivery, so a cut also kills what
// is on the way.
#pragma once

#include <cstdint>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/random.h"
#include "region-node/base/ring_queue.h"
#include "region-node/replication/message.h"

namespace gtsim {

struct InTransit {
  InTransit(Instant arrival, std::uint64_t number, Message&& carried)
      : at(arrival), order(number), message(std::move(carried)) {}
  Instant at;
  std::uint64_t order;
  Message message;
};

class Link {
 public:
  // `settings.latency` is set and resolved (no kAws anywhere).
  Link(LinkSettings settings, Random random) : settings_(std::move(settings)), random_(random) {}

  // What becomes of a message of this size that is sent now.
  struct Plan {
    int copies = 1;  // 0: lost; 2: duplicated
    Instant at[2] = {};
    bool out_of_order[2] = {};  // not bound to the FIFO
  };
  [[nodiscard]] Plan plan(Instant now, std::int64_t size_bytes);

  [[nodiscard]] bool cut() const { return cut_; }
  void set_cut(bool cut) { cut_ = cut; }
  [[nodiscard]] const LinkSettings& settings() const { return settings_; }
  // Unset members leave what stands.
  void change(const LinkSettings& settings);

  // What restore() goes back to: the settings as they are now, not cut.
  void keep_as_normal() { normal_ = settings_; }
  void restore() {
    settings_ = normal_;
    cut_ = false;
  }

  RingQueue<InTransit> queue;  // ascending by (at, order)

 private:
  [[nodiscard]] Instant arrival(Instant departure);

  LinkSettings settings_;
  LinkSettings normal_;
  Random random_;
  Instant busy_until_;  // with bounded bandwidth: when the last message has left
  Instant latest_in_order_;
  bool cut_ = false;
};

}  // namespace gtsim
