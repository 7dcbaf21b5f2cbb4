// What an application wants done to one item. It owns everything that it carries, so that whoever
// holds it keeps it alive: a region that stands still, a call that waits for the disk, a
// coordinator that waits for an answer.
#pragma once

#include <memory>
#include <string_view>

#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/item/image.h"
#include "region-node/write/condition.h"
#include "region-node/write/update.h"

namespace gtsim {

enum class WriteKind : std::uint8_t { kPut, kUpdate, kDelete, kCheck };

struct Operation {
  WriteKind kind = WriteKind::kPut;
  TableId table;
  KeyId key;
  Image image;                                 // put: the whole item, checked at the gateway
  std::shared_ptr<const Update> update;        // update
  std::shared_ptr<const Condition> condition;  // nothing: always

  // The item after the operation, given the item before; null where there is none. `key_bytes`: the
  // canonical key item, which an update of a missing item starts from. kConditionFailed, or
  // kValidation when the update does not fit the item.
  [[nodiscard]] Result<Image> evaluate(const Image& before, std::string_view key_bytes) const;
};

}  // namespace gtsim
