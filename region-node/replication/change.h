// A change is what one write did to an item: the whole resulting image (null: deleted) and its
// version. It is what replication ships; never the operation.
#pragma once

#include <cstdint>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/base/version.h"
#include "region-node/item/image.h"

namespace gtsim {

struct Change {
  Image image;           // null: the item was deleted
  Version version;       // of this change; version.origin is the region that ships it
  Instant committed_at;  // at the origin; replication lag counts from here
  KeyId key;
  std::uint16_t offset = 0;  // position in the origin's log, from the message's first_position
  bool acknowledged = true;  // the writer was told that it succeeded
};

}  // namespace gtsim
