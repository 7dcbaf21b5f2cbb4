// Makes the items of generated writes straight as canonical bytes: the key attributes, a payload of
// the wanted size that differs from write to write, and the TTL attribute where asked for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/scenario/scenario.h"
#include "region-node/item/image.h"
#include "region-node/table/key_space.h"

namespace gtsim {

class ItemFactory {
 public:
  static constexpr const char* kPayloadName = "payload";
  static constexpr const char* kCounterName = "counter";

  // `region_attribute` gets the name of the writing region; empty: none.
  ItemFactory(const TableSpec& table, KeySpace& keys, std::uint32_t key_count,
              std::string region_attribute = {});

  // The key with this number, interned when it is first drawn.
  [[nodiscard]] KeyId key(std::uint32_t number);

  // An item for the key with `size_bytes` by the service's arithmetic, or as small as it can be.
  // `stamp` makes the payload unique.
  [[nodiscard]] Image item(KeyId key, std::int64_t size_bytes, std::uint64_t stamp,
                           std::optional<std::int64_t> expires_at_seconds,
                           std::string_view region = {});
  // A payload text that is unique to `stamp`.
  [[nodiscard]] static std::string payload(std::uint64_t stamp, std::size_t length);

 private:
  // What the buffer holds: items that differ in the text of the key, the stamp and the name of the
  // region alone are written over one another.
  struct Layout {
    std::int64_t size_bytes = -1;  // as asked for; -1: nothing to write over
    std::size_t key_bytes = 0;     // lengths
    std::size_t key_text = 0;
    std::size_t region_text = 0;
    std::size_t key_at = 0;  // offsets
    std::size_t stamp_at = 0;
    std::size_t region_at = 0;
    std::uint32_t image_size_bytes = 0;
  };
  [[nodiscard]] Image compose(KeyId key, std::string_view key_bytes, std::int64_t size_bytes,
                              std::uint64_t stamp, std::optional<std::int64_t> expires_at_seconds,
                              std::string_view region);
  [[nodiscard]] AttributeValue key_value(AttributeType type, std::string_view prefix,
                                         std::uint32_t number) const;
  const TableSpec& table_;
  KeySpace& keys_;
  std::string region_attribute_;
  std::vector<std::uint32_t> interned_;     // KeyId + 1 by key number; 0: not yet
  std::vector<std::uint32_t> size_by_key_;  // size of the key attributes by KeyId index; 0: not yet
  std::string buffer_;
  Layout layout_;  // of buffer_
  std::string expiry_;
};

}  // namespace gtsim
