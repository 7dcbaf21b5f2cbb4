// Walks the steps in the order of time and refuses those that cannot be meant: healing what is not
// cut, restarting what is not down, adding a replica that is there. On the way it fills in what
// depends on the moment, the source of a new replica.
#pragma once

#include "coordinator/language/read_context.h"
#include "coordinator/scenario/replica_history.h"

namespace gtsim::language {

// REQUIRES: steps in the order of the file. Fills in the sources of new replicas.
[[nodiscard]] bool check_timeline(ReadContext& context, Scenario& scenario,
                                  ReplicaHistory& history);

// What only the whole scenario can tell of the other sections: whether the named regions have the
// tables; `in: all` of items; the line for the verdict.
[[nodiscard]] bool finish_expectations(ReadContext& context, const ReplicaHistory& history,
                                       std::vector<Expectation>& expectations);
[[nodiscard]] bool check_sources(ReadContext& context, const ReplicaHistory& history,
                                 const Scenario& scenario);

}  // namespace gtsim::language
