// What an UpdateItem does to the local item: SET, ADD (numbers) and REMOVE of top-level attributes.
// The result is a whole item; replication never carries the operation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/item/attribute_value.h"

namespace gtsim {

struct Update {
  Map set;
  std::map<std::string, Number, std::less<>> add;
  std::set<std::string, std::less<>> remove;
};

// The item after `update`. `old_bytes` is canonical and empty when there is no item; `key_bytes` is
// the canonical key item, which a new item starts from. An update that only removes attributes from
// a missing item makes no item: the result is empty. ValidationException when ADD meets a value
// that is not a number, the sum leaves the range, or the item becomes too large.
[[nodiscard]] Result<std::string> apply_update(const Update& update, std::string_view old_bytes,
                                               std::string_view key_bytes);

}  // namespace gtsim
