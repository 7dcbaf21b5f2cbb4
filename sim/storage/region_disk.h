// What a simulated region keeps on its disk: the same RegionDatabase as the daemon's, on a machine
// of its own in memory. The owner decides when a group of commits is written, as with a real disk.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "region-node/replica.h"
#include "region-node/storage/region_database.h"
#include "region-node/storage/table_saver.h"
#include "sim/storage/fault_environment.h"

namespace gtsim {

class RegionDisk {
 public:
  // `options`: everything but the environment.
  RegionDisk(DatabaseOptions options, Random random);

  [[nodiscard]] RegionDatabase& database() { return *database_; }
  [[nodiscard]] FaultEnvironment& environment() { return environment_; }

  // Whether the replica has changed by more than what the pending batch and its cursors tell.
  [[nodiscard]] bool structure_changed(const Replica& replica) const {
    return saver_.structure_changed(replica);
  }
  // All that is pending, and where the tables are, as one group.
  [[nodiscard]] CommitBatch collect(const Replica& replica);
  // Durable when it returns.
  void write(CommitBatch& batch);
  void give_back_memory();

  // The power goes, and comes back. `under_way`: the group that was collected last, when its write
  // had begun; true when all of it is on the disk. What is pending is gone.
  [[nodiscard]] bool crash(const PowerCut& cut, CommitBatch* under_way);

 private:
  void open();

  DatabaseOptions options_;
  FaultEnvironment environment_;
  std::unique_ptr<RegionDatabase> database_;
  TableSaver saver_{0};  // a new one at each open()
  Instant group_{0};     // the database's instant counts groups: it tells which was the last
};

}  // namespace gtsim
