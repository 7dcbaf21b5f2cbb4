// What an application asks of a region's control plane, and what it is told.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/stream/record_view.h"

namespace gtsim {

// A new replica stands in the way of its source's removal for this long, or until it is gone.
inline constexpr Duration kSourceLock{24LL * 3600 * 1'000'000};

// UpdateTable with ReplicaUpdates.Create: the region that is asked is the source of the copy.
struct AddReplicaOrder {
  RegionId region;
  Duration takes{20'000'000};  // CREATING at least this long
  std::int64_t backfill_items_per_second = 1000;
};
// UpdateTable with ReplicaUpdates.Delete, asked of another member.
struct RemoveReplicaOrder {
  RegionId region;
  Duration takes{120'000'000};  // DELETING at least this long
};
// CreateTable: a table of this region alone, with the key that its name has here.
struct CreateTableOrder {
  std::optional<StreamViewType> stream;  // nothing: none
  Duration takes{2'000'000};             // CREATING so long
};
// DeleteTable. A member leaves its group, as if another member had been asked to remove it.
struct DeleteTableOrder {
  Duration takes{120'000'000};
};
// UpdateTable with StreamSpecification.
struct ChangeStreamOrder {
  std::optional<StreamViewType> enable;  // nothing: disable
  Duration takes{4'000'000};             // ENABLING or DISABLING this long
};

struct ControlOrder {
  TableId table;
  std::variant<AddReplicaOrder, RemoveReplicaOrder, CreateTableOrder, DeleteTableOrder,
               ChangeStreamOrder>
      action;
};

// What whoever ordered was told. In files: ok, invalid, in-use, not-found, unavailable.
enum class OrderOutcome : std::uint8_t {
  kOk,           // it has begun
  kInvalid,      // ValidationException
  kInUse,        // ResourceInUseException: right order, wrong moment
  kNotFound,     // ResourceNotFoundException
  kUnavailable,  // the region is down
};
inline constexpr int kOrderOutcomeCount = 5;
[[nodiscard]] const char* to_text(OrderOutcome outcome);

}  // namespace gtsim
