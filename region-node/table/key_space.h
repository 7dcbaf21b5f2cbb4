// Interns the primary keys of one table: a key is looked up as text once, where a write enters, and
// is a dense number from there on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/ids.h"

namespace gtsim {

class KeySpace {
 public:
  KeySpace();
  // `key_bytes`: the canonical bytes of the key attributes as an item (key_schema.h).
  // `partition_hash`: of the hash attribute's value alone; it decides the shard.
  KeyId intern(std::string_view key_bytes, std::uint64_t partition_hash);
  // Makes room for that many keys at once.
  void reserve(std::size_t count);
  // False when the key was never interned.
  [[nodiscard]] bool find(std::string_view key_bytes, KeyId& out) const;

  [[nodiscard]] std::string_view bytes(KeyId key) const {
    const Entry& entry = entries_[key.index()];
    return std::string_view{text_}.substr(entry.offset, entry.length);
  }
  [[nodiscard]] std::uint64_t partition_hash(KeyId key) const {
    return entries_[key.index()].partition_hash;
  }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::uint64_t partition_hash;
    std::uint64_t offset;
    std::uint32_t length;
    std::uint32_t tag;  // the hash's upper half: most unequal keys differ here already
  };
  void resize_places(std::size_t count);
  [[nodiscard]] std::size_t place_of(std::string_view key_bytes, std::uint64_t hash) const;

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> places_;  // open addressing; entry index + 1, 0 is free; power of two
  std::string text_;
};

}  // namespace gtsim
