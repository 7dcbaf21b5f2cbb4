// Where an outbound log keeps its entries when memory is not the place: the store of a daemon. What
// is appended and trimmed belongs to the commit under way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "region-node/replication/change.h"

namespace gtsim {

class LogStorage {
 public:
  virtual ~LogStorage() = default;
  virtual void append_log(std::uint64_t position, const Change& change) = 0;
  // Forgets what lies before `end`.
  virtual void trim_log(std::uint64_t end) = 0;
  // Appends entries from `position` on to `out`, at most `limit`, in order. REQUIRES: they have
  // been written (OutboundLog::set_written).
  virtual void read_log(std::uint64_t position, std::size_t limit,
                        std::vector<Change>& out) const = 0;
};

}  // namespace gtsim
