// Who waits for answers, by the tag of the call. The tags of answered calls are used again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "region-node/base/check.h"
#include "region-node/base/result.h"
#include "region-node/base/time.h"
#include "region-node/write/write.h"

namespace gtsim {

// On the loop's thread, when the outcome is durable.
using WriteDone = std::function<void(const Result<OperationResults>& outcome, Instant at)>;
// The same of an order: nothing, or why it was refused.
using OrderDone = std::function<void(const std::optional<Error>& refusal)>;

template <class Done>
class WaitingCallers {
 public:
  [[nodiscard]] std::size_t size() const { return callers_.size() - free_.size(); }

  [[nodiscard]] std::uint64_t add(Done done) {
    if (free_.empty()) {
      free_.push_back(callers_.size());
      callers_.emplace_back();
    }
    const std::uint64_t tag = free_.back();
    free_.pop_back();
    callers_[tag] = std::move(done);
    return tag;
  }
  [[nodiscard]] Done take(std::uint64_t tag) {
    CHECK(tag < callers_.size() && callers_[tag]);
    free_.push_back(tag);
    return std::exchange(callers_[tag], nullptr);
  }
  // Nobody who waits now will be answered otherwise.
  template <class... Answer>
  void answer_all(const Answer&... answer) {
    std::vector<Done> waiting = std::exchange(callers_, {});
    free_.clear();
    for (const Done& done : waiting) {
      if (done) done(answer...);
    }
  }

 private:
  std::vector<Done> callers_;  // by tag; empty: free
  std::vector<std::uint64_t> free_;
};

}  // namespace gtsim
