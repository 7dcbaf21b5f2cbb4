// Has LevelDB give space back where entries were trimmed: by itself it keeps the dead until it
// happens to merge what lies around them. On a thread of its own, because it takes as long as it
// takes.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "region-node/storage/region_database.h"

namespace gtsim {

class Housekeeper {
 public:
  explicit Housekeeper(RegionDatabase& database);
  ~Housekeeper();  // waits for the range under way

  [[nodiscard]] bool busy() const;
  // Nothing is queued: REQUIRES !busy().
  void compact(std::vector<KeyRange> ranges);

 private:
  void run();

  RegionDatabase& database_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<KeyRange> ranges_;
  bool working_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gtsim
