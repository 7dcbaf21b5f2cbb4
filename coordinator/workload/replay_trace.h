// A line of a trace. docs/trace-format.md describes the format.
#pragma once

#include <boost/json/value.hpp>

#include "coordinator/workload/replay.h"

namespace gtsim::replay {

// `at` is as the line says, without start and speed; `line` is left to the caller.
[[nodiscard]] Result<ReplayWrite> read_trace_line(const boost::json::value& from,
                                                  const ReplaySpec& spec, const Scenario& scenario);

}  // namespace gtsim::replay
