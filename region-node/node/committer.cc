#include "region-node/node/committer.h"

#include <utility>

namespace gtsim {

// One batch may wait: `done` tells the loop, which may submit the next before that call has ended.
Committer::Committer(RegionDatabase& database, std::function<void(Result<void>, CommitBatch)> done)
    : worker_({.name = "committer", .waiting_max = 1},
              [&database, done = std::move(done)](Task task) {
                Result<void> written = database.write(task.batch, task.sync);
                done(std::move(written), std::move(task.batch));
              }) {}

}  // namespace gtsim
