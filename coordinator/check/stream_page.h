// What one read of a shard may give, whoever reads. Source: GetRecords, 1,000 records and 1 MB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "region-node/stream/record.h"

namespace gtsim {

// Whether these are a page for a reader who asked for `limit` records from the number `from` on:
// not more than that, in their order, none from before, and at most 1 MB of images where there are
// several.
[[nodiscard]] inline bool is_page(std::span<const StreamRecord> records, std::uint64_t from,
                                  std::size_t limit) {
  constexpr std::size_t kMostBytes = 1'048'576;
  if (records.size() > limit) return false;
  std::size_t bytes = 0;
  for (const StreamRecord& record : records) {
    if (record.number < from) return false;
    from = record.number + 1;
    bytes += record.new_image.size_bytes() + record.old_image.size_bytes();
  }
  return bytes <= kMostBytes || records.size() == 1;
}

}  // namespace gtsim
