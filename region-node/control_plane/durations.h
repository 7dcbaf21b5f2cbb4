// How long what a control plane does takes at least, in the time of the region. Whatever it waits
// for besides (a copy, a peer) comes on top where it takes longer.
#pragma once

#include <cstdint>

#include "region-node/base/time.h"

namespace gtsim {

// A replica is added. One after the other; zero: that part is not seen.
struct ReplicaCreation {
  Duration hidden{0};     // no entry anywhere yet; every member UPDATING
  Duration invisible{0};  // the entry is CREATING, the new region knows no such table
  Duration creating{0};   // it is CREATING; every member ACTIVE from the entry on
  Duration updating{0};   // it is CREATING, every member UPDATING
};

struct ReplicaRemoval {
  Duration updating{0};         // the entry is still ACTIVE; every member UPDATING
  Duration deleting{0};         // the entry is DELETING, every member ACTIVE …
  Duration second_updating{0};  // … and then UPDATING
  Duration tail{0};             // the entry is gone, the table in its region still DELETING
};

struct ControlDurations {
  ReplicaCreation create;         // from a source without items
  ReplicaCreation create_filled;  // from one with items
  ReplicaRemoval remove;
  Duration update{0};         // of a setting of one member: all of them UPDATING
  Duration table_create{0};   // CREATING, without replicas elsewhere
  Duration table_delete{0};   // DELETING, the same
  Duration stream_toggle{0};  // ENABLING or DISABLING; the table UPDATING
};

// One status after the other, nothing hidden: what an order takes that does not say otherwise.
inline constexpr ControlDurations kPlainDurations{
    .create = {.updating = Duration{20'000'000}},
    .create_filled = {.updating = Duration{20'000'000}},
    .remove = {.deleting = Duration{120'000'000}},
    .update = Duration{1'000'000},
    .table_create = Duration{2'000'000},
    .table_delete = Duration{5'000'000},
    .stream_toggle = Duration{4'000'000},
};

// Every status that a client of the service may see, each for a moment. For tests of clients.
inline constexpr ControlDurations kShortDurations{
    .create = {Duration{200'000}, Duration{200'000}, Duration{0}, Duration{400'000}},
    .create_filled = {Duration{200'000}, Duration{200'000}, Duration{400'000}, Duration{400'000}},
    .remove = {Duration{200'000}, Duration{400'000}, Duration{200'000}, Duration{200'000}},
    .update = Duration{200'000},
    .table_create = Duration{100'000},
    .table_delete = Duration{100'000},
    .stream_toggle = Duration{100'000},
};

// As long as the service was seen to take. Source: recorded answers of the service, 2026.
inline constexpr ControlDurations kServiceDurations{
    .create = {Duration{6'000'000}, Duration{4'000'000}, Duration{0}, Duration{12'000'000}},
    .create_filled = {Duration{27'000'000}, Duration{38'000'000}, Duration{205'000'000},
                      Duration{300'000'000}},
    .remove = {Duration{31'000'000}, Duration{88'000'000}, Duration{3'000'000},
               Duration{12'000'000}},
    .update = Duration{36'000'000},
    .table_create = Duration{2'000'000},
    .table_delete = Duration{5'000'000},
    .stream_toggle = Duration{4'500'000},
};

// In files: plain, short, service.
enum class DurationSet : std::uint8_t { kPlain, kShort, kService };
[[nodiscard]] constexpr const char* to_text(DurationSet set) {
  return set == DurationSet::kPlain ? "plain" : set == DurationSet::kShort ? "short" : "service";
}
[[nodiscard]] constexpr const ControlDurations& durations_of(DurationSet set) {
  return set == DurationSet::kPlain   ? kPlainDurations
         : set == DurationSet::kShort ? kShortDurations
                                      : kServiceDurations;
}

}  // namespace gtsim
