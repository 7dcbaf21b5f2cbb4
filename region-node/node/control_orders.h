// Carries out orders of the control service that have been decoded.
#pragma once

#include "region-node/base/result.h"
#include "region-node/node/control_decode.h"

namespace gtsim {

// On the loop's thread; `done` is called there, now or when the order is durable. kResourceInUse
// when it does not fit the state that the region is in; nothing was done then.
void carry_out(const DecodedOrder& order, NodeLoop& loop, OrderDone done);

// Interns the keys and writes. On the loop's thread.
void carry_out(DecodedWrite write, NodeLoop& loop, WriteDone done);

}  // namespace gtsim
