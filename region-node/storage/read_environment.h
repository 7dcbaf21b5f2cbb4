// The machine's files, read by calls instead of by mapping: LevelDB would map up to a thousand
// tables,
// and all that a compaction walks through would count as the node's memory.
#pragma once

#include <leveldb/env.h>

namespace gtsim {

class ReadEnvironment final : public leveldb::EnvWrapper {
 public:
  ReadEnvironment() : EnvWrapper(leveldb::Env::Default()) {}
  leveldb::Status NewRandomAccessFile(const std::string& path,
                                      leveldb::RandomAccessFile** file) override;
};

}  // namespace gtsim
