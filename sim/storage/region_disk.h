// What a simulated region keeps on its disk: the same RegionDatabase as the daemon's, on a machine
// of its own in memory. The owner decides when a group of commits is written, as with a real disk.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "region-node/replica.h"
#include "region-node/storage/region_database.h"
#include "region-node/storage/table_saver.h"
#include "sim/storage/fault_environment.h"
#include "sim/storage/storage_witness.h"

namespace gtsim {

class RegionDisk {
 public:
  // What the disk gave back is not what was put there.
  using Report = std::function<void(TableId table, KeyId key, const std::string& text)>;
  // `options`: everything but the environment.
  RegionDisk(DatabaseOptions options, Random random, const Report& report);

  [[nodiscard]] RegionDatabase& database() { return *database_; }
  // For the table's replica, until the next crash.
  [[nodiscard]] Store& store(TableId table) { return *witnesses_[table.index()]; }
  [[nodiscard]] TableStorage& storage(TableId table) { return *witnesses_[table.index()]; }
  // What the table was when the disk was last written; nothing: it is new. Once.
  [[nodiscard]] std::optional<TableSnapshot> take_saved(TableId table);
  [[nodiscard]] std::optional<TableControlState> take_saved_control(TableId table);
  [[nodiscard]] FaultEnvironment& environment() { return environment_; }

  // Whether the replica has changed by more than what the pending batch and its cursors tell.
  [[nodiscard]] bool structure_changed(const Replica& replica, const ControlPlane& control) const {
    return saver_.structure_changed(replica, &control);
  }
  // All that is pending, and where the tables are, as one group.
  [[nodiscard]] CommitBatch collect(const Replica& replica, const ControlPlane& control);
  // Durable when it returns. After a refusal nothing is written any more until crash().
  [[nodiscard]] Result<void> write(CommitBatch& batch);
  [[nodiscard]] bool refused() const { return refused_; }
  void give_back_memory();

  // The power goes, and comes back. `under_way`: the group that was collected last, when it is to
  // be on its way just then; nothing: none is, or its write was refused. True when the disk has all
  // of a group that nobody was told of. What is pending is gone. A disk that refused has been put
  // right.
  [[nodiscard]] bool crash(const PowerCut& cut, CommitBatch* under_way);

 private:
  void open();

  DatabaseOptions options_;
  FaultEnvironment environment_;
  std::unique_ptr<RegionDatabase> database_;
  std::vector<std::unique_ptr<StorageWitness>> witnesses_;  // by TableId index
  TableSaver saver_{0};                                     // a new one at each open()
  bool refused_ = false;
  Instant group_{0};  // the database's instant counts groups: it tells which was the last
};

}  // namespace gtsim
