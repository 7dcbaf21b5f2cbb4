// LevelDB's view of a machine (leveldb::Env) with a disk in memory, a virtual clock and faults. All
// of it is repeatable: the same seed and the same calls give the same bytes.
//
// LevelDB hands its compactions to Schedule(), whose caller holds the database's mutex, so they
// cannot run there. They wait in a queue and run, on the caller's own thread, when run_background()
// is called from outside the database. No thread is needed, and every run has the same order.
// Whoever holds a database on this environment has to call it after each write, so that no write
// ever waits for a compaction, and before closing, which waits for all that were scheduled;
// RegionDatabase does both when it is given this as DatabaseOptions::run_background.
//
// After the power went, whether by cut_power() or by a fault, every call fails until restart(), and
// files that were open before never work again. Single-threaded.
#pragma once

#include <leveldb/env.h>

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/base/time.h"
#include "sim/storage/memory_disk.h"

namespace gtsim {

// Each by itself; probabilities are per call.
struct StorageFaults {
  double fsync_fails = 0;
  bool failed_fsync_forgets = false;  // the bytes count as clean and are never written
  bool log_fsync_lies = false;        // of a *.log: says that it succeeded and does nothing
  double fsync_is_slow = 0;
  Duration slow_fsync{1'000'000};
  double append_fails = 0;  // after a random part of it
  double read_fails = 0;
  double read_is_short = 0;                   // gives some of the bytes, and no error
  std::uint64_t capacity_bytes = UINT64_MAX;  // of the disk
  // The power goes in the course of the call that makes this count of changes full; 0: never.
  std::uint64_t power_cut_after_changes = 0;
  PowerCut power_cut;
};

struct StorageCounts {
  std::uint64_t changes = 0;  // calls that change the disk
  std::uint64_t fsyncs = 0;
  std::uint64_t failed_fsyncs = 0;
  std::uint64_t slow_fsyncs = 0;
  std::uint64_t failed_appends = 0;
  std::uint64_t failed_reads = 0;
  std::uint64_t short_reads = 0;
  std::uint64_t refused_for_space = 0;
  std::uint64_t background_runs = 0;
};

class FaultEnvironment final : public leveldb::Env {
 public:
  explicit FaultEnvironment(Random random) : random_(random) {}

  // --- The machine
  void set_faults(const StorageFaults& faults) { faults_ = faults; }
  void set_now(Instant now) { now_ = now; }
  [[nodiscard]] Instant now() const { return now_; }
  [[nodiscard]] const StorageCounts& counts() const { return counts_; }
  void run_background();
  void cut_power(const PowerCut& cut);
  [[nodiscard]] bool powered() const { return powered_; }
  // REQUIRES: no database is open on this.
  void restart();
  // One bit of a file whose name contains `name`; says where, or nothing when there is no byte.
  std::string flip_bit(std::string_view name);
  [[nodiscard]] MemoryDisk& disk() { return disk_; }

  // --- leveldb::Env
  leveldb::Status NewSequentialFile(const std::string& path,
                                    leveldb::SequentialFile** result) override;
  leveldb::Status NewRandomAccessFile(const std::string& path,
                                      leveldb::RandomAccessFile** result) override;
  leveldb::Status NewWritableFile(const std::string& path, leveldb::WritableFile** result) override;
  leveldb::Status NewAppendableFile(const std::string& path,
                                    leveldb::WritableFile** result) override;
  bool FileExists(const std::string& path) override;
  leveldb::Status GetChildren(const std::string& directory,
                              std::vector<std::string>* result) override;
  leveldb::Status RemoveFile(const std::string& path) override;
  leveldb::Status CreateDir(const std::string& path) override;
  leveldb::Status RemoveDir(const std::string& path) override;
  leveldb::Status GetFileSize(const std::string& path, std::uint64_t* size_bytes) override;
  leveldb::Status RenameFile(const std::string& from, const std::string& to) override;
  leveldb::Status LockFile(const std::string& path, leveldb::FileLock** lock) override;
  leveldb::Status UnlockFile(leveldb::FileLock* lock) override;
  void Schedule(void (*function)(void*), void* argument) override;
  void StartThread(void (*function)(void*), void* argument) override;
  leveldb::Status GetTestDirectory(std::string* path) override;
  leveldb::Status NewLogger(const std::string& path, leveldb::Logger** result) override;
  std::uint64_t NowMicros() override { return static_cast<std::uint64_t>(now_.us); }
  void SleepForMicroseconds(int microseconds) override { now_ = now_ + Duration{microseconds}; }

 private:
  // An open file belongs to the time between two restarts in which it was opened.
  class Reader;
  class RandomReader;
  class Writer;
  class Lock;
  class SilentLogger;

  [[nodiscard]] bool alive(std::uint64_t life) const { return powered_ && life == life_; }
  [[nodiscard]] leveldb::Status open_writer(const std::string& path, bool append,
                                            leveldb::WritableFile** result);
  // The change has been made; the power may go now. OK: it did not.
  [[nodiscard]] leveldb::Status after_change(const std::string& path);
  [[nodiscard]] leveldb::Status append(const std::string& path, MemoryDisk::File& file,
                                       std::string_view bytes);
  [[nodiscard]] leveldb::Status sync(const std::string& path, MemoryDisk::File& file);
  [[nodiscard]] leveldb::Status read(const std::string& path, const MemoryDisk::File& file,
                                     std::uint64_t offset, std::size_t size, leveldb::Slice* result,
                                     char* scratch);

  struct Work {
    void (*function)(void*);
    void* argument;
  };

  Random random_;
  MemoryDisk disk_;
  StorageFaults faults_;
  StorageCounts counts_;
  Instant now_{0};
  bool powered_ = true;
  std::uint64_t life_ = 0;  // counts restarts
  std::set<std::string> locks_;
  std::deque<Work> background_;
};

}  // namespace gtsim
