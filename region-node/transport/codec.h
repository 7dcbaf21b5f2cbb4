// Between messages of the state machine and batches on the wire (proto/replication/v1). Pure: no
// IO, no gRPC. A received frame is checked first, which needs nothing but the frame and so may
// happen on any thread; only a frame that passed is decoded, on the loop's thread.
#pragma once

#include <google/protobuf/io/zero_copy_stream.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "proto/replication/v1/replication.pb.h"
#include "region-node/base/ids.h"
#include "region-node/base/result.h"
#include "region-node/config/node_tables.h"
#include "region-node/replication/message.h"
#include "region-node/table/key_space.h"

namespace gtsim {

inline constexpr std::int64_t kMaxHoldOffUs = 86'400LL * 1'000'000;  // a longer one is sent as this

// Whether a time on the wire is one: from 0001-01-01 to 9999-12-31.
[[nodiscard]] constexpr bool is_wire_time(std::int64_t time_us) {
  return time_us >= -62'135'596'800'000'000 && time_us <= 253'402'300'799'999'999;
}

// --- Out

// Changes [begin, end) of `message` as a batch of their own; for a message without changes, both
// are 0, and what it says of the control plane goes along. Reuses what `out` holds. On the loop's
// thread.
void encode_batch(const Message& message, std::size_t begin, std::size_t end, const KeySpace& keys,
                  replication::v1::Batch& out);
// Of the table of a message, by TableId index; none at all of kUnknownTable, whose messages have no
// changes.
[[nodiscard]] const KeySpace& keys_of(const std::vector<KeySpace*>& keys, TableId table);
// About what a change takes in a frame.
[[nodiscard]] std::size_t wire_bytes(const Change& change, const KeySpace& keys);

// --- In

// What is known of the stream that a frame came on: of Hello, and of the tables that came since.
struct FrameOrigin {
  RegionId from;
  RegionId to;
  std::vector<RegionId> regions;  // by number on this stream
  // The same, as the origin has them; what they are here is looked up when a frame is decoded.
  std::vector<std::shared_ptr<const TableDefinition>> tables;
};

// What checking learns of each change and decoding needs, in the order of the frame.
struct ChangeFacts {
  std::uint64_t partition_hash = 0;
  std::uint32_t size_bytes = 0;  // of the item
};

// False when a serialized FromOrigin holds more batches, changes or tables than a frame may (places
// and copies of a control message count as changes), told without building any: a few bytes on the
// wire can mean a hundred in memory. Bytes that do not parse may be either.
[[nodiscard]] bool within_frame_limits(google::protobuf::io::ZeroCopyInputStream& serialized);

// Everything that the protocol demands of a frame; kInput with a text that names the field. Then
// `facts` is unspecified.
[[nodiscard]] Result<void> check_frame(const replication::v1::Frame& frame,
                                       const FrameOrigin& origin, std::vector<ChangeFacts>& facts);

// REQUIRES: check_frame accepted the frame and filled `facts`. `keys` by TableId index. On the
// loop's thread. What is about tables that are not here is left out, but for two requests of
// control planes: that the table come (kReserve), and that nobody keep still for it (kRelease).
[[nodiscard]] std::vector<Message> decode_frame(const replication::v1::Frame& frame,
                                                const FrameOrigin& origin,
                                                const std::vector<ChangeFacts>& facts,
                                                const NodeTables& tables,
                                                const std::vector<KeySpace*>& keys);

}  // namespace gtsim
