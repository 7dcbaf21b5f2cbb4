// What a consumer hands its batches to. A handler runs outside of virtual time: how long it really
// takes never reaches the history of a run; what it answers does.
#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace gtsim {

// What the function is given. The event text is made only when a handler asks for it.
struct Invocation {
  std::string consumer;      // name
  std::uint64_t number = 0;  // invocations of this consumer before this one
  int attempt = 1;           // of this batch, from 1
  std::size_t records = 0;
  // One Lambda event on one line, {"Records":[...]}, without a line end. The text lives until the
  // invocation is over.
  std::function<std::string_view()> event;
};

struct HandlerResult {
  enum class Kind : std::uint8_t {
    kReturned,       // the function came to its end
    kFunctionError,  // it threw, crashed or answered what no function answers: the batch failed
    kTimedOut,       // it was ended at its time limit: the batch failed
    kUnusable,       // it cannot run at all (no such program): every further batch would end so
  };
  Kind kind = Kind::kReturned;
  std::string response;      // kReturned: the JSON text the function returned, "null" when nothing
  std::string error;         // else: what went wrong, in one sentence for people
  std::int64_t real_us = 0;  // how long it really took, by the machine's clock
};

// Not 0 once the run is to end: then nobody waits for a function any more. Null: it never is.
using InterruptFlag = const volatile std::sig_atomic_t*;

[[nodiscard]] inline bool is_interrupted(InterruptFlag flag) {
  return flag != nullptr && *flag != 0;
}

// Of a function that was waited for when its run was interrupted.
[[nodiscard]] inline HandlerResult interrupted_result() {
  return {HandlerResult::Kind::kFunctionError, {}, "the run was interrupted", 0};
}

// So often somebody who waits looks at the flag.
inline constexpr std::chrono::milliseconds kInterruptLook{100};

class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  // Blocks until the function has answered, failed, or used up its time. Never longer.
  virtual HandlerResult handle(const Invocation& invocation) = 0;

  // At the end of the run; handle() is not called after it. Empty, or what was found amiss.
  virtual std::string stop() { return {}; }
};

// Takes every batch and returns nothing: for consumers whose deliveries are all that matters.
class RecordHandler : public Handler {
 public:
  HandlerResult handle(const Invocation&) override {
    return {HandlerResult::Kind::kReturned, "null", {}, 0};
  }
};

}  // namespace gtsim
