#include "region-node/replication/outbound_log.h"

#include <algorithm>

#include "region-node/base/check.h"

namespace gtsim {

void OutboundLog::restore(LogStorage* storage, std::uint64_t first, std::uint64_t end) {
  CHECK(entries_.empty());
  CHECK(first <= end);
  storage_ = storage;
  first_ = first;
  memory_first_ = end;
}

void OutboundLog::set_written(std::uint64_t position) {
  if (storage_ == nullptr) return;
  while (memory_bytes_ > kMemoryBytes && memory_first_ < position && !entries_.empty())
    pop_memory();
}

const Change& OutboundLog::read_back(std::uint64_t position) const {
  CHECK(storage_ != nullptr);
  ++use_count_;
  for (Chunk& chunk : chunks_) {
    if (chunk.first <= position && position < chunk.first + chunk.entries.size()) {
      chunk.used = use_count_;
      return chunk.entries[position - chunk.first];
    }
  }
  Chunk& oldest = *std::min_element(chunks_.begin(), chunks_.end(),
                                    [](const Chunk& a, const Chunk& b) { return a.used < b.used; });
  oldest.first = position;
  oldest.used = use_count_;
  oldest.entries.clear();
  const auto wanted = std::min<std::uint64_t>(kChunk, memory_first_ - position);
  storage_->read_log(position, static_cast<std::size_t>(wanted), oldest.entries);
  CHECK_DETAIL(oldest.entries.size() == wanted, "the outbound log has a hole");
  return oldest.entries.front();
}

}  // namespace gtsim
