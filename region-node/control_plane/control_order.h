// What an application asks of a region's control plane, and what it is told.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/control_plane/durations.h"
#include "region-node/stream/record_view.h"

namespace gtsim {

// A new replica stands in the way of its source's removal for this long, or until it is gone.
inline constexpr Duration kSourceLock{24LL * 3600 * 1'000'000};

// What `takes` does not say is as the region's ControlDurations have it; with it nothing is hidden.

// UpdateTable with ReplicaUpdates.Create: the region that is asked is the source of the copy.
struct AddReplicaOrder {
  RegionId region;
  std::optional<Duration> takes{};  // CREATING at least this long
  std::int64_t backfill_items_per_second = 1000;
};
// UpdateTable with ReplicaUpdates.Delete, asked of another member.
struct RemoveReplicaOrder {
  RegionId region;
  std::optional<Duration> takes{};  // DELETING at least this long
};
// CreateTable: a table of this region alone, with the key that its name has here.
struct CreateTableOrder {
  std::optional<StreamViewType> stream{};  // nothing: none
  std::optional<Duration> takes{};         // CREATING so long
};
// DeleteTable. A member leaves its group, as if another member had been asked to remove it.
struct DeleteTableOrder {
  std::optional<Duration> takes{};  // DELETING at least this long
};
// UpdateTable with StreamSpecification.
struct ChangeStreamOrder {
  std::optional<StreamViewType> enable{};  // nothing: disable
  std::optional<Duration> takes{};         // ENABLING or DISABLING this long
};
// UpdateTable with DeletionProtectionEnabled. Of this region's table only; the whole group is
// UPDATING meanwhile.
struct ChangeProtectionOrder {
  bool on = true;
  std::optional<Duration> takes{};
};

// UpdateTimeToLive: of every member, from any of them.
struct ChangeTimeToLiveOrder {
  bool enabled = true;
  std::string attribute;  // 1 to 255 bytes
};
// TagResource and UntagResource: of this region's table only.
struct ChangeTagsOrder {
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::string> remove;
};
inline constexpr std::size_t kMaxTags = 50;

struct ControlOrder {
  TableId table;
  std::variant<AddReplicaOrder, RemoveReplicaOrder, CreateTableOrder, DeleteTableOrder,
               ChangeStreamOrder, ChangeProtectionOrder, ChangeTimeToLiveOrder, ChangeTagsOrder>
      action;
};

[[nodiscard]] std::map<std::string, std::string> with_changes(
    std::map<std::string, std::string> tags, const ChangeTagsOrder& changes);

[[nodiscard]] ReplicaCreation durations_of(const AddReplicaOrder& order,
                                           const ControlDurations& durations,
                                           bool source_has_items);
[[nodiscard]] ReplicaRemoval durations_of(const RemoveReplicaOrder& order,
                                          const ControlDurations& durations);
// `last`: there is no other replica.
[[nodiscard]] ReplicaRemoval durations_of(const DeleteTableOrder& order,
                                          const ControlDurations& durations, bool last);

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
