// A write as an application asks for it, and what it is told.
#pragma once

#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/item/image.h"
#include "region-node/replication/version.h"
#include "region-node/write/condition.h"
#include "region-node/write/update.h"

namespace gtsim {

enum class WriteKind : std::uint8_t { kPut, kUpdate, kDelete, kCheck };

struct WriteRequest {
  WriteKind kind = WriteKind::kPut;
  bool acknowledged = true;  // false: the writer has given up waiting; the write may still happen
  bool by_ttl = false;       // the service's own delete of an expired item
  TableId table;
  KeyId key;
  Image image;                           // put: the whole item, checked at the gateway
  const Update* update = nullptr;        // update; outlives the call
  const Condition* condition = nullptr;  // nothing: always; outlives the call
};

struct WriteReply {
  bool changed = false;  // false: the item was left as it was; no record, nothing replicated
  Version version;       // of the item after the write
  Version replaced;      // before it
};

}  // namespace gtsim
