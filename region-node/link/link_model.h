// One directed link: the settings that decide how long each message takes and whether it arrives,
// and the cut. The simulator's links and the shaping of live ones ask the same model.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "region-node/base/check.h"
#include "region-node/base/dice.h"
#include "region-node/base/time.h"
#include "region-node/link/link_settings.h"

namespace gtsim {

class LinkModel {
 public:
  // `settings.latency` is set and resolved (no kAws anywhere).
  LinkModel(LinkSettings settings, Dice dice) : settings_(std::move(settings)), dice_(dice) {
    CHECK(settings_.latency.has_value());
    look_at_settings();
  }

  // Whether what becomes of a message is a matter of chance at all.
  [[nodiscard]] bool takes_chances() const { return !constant_delay_; }
  // What is sent. The messages of one line arrive in the order in which they were sent, whatever
  // the link does; those of different lines may overtake one another.
  struct Parcel {
    std::int64_t size_bytes = 0;  // any number on a link without a bandwidth
    // What it is about: the same message has the same fate, whatever else is sent. Any number where
    // nothing is left to chance.
    std::uint64_t identity = 0;
    std::uint32_t line = 0;
    bool lags = false;  // it carries changes
  };
  // What becomes of it when it is sent now.
  struct Plan {
    int copies = 1;  // 0: lost; 2: duplicated
    Instant at[2] = {};
    bool out_of_order[2] = {};  // not bound to the order of sending on the link, only to its line's
  };
  [[nodiscard]] Plan plan(Instant now, const Parcel& parcel);

  [[nodiscard]] bool cut() const { return cut_; }
  void set_cut(bool cut) { cut_ = cut; }
  [[nodiscard]] const LinkSettings& settings() const { return settings_; }
  // Unset members leave what stands; a bandwidth of 0 takes the bound away.
  void change(const LinkSettings& settings);

  // What restore() goes back to: the settings as they are now, not cut.
  void keep_as_normal() { normal_ = settings_; }
  void restore() {
    settings_ = normal_;
    cut_ = false;
    look_at_settings();
  }

 private:
  // When a message of this size that is sent now has left.
  [[nodiscard]] Instant departure(Instant now, std::int64_t size_bytes);
  [[nodiscard]] Instant arrival(Instant departs, const Dice& dice) const;
  [[nodiscard]] Duration lag_of(Instant now, std::uint32_t line) const;
  [[nodiscard]] bool breaks_order() const { return settings_.reorder || settings_.lag; }
  // Of a message that would arrive `at`: when, and whether it has left the order of the link.
  [[nodiscard]] std::pair<Instant, bool> in_line(std::uint32_t line, Instant at, bool strays);
  void look_at_settings();

  LinkSettings settings_;
  LinkSettings normal_;
  Dice dice_;
  std::optional<Duration> constant_delay_;  // of every message, where nothing is left to chance
  Instant busy_until_;  // with bounded bandwidth: when the last message has left
  Instant latest_in_order_;
  // By line: when its last message arrives. While lines may overtake one another, and until all
  // that did has arrived; lines that are not here are held by `latest_of_others_`.
  std::map<std::uint32_t, Instant> latest_in_line_;
  Instant latest_of_others_;
  bool cut_ = false;
};

}  // namespace gtsim
