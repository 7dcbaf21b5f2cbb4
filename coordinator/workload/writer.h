// Whoever makes the writes of one workload in one region: draws them, decides where each is sent,
// and learns from how they end.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "coordinator/workload/fail_over.h"
#include "coordinator/workload/generator.h"

namespace gtsim {

class Writer {
 public:
  Writer(std::unique_ptr<Generator> generator, const std::optional<FailOverSpec>& fail_over)
      : generator_(std::move(generator)) {
    if (fail_over) fail_over_.emplace(*fail_over, generator_->region());
  }

  [[nodiscard]] Generator& generator() { return *generator_; }
  // Whether it wants to hear how its writes end.
  [[nodiscard]] bool listens() const { return fail_over_.has_value(); }

  // Where the write that is due is sent.
  [[nodiscard]] RegionId next_region(Instant now);
  // It is on its way. True: give_up() is to be called after kClientPatience.
  [[nodiscard]] bool on_sent(std::uint64_t write, Instant now);
  // What it was told. That nobody answered it finds out by itself.
  void on_end(std::uint64_t write, WriteOutcome outcome, Instant now);
  // Gives up on writes that were not answered for kClientPatience. When to look again; kNever: it
  // waits for none.
  [[nodiscard]] Instant give_up(Instant now);

 private:
  struct Sent {
    std::uint64_t write = 0;
    Instant at;
  };
  std::unique_ptr<Generator> generator_;
  std::optional<FailOver> fail_over_;
  std::deque<Sent> unanswered_{};  // ascending
  bool looks_ = false;             // give_up() will be called
};

}  // namespace gtsim
