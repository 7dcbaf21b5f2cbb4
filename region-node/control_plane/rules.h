// Whether a region takes an order of the control plane, judged by what the region knows of the
// table and of its group; with the service's texts. Pure, and the only place that decides it: the
// regions ask it when they are asked, the reader of a scenario asks it about the steps before.
//
// Order of the checks, as UpdateTable has it: the table exists; the region is one that may be
// named; membership; what is under way. Sources: recorded answers of the service, 2026; API
// reference (UpdateTable, DeleteTable); "Deleting global tables".
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/control_plane/control_order.h"
#include "region-node/table_storage.h"

namespace gtsim {

struct TableView {
  struct Member {
    RegionId region;
    ReplicaStatus status = ReplicaStatus::kActive;  // never kAbsent

    friend bool operator==(const Member&, const Member&) = default;
  };
  // A replica that is still there, in whatever status, and where its items were copied from.
  struct Copy {
    RegionId source;
    RegionId replica;
    Instant added_at;

    friend bool operator==(const Copy&, const Copy&) = default;
  };
  struct StreamState {
    bool enabled = false;  // also ENABLING
    std::string label;     // of the newest; empty: there never was one
    // Under way; what it is going to be.
    std::optional<bool> changes_to_enabled;
  };

  std::string_view table;
  std::span<const std::string> region_names;  // by RegionId index
  RegionId asked;
  Instant now;
  std::vector<Member> members;  // ascending; with the one that is asked, if it has the table
  std::vector<Copy> copies;
  Duration source_lock = kSourceLock;  // 0: none
  bool membership_changes = false;     // an operation on the group is under way
  // The region that it removes; also when that is no member any more.
  std::optional<RegionId> leaving;
  bool deletion_protection = false;  // of the table in the region that is asked
  std::optional<std::string> ttl_attribute;
  std::map<std::string, std::string> tags;
  StreamState stream;  // of the region that is asked
};

struct Refusal {
  Error error;  // kValidation, kResourceInUse or kResourceNotFound
  // The same order may be taken later although nobody does anything about it.
  bool passes = false;
};

// Nothing: it is taken.
[[nodiscard]] std::optional<Refusal> refusal_of(const TableView& view, const ControlOrder& order);

// kOk never; REQUIRES: an error that refusal_of() gives.
[[nodiscard]] OrderOutcome order_outcome_of(const Error& refusal);

}  // namespace gtsim
