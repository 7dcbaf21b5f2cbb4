#include "region-node/transport/frame_queue.h"

#include "region-node/base/check.h"
#include "region-node/transport/codec.h"
#include "region-node/transport/control_codec.h"
#include "region-node/transport/hello.h"
#include "region-node/transport/replication_transport.h"

namespace gtsim {
namespace {

constexpr std::size_t kBatchBytes = 40;  // about, without its changes
constexpr std::size_t kSpareFrames = 2;
// Each place of a reused frame keeps the memory of the largest change that it ever held, so a frame
// must not live for ever.
constexpr std::size_t kBytesPerLife = 16u << 20;

}  // namespace

OutgoingFrame& FrameQueue::open_frame(std::size_t bytes) {
  if (!waiting_.empty()) {
    OutgoingFrame& last = waiting_.back();
    const auto batches = static_cast<std::size_t>(last.message->frame().batches_size());
    if (last.bytes + bytes <= kFrameBytes && last.changes < kMaxChangesPerFrame &&
        batches < kMaxBatchesPerFrame) {
      return last;
    }
  }
  return new_frame();
}

OutgoingFrame& FrameQueue::new_frame() {
  OutgoingFrame opened;
  if (spare_.empty()) {
    opened.message = std::make_unique<replication::v1::FromOrigin>();
  } else {
    opened = std::move(spare_.back());
    spare_.pop_back();
    opened.bytes = 0;
    opened.changes = 0;
  }
  opened.message->mutable_frame()->mutable_batches()->Clear();
  opened.message->mutable_frame()->clear_tables();
  return waiting_.emplace_back(std::move(opened));
}

void FrameQueue::introduce(TableId table) {
  if (table.index() < known_.size()) {
    const std::uint64_t revision = tables_->revision(table);
    if (known_[table.index()] == revision) return;
    // What is ahead of it means the table of before.
    tell_of(table, new_frame());
    known_[table.index()] = revision;
    return;
  }
  while (known_.size() <= table.index()) {
    const TableId next{static_cast<std::uint16_t>(known_.size())};
    const std::uint64_t revision = tables_->revision(next);
    const bool goes_on =
        !waiting_.empty() && waiting_.back().message->frame().batches_size() == 0 &&
        waiting_.back().message->frame().tables_size() < static_cast<int>(kMaxTablesPerFrame);
    tell_of(next, goes_on ? waiting_.back() : new_frame());
    known_.push_back(revision);
  }
}

void FrameQueue::tell_of(TableId table, OutgoingFrame& frame) {
  constexpr std::size_t kTableBytes = 1200;  // at most: four names of 255 bytes
  replication::v1::NewTable& told = *frame.message->mutable_frame()->add_tables();
  told.set_number(table.value());
  *told.mutable_table() = table_of(*tables_->get(table));
  frame.bytes += kTableBytes;
  waiting_bytes_ += kTableBytes;
}

void FrameQueue::add(const Message& message) {
  if (message.table != kUnknownTable && tables_ != nullptr) introduce(message.table);
  const KeySpace& keys = keys_of(keys_, message.table);
  const std::size_t count = message.changes.size();
  const std::size_t control_bytes = message.control ? wire_bytes(*message.control) : 0;
  std::size_t begin = 0;
  do {
    const std::size_t first_bytes =
        count == 0 ? control_bytes : wire_bytes(message.changes[begin], keys);
    OutgoingFrame& open = open_frame(kBatchBytes + first_bytes);
    std::size_t bytes = kBatchBytes + first_bytes;
    std::size_t end = count == 0 ? 0 : begin + 1;
    while (end != count && open.changes + (end - begin) < kMaxChangesPerFrame) {
      const std::size_t next_bytes = wire_bytes(message.changes[end], keys);
      if (open.bytes + bytes + next_bytes > kFrameBytes) break;
      bytes += next_bytes;
      ++end;
    }
    encode_batch(message, begin, end, keys, *open.message->mutable_frame()->add_batches());
    open.bytes += bytes;
    open.changes += end - begin;
    waiting_bytes_ += bytes;
    begin = end;
  } while (begin != count);
}

OutgoingFrame FrameQueue::take() {
  CHECK(!waiting_.empty());
  OutgoingFrame oldest = std::move(waiting_.front());
  waiting_.pop_front();
  waiting_bytes_ -= oldest.bytes;
  oldest.bytes_since_new += oldest.bytes;
  return oldest;
}

void FrameQueue::recycle(OutgoingFrame frame) {
  if (spare_.size() < kSpareFrames && frame.bytes_since_new < kBytesPerLife) {
    spare_.push_back(std::move(frame));
  }
}

void FrameQueue::clear() {
  waiting_.clear();
  waiting_bytes_ = 0;
}

}  // namespace gtsim
