// Has LevelDB give space back where entries were trimmed: by itself it keeps the dead until it
// happens to merge what lies around them. On a thread of its own, because it takes as long as it
// takes. When it goes it waits for the range under way, and leaves the others.
#pragma once

#include <vector>

#include "region-node/storage/region_database.h"
#include "region-node/storage/serial_worker.h"

namespace gtsim {

class Housekeeper {
 public:
  explicit Housekeeper(RegionDatabase& database);

  [[nodiscard]] bool busy() const { return worker_.busy(); }
  // Nothing is queued: REQUIRES !busy().
  void compact(std::vector<KeyRange> ranges);

 private:
  SerialWorker<KeyRange> worker_;
};

}  // namespace gtsim
