// A disk in memory that knows what would survive a power cut. Repeatable: no clock, no hash order.
//
// What is assumed of the file system is what a journaling one with ordered metadata gives (ext4 and
// XFS with their defaults):
//   - Making, renaming and removing a file are atomic. They reach the disk in the order in which
//     they were made: a power cut undoes the latest of them, never one in the middle.
//   - A successful fsync of any file makes the file's bytes durable, and every earlier change of a
//     directory with them.
//   - Bytes that were not synced: a prefix of any length is on the disk. Each file is on its own,
//     so a later write to one file may be there and an earlier one to another not.
//   - After an fsync that failed, what had not been synced counts as clean: reads still see it
//     until the power goes, later fsyncs do not write it any more, and then there are zeros there.
//   - Directories are durable once made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "region-node/base/random.h"

namespace gtsim {

// How the power goes.
struct PowerCut {
  enum class Unsynced : std::uint8_t {
    kKept,  // only the program died, the machine goes on
    kLost,
    kPrefix,  // of each file, and of the changes of directories, a random prefix is kept
  };
  // Of a prefix that is kept, often all, what stands in its last sector from a random place on.
  enum class Tail : std::uint8_t { kClean, kZeros, kGarbage };

  Unsynced unsynced = Unsynced::kPrefix;
  Tail tail = Tail::kClean;
};

class MemoryDisk {
 public:
  struct File {
    std::string bytes;       // as readers see it
    std::size_t synced = 0;  // all before is on the disk, except for what is in `forgotten`
    std::vector<std::pair<std::size_t, std::size_t>> forgotten;  // [begin, end), ascending
  };
  using FilePointer = std::shared_ptr<File>;

  // Null: there is none of this name.
  [[nodiscard]] FilePointer find(const std::string& path) const;
  // A new, empty file takes the name over.
  FilePointer create(const std::string& path);
  [[nodiscard]] bool remove(const std::string& path);
  [[nodiscard]] bool rename(const std::string& from, const std::string& to);
  void sync(File& file);
  // An fsync that failed and dropped what it should have written.
  static void forget_unsynced(File& file);

  [[nodiscard]] bool make_directory(const std::string& path);
  [[nodiscard]] bool remove_directory(const std::string& path);
  [[nodiscard]] bool is_directory(const std::string& path) const {
    return directories_.contains(path);
  }
  // Names of what is directly in the directory, ascending.
  [[nodiscard]] std::vector<std::string> list(const std::string& directory) const;
  [[nodiscard]] const std::map<std::string, FilePointer>& files() const { return files_; }
  [[nodiscard]] std::uint64_t used_bytes() const;

  void cut_power(const PowerCut& cut, Random& random);

  // Of all names and bytes.
  [[nodiscard]] std::uint64_t digest() const;
  // All files with their bytes, and back: everything in them counts as synced.
  [[nodiscard]] std::map<std::string, std::string> contents() const;
  void restore(const std::map<std::string, std::string>& contents);

 private:
  // A change of a directory: these names now mean these files; null: nothing.
  using Change = std::vector<std::pair<std::string, FilePointer>>;
  static void apply(const Change& change, std::map<std::string, FilePointer>& to);
  void make(Change change);

  std::map<std::string, FilePointer> files_;    // as the programs see it
  std::map<std::string, FilePointer> durable_;  // as after a power cut, but for `changes_`
  std::vector<Change> changes_;                 // since durable_
  std::set<std::string> directories_;
};

}  // namespace gtsim
