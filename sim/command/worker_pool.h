// Runs side by side, each in a process of its own: a crash of one is a failed run and not the end
// of all, and no run can see another. Results come back through a pipe.
#pragma once

#include <functional>
#include <string>

#include "sim/command/single_run.h"

namespace gtsim {

// Calls `work(i)` for i in [0, count) in at most `jobs` child processes at a time, and `done(i,
// result)` in the caller, in the order of i. Stops starting new ones once `interrupted` is set;
// those are not reported.
void run_in_children(std::size_t count, int jobs, const volatile std::sig_atomic_t* interrupted,
                     const std::function<SingleRunResult(std::size_t)>& work,
                     const std::function<void(std::size_t, SingleRunResult)>& done);

}  // namespace gtsim
