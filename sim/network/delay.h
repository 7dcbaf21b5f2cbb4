// Draws delays from the models of the scenario language. Only arithmetic whose result IEEE 754 fixes.
#pragma once

#include "coordinator/scenario/scenario.h"
#include "region-node/base/random.h"

namespace gtsim {

// Never negative, at most one hour: a tail that long is a cut, not a delay. REQUIRES: the kind is not kAws
// (resolve_aws() first).
[[nodiscard]] Duration draw(const DelayModel& model, Random& random);

// Turns `aws` into a constant: half of the measured round trip of the two regions.
[[nodiscard]] DelayModel resolve_aws(const DelayModel& model, std::string_view from,
                                     std::string_view to);

}  // namespace gtsim
