// Items in a dense vector by key id.
#pragma once

#include <vector>

#include "region-node/table/store.h"

namespace gtsim {

class MemoryStore final : public Store {
 public:
  [[nodiscard]] const StoredItem& get(KeyId key) const override {
    return key.index() < items_.size() ? items_[key.index()] : never_written_;
  }
  void put(KeyId key, StoredItem item) override {
    if (key.index() >= items_.size()) items_.resize(key.index() + key.index() / 2 + 1);
    items_[key.index()] = std::move(item);
  }
  [[nodiscard]] std::uint32_t key_count() const override {
    return static_cast<std::uint32_t>(items_.size());
  }
  void clear() override { items_.clear(); }

 private:
  std::vector<StoredItem> items_;
  StoredItem never_written_;
};

}  // namespace gtsim
