// Writes batches to the disk on a thread of its own, one at a time, so that the next group of
// commits fills while one is being synced.
#pragma once

#include <functional>

#include "region-node/storage/region_database.h"
#include "region-node/storage/serial_worker.h"

namespace gtsim {

class Committer {
 public:
  // `done` is called on the committer's thread after each batch. What was submitted is finished
  // before the committer goes.
  Committer(RegionDatabase& database, std::function<void(Result<void>, CommitBatch)> done);

  // REQUIRES: the batch before has been reported.
  void submit(CommitBatch batch, bool sync) { worker_.submit({std::move(batch), sync}); }

 private:
  struct Task {
    CommitBatch batch;
    bool sync = true;
  };
  SerialWorker<Task> worker_;
};

}  // namespace gtsim
