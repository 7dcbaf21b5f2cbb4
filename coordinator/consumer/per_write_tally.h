// How often several consumers together processed a record of one write, in whichever regions they
// run. Counts the writes that at least one of them wants; its memory grows with their number.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "region-node/stream/record.h"

namespace gtsim {

class PerWriteTally {
 public:
  void on_wanted(TableId table, const StreamRecord& record) {
    writes_[key(table, record)].wanted = true;
  }
  void on_processed(TableId table, const StreamRecord& record) {
    ++writes_[key(table, record)].times;
  }

  struct Counts {
    std::int64_t missed = 0;
    std::int64_t once = 0;
    std::int64_t more_than_once = 0;
  };
  [[nodiscard]] Counts counts() const {
    Counts counts;
    for (const auto& [write, told] : writes_) {
      if (!told.wanted) continue;
      ++(told.times == 0 ? counts.missed : told.times == 1 ? counts.once : counts.more_than_once);
    }
    return counts;
  }

 private:
  using Write = std::tuple<TableId, KeyId, Version>;
  static Write key(TableId table, const StreamRecord& record) {
    return {table, record.key, record.version};
  }
  struct Told {
    bool wanted = false;
    std::int64_t times = 0;
  };
  std::map<Write, Told> writes_;
};

}  // namespace gtsim
