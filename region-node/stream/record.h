// One record of a region's stream, in our own model: small, holding handles. record_json.h prints
// it as the service does.
#pragma once

#include <cstdint>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/base/version.h"
#include "region-node/item/image.h"

namespace gtsim {

enum class EventName : std::uint8_t { kInsert, kModify, kRemove };
[[nodiscard]] constexpr const char* to_text(EventName event) {
  switch (event) {
    case EventName::kInsert:
      return "INSERT";
    case EventName::kModify:
      return "MODIFY";
    case EventName::kRemove:
      return "REMOVE";
  }
  return "";
}

// Who made the change that a record tells. The tag every record carries and the real service does
// not have: APPLICATION in the region that accepted the write, REPLICATION in every other.
enum class OriginKind : std::uint8_t { kApplication, kReplication };
[[nodiscard]] constexpr const char* to_text(OriginKind kind) {
  return kind == OriginKind::kApplication ? "APPLICATION" : "REPLICATION";
}

struct StreamRecord {
  std::uint64_t number =
      0;            // position in the stream, from 0; sequence_number() makes the text of it
  Image new_image;  // always the whole images; the view type decides what a reader sees
  Image old_image;
  Version version;      // version.origin is the region of the write
  Version old_version;  // of the old image; the profile 2017 shows it
  WallTime created_at;  // by the clock of the stream's region
  Instant appended_at;  // what retention counts from
  KeyId key;
  EventName event = EventName::kInsert;
  OriginKind origin = OriginKind::kApplication;
  bool ttl_identity = false;  // userIdentity of a TTL delete; only in the region where TTL ran
  bool by_update = false;     // APPLICATION only: UpdateItem, which keeps what it does not name
};

}  // namespace gtsim
