// Which leaves of a pattern, and which of their alternatives, mattered for recorded events. What
// never did is either superfluous or not tested by those events.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "coordinator/pattern/event_pattern.h"
#include "coordinator/pattern/event_scan.h"
#include "region-node/base/result.h"

namespace gtsim {

class PatternCoverage {
 public:
  struct Alternative {
    std::uint64_t held = 0;     // events in which it held
    std::uint64_t carried = 0;  // events that would not have matched without it
  };
  struct Leaf {
    std::uint64_t held = 0;
    std::uint64_t carried = 0;  // events that matched and would not have, had it failed
    std::uint64_t blocked = 0;  // events that did not match and would have, had it held
    std::vector<Alternative> alternatives;

    [[nodiscard]] bool decisive() const { return carried + blocked != 0; }
  };

  // `pattern` must outlive the coverage.
  explicit PatternCoverage(const EventPattern& pattern);

  // One event as JSON text; an error when it is none.
  [[nodiscard]] Result<void> add(std::string_view event);

  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t matched() const { return matched_; }
  [[nodiscard]] const std::vector<Leaf>& leaves() const { return leaves_; }
  // Every leaf and every alternative mattered.
  [[nodiscard]] bool complete() const;

 private:
  const EventPattern& pattern_;
  pattern::EventScan scan_;
  std::uint64_t events_ = 0;
  std::uint64_t matched_ = 0;
  std::vector<Leaf> leaves_;
};

}  // namespace gtsim
