// The actions of steps other than writes.
#pragma once

#include "coordinator/language/links.h"
#include "coordinator/language/values.h"

namespace gtsim::language {

// The source of a new replica until the timeline knows which replicas there are (step_timeline.h).
inline constexpr RegionId kFirstReplica{UINT16_MAX};

// actions_network.cc
[[nodiscard]] Type<PartitionStep> partition_type();
[[nodiscard]] Type<CutStep> cut_type();
[[nodiscard]] Type<HealStep> heal_type();
[[nodiscard]] Type<FlapStep> flap_type();
[[nodiscard]] Type<LinkStep> link_step_type();
[[nodiscard]] Type<PauseReplicationStep> pause_type();
[[nodiscard]] Type<ResumeReplicationStep> resume_type();
// actions_clients.cc
[[nodiscard]] Type<UnavailableStep> unavailable_type();
// actions_region.cc
[[nodiscard]] Type<ClockStep> clock_step_type();
[[nodiscard]] Type<CapacityStep> capacity_step_type();
[[nodiscard]] Type<ControlStep> add_replica_type();
[[nodiscard]] Type<ControlStep> remove_replica_type();
[[nodiscard]] Type<ControlStep> create_table_type();
[[nodiscard]] Type<ControlStep> delete_table_type();
[[nodiscard]] Type<ControlStep> protection_type();
[[nodiscard]] Type<ControlStep> ttl_step_type();
[[nodiscard]] Type<ControlStep> stream_step_type();
[[nodiscard]] Type<SplitStep> split_type();

}  // namespace gtsim::language
