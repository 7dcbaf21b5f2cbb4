// How often several consumers together processed the record of one write, in whichever regions they
// run. Counts the writes that at least one of them wants; its memory grows with their number.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "region-node/stream/record.h"

namespace gtsim {

class PerWriteTally {
 public:
  void on_wanted(TableId table, const StreamRecord& record) { writes_[key(table, record)]; }
  void on_processed(TableId table, const StreamRecord& record) { ++writes_[key(table, record)]; }

  struct Counts {
    std::int64_t missed = 0;
    std::int64_t once = 0;
    std::int64_t more_than_once = 0;
  };
  [[nodiscard]] Counts counts() const {
    Counts counts;
    for (const auto& [write, times] : writes_) {
      ++(times == 0 ? counts.missed : times == 1 ? counts.once : counts.more_than_once);
    }
    return counts;
  }

 private:
  using Write = std::tuple<TableId, KeyId, Version>;
  static Write key(TableId table, const StreamRecord& record) {
    return {table, record.key, record.version};
  }
  std::map<Write, std::int64_t> writes_;
};

}  // namespace gtsim
