// Runs in processes of their own, one or several side by side: a run that dies is a failed run and
// not the end of all, and no run can see another. Results come back through a pipe.
#pragma once

#include <csignal>
#include <cstddef>
#include <functional>
#include <string>

#include "sim/command/single_run.h"

namespace gtsim {

struct ChildRuns {
  std::size_t count = 1;
  int at_once = 1;
  // No new one is started once this is set; those are not reported. May be null.
  const volatile std::sig_atomic_t* interrupted = nullptr;
  // In a child.
  std::function<SingleRunResult(std::size_t)> work;
  // In the caller: the result of a child that told none. kDied: it failed by itself, a CHECK or a
  // crash; kUndecided: it was ended from outside, or could not be started.
  std::function<SingleRunResult(std::size_t, VerdictKind, std::string reason)> lost;
  // In the caller, in the order of the runs.
  std::function<void(std::size_t, SingleRunResult)> done;
};

void run_in_children(const ChildRuns& runs);

}  // namespace gtsim
