#include "coordinator/scenario/scenario.h"

namespace gtsim {

const char* to_text(WriteOutcome outcome) {
  switch (outcome) {
    case WriteOutcome::kOk:
      return "ok";
    case WriteOutcome::kConditionFailed:
      return "condition-failed";
    case WriteOutcome::kTransactionCancelled:
      return "transaction-cancelled";
    case WriteOutcome::kThrottled:
      return "throttled";
    case WriteOutcome::kInvalid:
      return "invalid";
    case WriteOutcome::kNotFound:
      return "not-found";
    case WriteOutcome::kUnavailable:
      return "unavailable";
    case WriteOutcome::kTimedOut:
      return "timed-out";
    case WriteOutcome::kServerError:
      return "server-error";
  }
  return "";
}

}  // namespace gtsim
