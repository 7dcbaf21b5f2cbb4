// What a fault does while it lasts, and what a cluster has to be told when something of it changes.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/fault/client_fault.h"
#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/link/link_settings.h"

namespace gtsim {

using LinkId = std::pair<RegionId, RegionId>;  // from, to

// --- Faults. Each is one thing that one step, or one person, holds for as long as it lasts.
struct LinksCut {
  std::vector<LinkId> links;
};
struct LinksChanged {
  std::vector<LinkId> links;
  LinkSettings settings;  // unset members stay as they are
};
struct ReplicationPaused {
  RegionId region;
  std::vector<TableId> tables;
};
struct RegionDown {
  RegionId region;
};
struct RegionFrozen {
  RegionId region;
};
struct ClockChanged {
  RegionId region;
  Duration step{0};                 // what it shows is this much later
  std::optional<double> drift_ppm;  // nothing: as it is
};
struct CapacityChanged {
  TableId table;
  RegionId region;
  std::optional<std::int64_t> units_per_second;  // nothing: unlimited
};
using Fault = std::variant<LinksCut, LinksChanged, ReplicationPaused, RegionDown, RegionFrozen,
                           ClockChanged, CapacityChanged, ClientFault>;

// --- What is another than before. Of what happens to clients nobody is told: whoever takes their
// calls asks (FaultSet::client_faults).
struct SetLinkCut {
  LinkId link;
  bool cut = false;
};
struct ChangeLink {
  LinkId link;
  LinkSettings settings;  // of the members that changed, each with a value
};
struct SetReplicationPaused {
  RegionId region;
  TableId table;
  bool paused = false;
};
struct SetRegionDown {
  RegionId region;
  bool down = false;
};
struct SetRegionFrozen {
  RegionId region;
  bool frozen = false;
};
struct StepClock {
  RegionId region;
  Duration step{0};
  std::optional<double> drift_ppm;
};
struct SetCapacity {
  TableId table;
  RegionId region;
  std::optional<std::int64_t> units_per_second;
};
using FaultEffect = std::variant<SetLinkCut, ChangeLink, SetReplicationPaused, SetRegionDown,
                                 SetRegionFrozen, StepClock, SetCapacity>;

}  // namespace gtsim
