// What the control planes of regions say to one another about one operation on a table's group.
//
// The region that was asked, the initiator, leads the operation through its phases. In each it
// sends a request to some regions, itself included, and goes on when all have answered. A request
// is sent again until it is answered and may arrive any number of times, in any order, also long
// after the operation has ended; whoever has done what it asks for answers again.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/base/time.h"
#include "region-node/control_plane/rules.h"
#include "region-node/stream/record_view.h"
#include "region-node/table/table_definition.h"

namespace gtsim {

struct Message;

// Of what is about a table that this process does not have: the message's definition says which.
inline constexpr TableId kUnknownTable{UINT16_MAX};

struct OperationId {
  Instant ordered_at;
  RegionId initiator;
  std::uint64_t number = 0;  // rises with every order at the initiator; 0: none

  // Of two that want the same group, the smaller has the right of way.
  friend auto operator<=>(const OperationId&, const OperationId&) = default;
};

// kUpdateTable changes a setting of the initiator's table only; its group stands still meanwhile.
enum class OperationKind : std::uint8_t { kAddReplica, kRemoveReplica, kUpdateTable };

// How long the parts of an operation take at least, in the order of ReplicaCreation and of
// ReplicaRemoval; kUpdateTable has one.
using OperationWaits = std::array<Duration, 4>;

enum class OperationPhase : std::uint8_t {
  kReserve,  // every member, and a region to be added: keep still for this operation
  // --- A replica is added
  kAdmit,    // every member: ship to it, from a place that the source's copy will cover
  kJoin,     // it: be a member, CREATING, of the others, whose shipping starts there
  kFill,     // nobody: the initiator sends its items
  kMark,     // every member: where does your log end?
  kCatchUp,  // it: be ACTIVE when you have all that
  // --- A replica is removed
  kLeave,  // every member: it is DELETING. It: answer when everybody has all you accepted
  kPart,   // every other member: forget it
  kDrop,   // it: forget the table
  // --- All
  kFinish,   // every member that is left: it is over
  kRelease,  // whoever was asked to keep still: it was refused
  // --- None
  kTell,  // every other member: the group's settings are these, if you know none that are newer
};
[[nodiscard]] const char* to_text(OperationPhase phase);

inline constexpr std::size_t kMaxTtlAttributeBytes = 255;

// What every member of a group has alike and any of them may change. The newest version wins.
struct GroupSettings {
  OperationId version;
  std::optional<std::string> ttl_attribute;  // nothing: items do not expire

  friend bool operator==(const GroupSettings&, const GroupSettings&) = default;
};

struct ControlMessage {
  struct Place {
    RegionId region;
    std::uint64_t position = 0;  // in that region's log

    friend bool operator==(const Place&, const Place&) = default;
  };
  enum class Kind : std::uint8_t { kRequest, kDone, kBusy, kRefused };

  Kind kind = Kind::kRequest;
  TableId table;
  RegionId from;
  RegionId to;
  OperationId operation;
  OperationKind what = OperationKind::kAddReplica;
  RegionId subject;  // the region that is added or removed
  OperationPhase phase = OperationPhase::kReserve;
  std::uint32_t tries = 0;  // how often this was asked before; answers return it

  // Request kAdmit: the end of the subject's log. Answers to kReserve and kMark: the end of the
  // answering region's log; to kAdmit: where its shipping starts.
  std::uint64_t position = 0;
  std::vector<Place> places;  // kJoin: where shipping starts; kCatchUp: marks
  // What the table is: in a request kReserve of kAddReplica, where another process asks, and in
  // everything about kUnknownTable.
  std::shared_ptr<const TableDefinition> definition;
  OperationWaits waits{};  // request kReserve
  std::optional<GroupSettings>
      settings;                         // kJoin, when they were ever changed; kTell and its answer
  StreamViewType view{};                // kJoin: of the subject's stream
  std::vector<TableView::Copy> copies;  // kJoin: with the one that is being made
  OperationId holder;                   // kBusy: whom it keeps still for
  Error refusal;                        // kRefused
};

// To whoever sent the request.
[[nodiscard]] ControlMessage answer_to(const ControlMessage& request, ControlMessage::Kind kind);
// As links carry it.
[[nodiscard]] Message message_of(ControlMessage control);

}  // namespace gtsim
