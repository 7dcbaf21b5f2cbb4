#include "coordinator/consumer/shard_lane.h"

#include <algorithm>

#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

// Between failures: doubles up to a bound. The service says only that delays grow.
Duration delay_before(const ConsumerSpec& spec, int failures) {
  Duration delay = spec.retry_delay;
  for (int i = 1; i < failures && delay < spec.retry_delay_longest; ++i) delay *= 2;
  return std::min(delay, spec.retry_delay_longest);
}

}  // namespace

const char* to_text(GiveUpReason reason) {
  return reason == GiveUpReason::kRetryAttemptsExhausted ? "RetryAttemptsExhausted"
                                                         : "RecordAgeExceeded";
}

std::int64_t ShardLane::window_of(const BufferedRecord& record) const {
  const std::int64_t width = spec_->tumbling_window.count();
  return record.record.created_at.us / width * width / 1'000'000;
}

// How many of the first records belong to the open window.
std::size_t ShardLane::same_window(std::size_t most) const {
  if (!window_) return most;
  std::size_t count = 0;
  while (count < most && window_of(pending_[count]) <= window_->start_seconds) ++count;
  return count;
}

// By the records that have come, by the time when none do, or by the end of the shard.
bool ShardLane::window_is_over(const LaneContext& context) const {
  if (!window_) return false;
  if (window_->too_large) return true;
  if (!pending_.empty()) return window_of(pending_.front()) > window_->start_seconds;
  if (context.shard_ended) return true;
  return context.read_up_to_now && context.region_clock.us >= window_->start_seconds * 1'000'000 +
                                                                  spec_->tumbling_window.count();
}

bool ShardLane::form_batch(const LaneContext& context) {
  if (window_is_over(context)) {
    parts_.push_back({.ends_window = true});
    return true;
  }
  if (pending_.empty()) return false;
  if (spec_->tumbling_window.count() > 0 && !window_) {
    window_ = Window{window_of(pending_.front()), "{}", false};
  }
  const auto batch_size = static_cast<std::size_t>(spec_->batch_size);
  std::size_t size = same_window(std::min(pending_.size(), batch_size));
  bool full = size == batch_size || size < pending_.size() || context.shard_ended;
  if (const std::size_t fitting = io_->fitting({&pending_, size}); fitting < size) {
    size = fitting;
    full = true;
  }
  if (!full) {
    const Instant due = pending_.front().read_at + spec_->batching_window;
    if (context.now < due) {
      io_->wake_at(due);
      return false;
    }
  }
  parts_.push_back({.size = size});
  return true;
}

MappingInvocation ShardLane::invocation_of(const LaneContext& context, const Part& part) const {
  MappingInvocation invocation;
  invocation.id = last_invocation_;
  invocation.shard = context.shard;
  invocation.shard_id = context.shard_id;
  invocation.lane = context.lane;
  invocation.batch = {&pending_, part.size};
  invocation.attempt = part.invocations;
  if (window_) {
    const std::int64_t end = window_->start_seconds + spec_->tumbling_window.count() / 1'000'000;
    invocation.window = WindowPart{window_->start_seconds, end, window_->state, part.ends_window,
                                   part.ends_window && window_->too_large};
  }
  return invocation;
}

void ShardLane::pop(std::size_t count) {
  for (; count > 0; --count) pending_.pop_front();
}

void ShardLane::finish_part() {
  if (parts_.back().ends_window) window_.reset();
  parts_.pop_back();
  retry_at_ = Instant{0};
}

// What has left the stream, or has become older than the mapping keeps trying, is given up. A
// function error blocks a shard until the records expire, not longer.
void ShardLane::drop_aged(const LaneContext& context) {
  const Duration kept_for = spec_->maximum_record_age.value_or(kStreamRetention);
  const bool by_the_stream = kept_for >= kStreamRetention;
  const Duration limit = std::min(kept_for, kStreamRetention);
  while (!parts_.empty()) {
    Part& part = parts_.back();
    std::size_t aged = 0;
    while (aged < part.size && pending_[aged].record.appended_at + limit < context.now) ++aged;
    if (aged == 0) return;
    Part given_up = part;
    given_up.size = aged;
    if (by_the_stream) {
      io_->on_held_expired(invocation_of(context, given_up));
    } else {
      io_->give_up(invocation_of(context, given_up), GiveUpReason::kRecordAgeExceeded,
                   part.failures > 0);
    }
    pop(aged);
    part.size -= aged;
    if (part.size > 0) return;
    finish_part();
  }
}

std::optional<std::uint64_t> ShardLane::work(const LaneContext& context) {
  if (invoking_) return std::nullopt;
  if (context.now < retry_at_) return std::nullopt;
  drop_aged(context);
  while (parts_.empty()) {
    if (!form_batch(context)) return std::nullopt;
    drop_aged(context);
  }
  Part& part = parts_.back();
  invoking_ = true;
  ++part.invocations;
  last_invocation_ = (*context.next_invocation)++;
  return last_invocation_;
}

void ShardLane::invoke(const LaneContext& context) {
  io_->invoke(invocation_of(context, parts_.back()));
}

void ShardLane::on_end(const LaneContext& context, const InvocationEnd& end) {
  invoking_ = false;
  Part& part = parts_.back();
  switch (end.kind) {
    case InvocationEnd::Kind::kSuccess:
      if (window_) {
        window_->state = end.window_state;
        window_->too_large = end.window_state_too_large;
      }
      pop(part.size);
      finish_part();
      return;
    case InvocationEnd::Kind::kFailFrom:
      // What comes before the named record is done, whatever becomes of the rest.
      pop(end.index);
      part.size -= end.index;
      fail(context, end);
      return;
    case InvocationEnd::Kind::kFailAll:
      fail(context, end);
      return;
  }
}

void ShardLane::fail(const LaneContext& context, const InvocationEnd& end) {
  Part& part = parts_.back();
  const bool split_by_answer = end.kind == InvocationEnd::Kind::kFailFrom && end.index > 0;
  if (spec_->bisect_on_error && (split_by_answer || part.size > 1)) {
    // No retry is used up. The answer of the function has split the batch already; else the middle.
    if (!split_by_answer) {
      Part second{.size = part.size / 2, .failures = part.failures};
      const Part first{.size = part.size - second.size, .failures = part.failures};
      if (broken(Mutant::kBisectLosesMiddle) && second.size > 1) {
        for (std::size_t i = first.size; i > 0; --i) pending_[i] = std::move(pending_[i - 1]);
        pending_.pop_front();
        --second.size;
      }
      parts_.pop_back();
      parts_.push_back(second);
      parts_.push_back(first);
    }
    retry_at_ = context.now + spec_->retry_delay;
    io_->wake_at(retry_at_);
    return;
  }
  ++part.failures;
  if (spec_->maximum_retry_attempts && part.failures > *spec_->maximum_retry_attempts) {
    io_->give_up(invocation_of(context, part), GiveUpReason::kRetryAttemptsExhausted,
                 end.function_error);
    pop(part.size);
    finish_part();
    return;
  }
  retry_at_ = context.now + delay_before(*spec_, part.failures);
  io_->wake_at(retry_at_);
}

}  // namespace gtsim
