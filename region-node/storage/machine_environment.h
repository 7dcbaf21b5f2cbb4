// The machine as one region's LevelDB sees it, where the library's own environment does not suit:
//   - Files are read by calls instead of by mapping: LevelDB would map up to a thousand tables, and
//     all that a compaction walks through would count as the node's memory.
//   - Logs go to the disk as they grow: the library leaves a whole one to the fsync at its end.
//   - Background work has a thread of its own for each region, behind the others: the library has
//     one for the whole process, so that regions would wait for one another's compactions, and at
//     full priority a compaction keeps writes and replication waiting on a busy machine.
#pragma once

#include <leveldb/env.h>

#include <string>

#include "region-node/storage/serial_worker.h"

namespace gtsim {

class MachineEnvironment final : public leveldb::EnvWrapper {
 public:
  // REQUIRES of the end: no database uses it any more. What was scheduled has run then.
  MachineEnvironment();

  leveldb::Status NewRandomAccessFile(const std::string& path,
                                      leveldb::RandomAccessFile** file) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** file) override;
  void Schedule(void (*function)(void* argument), void* argument) override;

 private:
  struct Task {
    void (*function)(void* argument);
    void* argument;
  };
  // LevelDB schedules one at a time for each database.
  SerialWorker<Task> background_;
};

}  // namespace gtsim
