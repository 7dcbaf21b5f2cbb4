// A replicated change that came too late. The service drops it silently; here it is told.
#pragma once

#include "region-node/base/ids.h"
#include "region-node/base/version.h"

namespace gtsim {

// The change's version was not larger than the one held: not applied, no record.
struct Discard {
  TableId table;
  RegionId region;  // that tells it
  KeyId key;
  Version held;
  Version discarded;
};

}  // namespace gtsim
