// One region on a simulated machine, driven by hand as the daemon's loop drives it: random writes
// and received batches, group commits, acknowledgements after a successful synced write only. Keeps
// its own account of what each commit held, and compares a directory that was opened again with it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "region-node/base/random.h"
#include "region-node/replica.h"
#include "region-node/storage/region_database.h"
#include "sim/storage/fault_environment.h"

namespace gtsim {

class StorageDriver {
 public:
  explicit StorageDriver(std::uint64_t seed);
  ~StorageDriver();
  StorageDriver(const StorageDriver&) = delete;
  StorageDriver& operator=(const StorageDriver&) = delete;

  [[nodiscard]] FaultEnvironment& environment() { return *environment_; }
  [[nodiscard]] Random& random() { return random_; }

  // Opens the directory and compares all that it holds. Empty: it serves, and nothing was missing,
  // different or made up. Else how it refused, in the database's own words.
  [[nodiscard]] std::string open();
  // One group of random work and its commit. False: the disk failed and the region serves no more.
  [[nodiscard]] bool serve_group(bool sync);
  [[nodiscard]] bool serve_group(bool sync, std::uint64_t calls);
  // Reads everything back and compares, without opening anew. Empty, or the refusal.
  [[nodiscard]] std::string read_all();
  // The power goes, or only the program ends; the directory is closed and the machine is up again.
  void end(const PowerCut& cut);
  // Closes it properly.
  void close();

  [[nodiscard]] std::uint64_t acknowledged_commits() const { return acknowledged_commits_; }
  [[nodiscard]] std::uint64_t recovered_unacknowledged() const { return recovered_more_; }
  [[nodiscard]] const std::string& failure() const { return failure_; }
  // Everything a repetition must give again.
  [[nodiscard]] std::uint64_t digest();

 private:
  struct Node;
  struct LogEntry {
    int number = 0;
    Image image;
    Version version;
  };
  struct Record {
    int number = 0;
    Image new_image;
    Image old_image;
    Version version;
    OriginKind origin = OriginKind::kApplication;
    std::string sequence_number;
  };
  // What the directory holds once this commit is there.
  struct Commit {
    Instant at{0};
    std::vector<StoredItem> items;  // by number
    std::uint64_t records_end = 0;
    std::uint64_t log_first = 0;
    std::uint64_t log_end = 0;
    std::uint64_t received = 0;
    std::uint64_t shards_opened = 0;
  };

  [[nodiscard]] Moment moment() const { return {now_, WallTime{now_.us}}; }
  void act(Node& node);
  void write(Node& node);
  void receive(Node& node);
  void account(Node& node);
  void compare(Node& node, const Commit& expected);
  void compare_streams(Node& node, const Commit& expected);

  Random random_;
  std::unique_ptr<FaultEnvironment> environment_;
  std::unique_ptr<Node> node_;
  Instant now_{1'000'000};

  std::vector<Record> records_;  // of all commits, acknowledged or not
  std::vector<LogEntry> log_;
  Commit current_;              // what is being filled
  std::deque<Commit> commits_;  // the latest acknowledged one, and those after it
  std::uint64_t acknowledged_commits_ = 0;
  std::uint64_t recovered_more_ = 0;
  std::uint64_t verified_ = 0;
  std::string failure_;  // of the latest write that was refused
};

}  // namespace gtsim
