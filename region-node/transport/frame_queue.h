// What waits to be written to one peer: messages packed into frames, bounded. Frames are reused, so
// that packing allocates nothing once it has seen messages of the usual size.
//
// Threads: none of its own; its owner locks.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "proto/replication/v1/replication.pb.h"
#include "region-node/config/node_tables.h"
#include "region-node/replication/message.h"
#include "region-node/table/key_space.h"

namespace gtsim {

struct OutgoingFrame {
  std::unique_ptr<replication::v1::FromOrigin> message;
  std::size_t bytes = 0;  // about
  std::size_t changes = 0;
  std::size_t bytes_since_new = 0;  // what `message` has carried in all its uses
};

class FrameQueue {
 public:
  static constexpr std::size_t kFrameBytes = 256u << 10;     // a frame is closed at about this
  static constexpr std::size_t kMaxWaitingBytes = 8u << 20;  // then the queue is full

  // `keys` by TableId index. `tables`: to tell the peer of those that came since begin(); nothing:
  // it is told of none.
  explicit FrameQueue(std::vector<KeySpace*> keys, const NodeTables* tables = nullptr)
      : keys_(std::move(keys)), tables_(tables) {}
  // A table that came. On the loop's thread.
  void add_table(KeySpace& keys) { keys_.push_back(&keys); }
  // The peer knows these: their revisions, by TableId index.
  void begin(std::vector<std::uint64_t> known) { known_ = std::move(known); }

  [[nodiscard]] bool full() const { return waiting_bytes_ >= kMaxWaitingBytes; }
  [[nodiscard]] bool empty() const { return waiting_.empty(); }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

  // Takes it even when full: the caller asks full() before a group of messages, so that all of them
  // go or none. A message too large for one frame becomes several batches. On the loop's thread.
  void add(const Message& message);

  // The oldest frame. REQUIRES: !empty().
  [[nodiscard]] OutgoingFrame take();
  // Gives a frame that has been written back for use.
  void recycle(OutgoingFrame frame);
  // Forgets what waits.
  void clear();

 private:
  // One that can take a batch that begins with so much: its first change, or a control message.
  [[nodiscard]] OutgoingFrame& open_frame(std::size_t bytes);
  [[nodiscard]] OutgoingFrame& new_frame();
  // Tells of all tables up to this one that the peer does not know as they are.
  void introduce(TableId table);
  void tell_of(TableId table, OutgoingFrame& frame);

  std::vector<KeySpace*> keys_;
  const NodeTables* tables_;
  std::vector<std::uint64_t> known_;
  std::deque<OutgoingFrame> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::vector<OutgoingFrame> spare_;
};

}  // namespace gtsim
