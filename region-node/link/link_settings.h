// What a directed link does to the messages on it. An absent member: nothing of the kind, or, in an
// order to change a link, what stands already.
#pragma once

#include <cstdint>
#include <optional>

#include "region-node/link/delay_model.h"

namespace gtsim {

struct LinkSettings {
  std::optional<DelayModel> latency;  // one way
  std::optional<DelayModel> jitter;   // added to latency; the order of messages is kept
  // What replication takes besides the network: added to changes, not to what else regions say.
  // Drawn once for every second and line; the order of a line is kept.
  std::optional<DelayModel> lag;
  std::optional<double> loss;       // probability 0..1 that a message vanishes
  std::optional<double> duplicate;  // probability that it arrives twice
  std::optional<double> reorder;    // probability that other lines overtake it
  std::optional<std::int64_t> bandwidth_bytes_per_second;
};

}  // namespace gtsim
