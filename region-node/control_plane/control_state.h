// What a region's control plane knows of one table: all of it durable, in the same batch as what it
// does to the table, before anything of it leaves the region.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "region-node/control_plane/control_message.h"

namespace gtsim {

// Whom this region keeps still for, and what it has done for it.
struct GroupHold {
  OperationId operation;
  OperationKind what = OperationKind::kAddReplica;
  RegionId subject;
  OperationPhase phase = OperationPhase::kReserve;  // the latest that it has heard of
  std::optional<std::uint64_t> admitted_from;
  OperationWaits waits{};
  Instant phase_at;  // when it heard of the phase, by its own time

  friend bool operator==(const GroupHold&, const GroupHold&) = default;
};

// An operation that this region leads.
struct GroupOperation {
  OperationId id;
  OperationKind what = OperationKind::kAddReplica;
  RegionId subject;
  std::vector<RegionId> members;  // when it began; this region among them
  OperationWaits waits{};
  std::optional<bool> protection;  // kUpdateTable: what it sets
  std::int64_t backfill_items_per_second = 0;

  OperationPhase phase = OperationPhase::kReserve;
  std::vector<RegionId> waits_for;
  bool met_another = false;            // somebody keeps still for another operation
  std::optional<Instant> accepted_at;  // every region keeps still; there is no way back
  Instant not_before;                  // of the next phase
  std::uint64_t subject_log_end = 0;
  std::vector<ControlMessage::Place> places;

  friend bool operator==(const GroupOperation&, const GroupOperation&) = default;
};

// Operations up to this number were refused, and these may not know.
struct GroupRelease {
  std::uint64_t number = 0;
  std::vector<RegionId> waits_for;

  friend bool operator==(const GroupRelease&, const GroupRelease&) = default;
};

struct StreamSwitch {
  bool to_enabled = false;
  Instant ends_at;

  friend bool operator==(const StreamSwitch&, const StreamSwitch&) = default;
};

// Of this region, changed since the table was configured; also of a table that is created anew
// under the name.
struct WriteCapacitySetting {
  std::optional<std::int64_t> units_per_second;  // nothing: unlimited

  friend bool operator==(const WriteCapacitySetting&, const WriteCapacitySetting&) = default;
};

struct TableControlState {
  std::vector<TableView::Member> members;  // the others
  std::vector<TableView::Copy> copies;
  std::optional<GroupHold> hold;
  std::optional<GroupOperation> operation;
  std::optional<GroupRelease> release;
  // By RegionId index, of initiators: operations up to this number are over here.
  std::vector<std::uint64_t> over;
  std::optional<StreamSwitch> stream_change;
  std::optional<Instant> active_at;  // of a table that is being created here
  std::optional<Instant> drop_at;    // of one that has left its group, and is still DELETING
  // Nothing: as the table was configured.
  std::optional<GroupSettings> settings;
  std::vector<RegionId> settings_wait_for;  // have not answered that they know them
  std::optional<WriteCapacitySetting> write_capacity;
  bool deletion_protection = false;
  std::map<std::string, std::string> tags;

  friend bool operator==(const TableControlState&, const TableControlState&) = default;
};

[[nodiscard]] inline bool is_member(const TableControlState& state, RegionId region) {
  return std::any_of(state.members.begin(), state.members.end(),
                     [&](const TableView::Member& member) { return member.region == region; });
}

}  // namespace gtsim
