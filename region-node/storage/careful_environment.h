// Three things that LevelDB takes for granted of the machine below it, and a region cannot:
//   - A read of a log that gives fewer bytes than were asked for is not its end. LevelDB would drop
//     all that follows without a word; here such a read goes on.
//   - A log that is left for a new one is synced first. LevelDB leaves it as it is, so that a power
//     cut could lose a write that was not synced and keep a later one that was.
//   - A record that ends behind the end of a log need not be the torn last write: one flipped bit
//     of its length gives the same picture, and LevelDB would drop it and its followers. Looked at
//     before a directory is opened.
#pragma once

#include <leveldb/env.h>

#include <string>

#include "region-node/base/result.h"

namespace gtsim {

class CarefulEnvironment final : public leveldb::EnvWrapper {
 public:
  explicit CarefulEnvironment(leveldb::Env* machine) : EnvWrapper(machine) {}

  leveldb::Status NewSequentialFile(const std::string& path,
                                    leveldb::SequentialFile** result) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override;

  // Logs and manifests of a database that nobody has open: refuses one whose last record was not
  // torn but changed. Reads one block of each.
  [[nodiscard]] Result<void> check_logs(const std::string& directory);

 private:
  class WholeReader;
  class LogWriter;

  bool log_was_lost_ = false;  // one that was left could not be synced: no later one may be trusted
};

}  // namespace gtsim
