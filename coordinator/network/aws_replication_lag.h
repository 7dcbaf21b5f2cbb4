// What replication of the service takes besides the network, as a preset of links.
#pragma once

#include "region-node/link/delay_model.h"

namespace gtsim {

// To be added to half the round trip. The developer guide says of propagation "typically within a
// second or less", shorter between near regions; its older edition calls 0.5 to 2.5 seconds common
// within one geographic area. Nothing is promised, and no distribution is published: this one has
// its median at 0.6 s, and one second in a hundred is slower than 2.4 s.
[[nodiscard]] DelayModel aws_replication_lag();

}  // namespace gtsim
