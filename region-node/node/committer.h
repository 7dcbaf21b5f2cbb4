// Writes batches to the disk on a thread of its own, one at a time, so that the next group of
// commits fills while one is being synced.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "region-node/storage/region_database.h"

namespace gtsim {

class Committer {
 public:
  // `done` is called on the committer's thread after each batch.
  Committer(RegionDatabase& database, std::function<void(Result<void>, CommitBatch)> done);
  ~Committer();  // finishes what it was given

  // REQUIRES: the batch before has been reported.
  void submit(CommitBatch batch, bool sync);

 private:
  struct Task {
    CommitBatch batch;
    bool sync = true;
  };
  void run();

  RegionDatabase& database_;
  std::function<void(Result<void>, CommitBatch)> done_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Task> task_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace gtsim
