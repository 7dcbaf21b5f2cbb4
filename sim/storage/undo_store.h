// A memory store that can go back: it remembers what each put replaced until the put is durable, so
// that a crash takes it back to what was durable. What a disk should hold.
//
// Its owner counts puts; what clear() takes away counts as one put for each item.
#pragma once

#include <utility>

#include "region-node/base/ring_queue.h"
#include "region-node/table/memory_store.h"

namespace gtsim {

class UndoStore final : public Store {
 public:
  [[nodiscard]] const StoredItem& get(KeyId key) const override { return items_.get(key); }
  void put(KeyId key, StoredItem item) override {
    undo_.push_back({key, items_.get(key)});
    items_.put(key, std::move(item));
  }
  [[nodiscard]] std::uint32_t key_count() const override { return items_.key_count(); }
  void clear() override {
    for (std::uint32_t key = 0; key < items_.key_count(); ++key) {
      const StoredItem& held = items_.get(KeyId{key});
      if (held.version.ever_written()) undo_.push_back({KeyId{key}, held});
    }
    items_.clear();
  }

  // Puts that are not durable yet.
  [[nodiscard]] std::size_t pending() const { return undo_.size(); }
  // The oldest `count` of them are durable now.
  void make_durable(std::size_t count) {
    while (count-- > 0 && !undo_.empty()) undo_.pop_front();
  }
  void roll_back() {
    while (!undo_.empty()) {
      items_.put(undo_.back().key, std::move(undo_.back().replaced));
      undo_.pop_back();
    }
  }

 private:
  struct Entry {
    KeyId key;
    StoredItem replaced;
  };
  MemoryStore items_;
  RingQueue<Entry> undo_;
};

}  // namespace gtsim
