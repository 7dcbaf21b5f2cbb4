// Which items expire when. Entries are cheap and may be stale: the caller looks at the item again
// before it deletes anything, because updating the attribute rescues an expired item.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"

namespace gtsim {

// The expiry that the TTL attribute of an item names (epoch seconds as N), or nothing: no
// attribute, not a number, a time after 9999 (kLatestClock): sums with it stay far from overflow.
// Source: "Using time to live (TTL)".
[[nodiscard]] std::optional<WallTime> expiry_of(std::string_view item_bytes,
                                                std::string_view attribute);

class TtlIndex {
 public:
  struct Entry {
    WallTime expires_at;
    KeyId key;
  };

  void add(WallTime expires_at, KeyId key) {
    heap_.push_back({expires_at, key});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] const Entry& earliest() const { return heap_.front(); }
  void pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    heap_.pop_back();
  }
  void clear() { heap_.clear(); }

 private:
  static bool later(const Entry& a, const Entry& b) {
    if (a.expires_at != b.expires_at) return a.expires_at > b.expires_at;
    return a.key > b.key;
  }
  std::vector<Entry> heap_;
};

}  // namespace gtsim
