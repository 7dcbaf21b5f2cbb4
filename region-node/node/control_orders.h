// Carries out orders of the control service that have been decoded.
#pragma once

#include "region-node/base/result.h"
#include "region-node/node/control_decode.h"

namespace gtsim {

// On the loop's thread. kResourceInUse when the order does not fit the state that the region is in;
// nothing was done then.
[[nodiscard]] Result<void> carry_out(const DecodedOrder& order, NodeLoop& loop);

// Interns the keys. On the loop's thread.
[[nodiscard]] WriteCall intern(DecodedWrite write, NodeLoop& loop);

}  // namespace gtsim
