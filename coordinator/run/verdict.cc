#include "coordinator/run/verdict.h"

namespace gtsim {

const char* to_text(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kHolds:
      return "holds";
    case VerdictKind::kExpectationFailed:
      return "expectation failed";
    case VerdictKind::kUndecided:
      return "undecided";
    case VerdictKind::kCheckFailed:
      return "check failed";
    case VerdictKind::kInterrupted:
      return "interrupted";
    case VerdictKind::kDied:
      return "died";
  }
  return "";
}

int exit_code(VerdictKind kind) {
  switch (kind) {
    case VerdictKind::kHolds:
      return 0;
    case VerdictKind::kExpectationFailed:
      return 1;
    case VerdictKind::kUndecided:
      return 3;
    case VerdictKind::kCheckFailed:
    case VerdictKind::kDied:
      return 4;
    case VerdictKind::kInterrupted:
      return 130;
  }
  return 1;
}

}  // namespace gtsim
