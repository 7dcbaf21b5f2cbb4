// What regions say to one another. One struct for all kinds: a message is moved many times and
// never copied, and the kinds share most of their fields.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>

#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/replication/change.h"
#include "region-node/table/key_space.h"

namespace gtsim {

enum class MessageKind : std::uint8_t {
  // origin -> member: what is of this lane among [first_position, next_position) of the origin's
  // log
  kChanges,
  kAcknowledgement,  // member -> origin: everything below next_position is durable here
  kBackfill,         // source -> new replica: items of the source's table, in key order
  kBackfillAcknowledgement,
  kControl,  // one control plane to another
};

struct ControlMessage;

struct Message {
  MessageKind kind = MessageKind::kChanges;
  bool gap = false;  // acknowledgement: something before the batch is missing, send it again
  TableId table;
  RegionId from;
  RegionId to;
  std::uint32_t attempt = 0;  // the sender's count of starting over; echoed by acknowledgements
  // How often the sender has tried since it last got on; echoed by acknowledgements.
  std::uint32_t tries = 0;
  // Of changes and their acknowledgements (replication/lane.h).
  std::uint16_t lane = 0;
  std::uint16_t lanes = 1;  // of the sender
  // Changes: the receiver has everything below. Acknowledgement: it has indeed. 0 without lanes.
  std::uint64_t floor = 0;
  std::uint64_t first_position = 0;
  std::uint64_t next_position = 0;  // back-fill: the KeyId to go on from
  Duration hold_off{0};  // acknowledgement: throttled, send nothing more before this passes
  // Acknowledgements: the newest change of the message that is answered, its version in two parts
  // that leave no gap. Not sent.
  WallTime subject_timestamp = Version{}.timestamp;
  KeyId subject_key;
  RegionId subject_origin = Version{}.origin;
  boost::container::small_vector<Change, 1> changes;
  // kControl; next_position is what tells it from others then.
  std::shared_ptr<const ControlMessage> control;
};

// What the message is about, for decisions of chance: which writes, which try, but not where they
// stand in a log, which depends on what else was written. Of several changes one speaks for all,
// mostly the same one when another is taken away.
[[nodiscard]] std::uint64_t identity_of(const Message& message, const KeySpace& keys);

// Messages of one line must arrive in the order in which they were sent: those of one kind that are
// about one lane of one table.
[[nodiscard]] std::uint32_t line_of(const Message& message);

// What a message weighs on a link with bounded bandwidth: item sizes plus a fixed cost each.
[[nodiscard]] std::int64_t wire_size_bytes(const Message& message);

}  // namespace gtsim
