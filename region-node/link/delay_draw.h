// Draws delays from the models of the scenario language. Only arithmetic whose result IEEE 754
// fixes.
#pragma once

#include "region-node/base/dice.h"
#include "region-node/link/delay_model.h"

namespace gtsim {

// Never negative, at most one hour: a tail that long is a cut, not a delay. REQUIRES: the kind is
// not kAws (the cluster resolves it).
[[nodiscard]] Duration draw_delay(const DelayModel& model, const Dice& dice);

}  // namespace gtsim
