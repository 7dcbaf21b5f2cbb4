// Where one table of one region keeps its items: by key, the image and its version. A deleted item
// stays as a tombstone (null image, version), because deletes take part in last-writer-wins.
#pragma once

#include <cstdint>

#include "region-node/base/ids.h"
#include "region-node/base/version.h"
#include "region-node/item/image.h"

namespace gtsim {

struct StoredItem {
  Image image;      // null: deleted or never written
  Version version;  // ever_written() is false when the key was never written here
  bool acknowledged = true;
};

class Store {
 public:
  virtual ~Store() = default;
  // Never null; a key without an entry gives an entry that was never written. Valid until the next
  // put or shrink.
  [[nodiscard]] virtual const StoredItem& get(KeyId key) const = 0;
  virtual void put(KeyId key, StoredItem item) = 0;
  // Keys are dense: every key with an entry is below this.
  [[nodiscard]] virtual std::uint32_t key_count() const = 0;
  // Gives back memory that holds what can be read again.
  virtual void shrink() {}
  // Forgets everything: the replica was removed.
  virtual void clear() = 0;
};

}  // namespace gtsim
