// The parts of the scenario language; language.cc joins them to the whole. Each part lives in a
// file of its own, named after it.
#pragma once

#include <vector>

#include "coordinator/language/binding.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim::language {

// language_regions.cc
[[nodiscard]] Type<std::vector<RegionSpec>> regions_type();
// language_network.cc
[[nodiscard]] Type<NetworkSpec> network_type();
[[nodiscard]] LinkSettings default_link_settings(const std::vector<RegionSpec>& regions);
[[nodiscard]] bool has_lag(const NetworkSpec& network);
// language_tables.cc
[[nodiscard]] Type<std::vector<TableSpec>> tables_type();
[[nodiscard]] std::vector<TableSpec> default_tables(const std::vector<RegionSpec>& regions);
// language_replication.cc
struct ReplicationDraft {
  ReplicationSpec spec;           // all but `retry`
  std::optional<Duration> retry;  // when the file says it
};
[[nodiscard]] Type<ReplicationDraft> replication_type();
[[nodiscard]] Type<ControlPlaneSpec> control_plane_type();
[[nodiscard]] Type<Limits> limits_type();
// language_workload.cc
[[nodiscard]] Type<WorkloadSpec> workload_type();
// language_replay.cc
[[nodiscard]] Type<ReplaySpec> replay_type();
// language_consumers.cc
[[nodiscard]] Type<std::vector<ConsumerSpec>> consumers_type();
// language_steps.cc
[[nodiscard]] Type<Step> step_type();
// language_expect.cc
[[nodiscard]] Type<Expectation> expectation_type();

// language.cc
[[nodiscard]] Type<Scenario> scenario_type();

}  // namespace gtsim::language
