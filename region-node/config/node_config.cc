#include "region-node/config/node_config.h"

#include <algorithm>

#include "region-node/base/check.h"

namespace gtsim {

RegionId NodeConfig::self() const {
  const auto found = std::find(regions.begin(), regions.end(), region);
  CHECK(found != regions.end());
  return RegionId{static_cast<std::uint16_t>(found - regions.begin())};
}

}  // namespace gtsim
