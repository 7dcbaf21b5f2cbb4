// The origin's log of its own changes to one table, in commit order. Entries stay until every
// member has acknowledged them; nothing is dropped because time passed.
//
// With a LogStorage only the newest entries are in memory, so that a slow member's backlog stays on
// disk; older ones are read back in chunks when they are sent.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "region-node/base/ring_queue.h"
#include "region-node/replication/change.h"
#include "region-node/replication/log_storage.h"

namespace gtsim {

class OutboundLog {
 public:
  // Position of the first entry held and of the next one to be appended.
  [[nodiscard]] std::uint64_t first() const { return first_; }
  [[nodiscard]] std::uint64_t end() const { return memory_first_ + entries_.size(); }

  void append(Change change) {
    if (storage_ != nullptr) {
      storage_->append_log(end(), change);
      memory_bytes_ += weight(change);
    }
    entries_.push_back(std::move(change));
  }
  // Valid until the second call after this one. REQUIRES: first() <= position < end().
  [[nodiscard]] const Change& at(std::uint64_t position) const {
    CHECK(position >= first_);
    CHECK(position < end());
    if (position < memory_first_) [[unlikely]]
      return read_back(position);
    return entries_[position - memory_first_];
  }
  // Every member has acknowledged everything below `position`.
  void trim(std::uint64_t position) {
    if (position > end()) position = end();
    if (position <= first_) return;
    if (storage_ != nullptr) storage_->trim_log(position);
    first_ = position;
    forget_below(position);
  }

  // --- With a storage
  // Takes over a log that the storage holds. REQUIRES: nothing has been appended yet.
  void restore(LogStorage* storage, std::uint64_t first, std::uint64_t end);
  // Everything below `position` can be read back: memory keeps what it has room for.
  void set_written(std::uint64_t position);

 private:
  static constexpr std::size_t kMemoryBytes = 8u << 20;
  static constexpr std::size_t kChunk = 512;
  struct Chunk {
    std::uint64_t first = 0;
    std::uint64_t used = 0;  // when, by use_count_
    std::vector<Change> entries;
  };

  static std::size_t weight(const Change& change) {
    return sizeof(Change) + change.image.bytes().size();
  }
  [[nodiscard]] const Change& read_back(std::uint64_t position) const;
  void pop_memory() {
    if (storage_ != nullptr) memory_bytes_ -= weight(entries_.front());
    entries_.pop_front();
    ++memory_first_;
  }
  void forget_below(std::uint64_t position) {
    while (memory_first_ < position && !entries_.empty()) pop_memory();
    if (memory_first_ < position) memory_first_ = position;
  }

  RingQueue<Change> entries_;  // [memory_first_, end())
  std::uint64_t first_ = 0;    // Invariant: first_ <= memory_first_; equal without a storage
  std::uint64_t memory_first_ = 0;

  LogStorage* storage_ = nullptr;
  std::size_t memory_bytes_ = 0;
  // A few, because members may be behind by different distances.
  mutable std::array<Chunk, 4> chunks_;
  mutable std::uint64_t use_count_ = 0;
};

}  // namespace gtsim
