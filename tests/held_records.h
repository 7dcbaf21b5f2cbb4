// A store of a stream's records in memory that takes time, as a disk does: what was appended can be
// read once it has been written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "region-node/stream/record_storage.h"

namespace gtsim::stream_fixture {

class HeldRecords final : public RecordStorage {
 public:
  void write() {
    for (const auto& [shard, record] : under_way_) written_[shard].emplace(record.number, record);
    under_way_.clear();
  }
  // A crash.
  void lose() { under_way_.clear(); }
  [[nodiscard]] std::size_t records() const {
    std::size_t count = 0;
    for (const auto& [shard, records] : written_) count += records.size();
    return count;
  }

  void append_record(std::size_t shard, const StreamRecord& record) override {
    under_way_.emplace_back(shard, record);
  }
  void read_records(std::size_t shard, std::uint64_t number, std::size_t limit, std::size_t bytes,
                    std::vector<StreamRecord>& out) const override {
    const auto found = written_.find(shard);
    if (found == written_.end()) return;
    std::size_t read_bytes = 0;
    for (auto at = found->second.lower_bound(number); at != found->second.end() && limit > 0;
         ++at, --limit) {
      out.push_back(at->second);
      read_bytes += at->second.new_image.size_bytes() + at->second.old_image.size_bytes();
      if (read_bytes > bytes) return;
    }
  }
  Trimmed trim_records(std::size_t shard, std::uint64_t from_number, Instant horizon,
                       std::size_t limit) override {
    Trimmed trimmed;
    auto& records = written_[shard];
    auto at = records.lower_bound(from_number);
    while (at != records.end() && at->second.appended_at < horizon && limit-- > 0) {
      trimmed.end = at->first + 1;
      at = records.erase(at);
    }
    if (at != records.end()) trimmed.oldest_at = at->second.appended_at;
    if (records.empty()) written_.erase(shard);
    return trimmed;
  }

 private:
  std::vector<std::pair<std::size_t, StreamRecord>> under_way_;
  std::map<std::size_t, std::map<std::uint64_t, StreamRecord>> written_;  // by shard and number
};

}  // namespace gtsim::stream_fixture
