#include "region-node/transport/codec.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "region-node/base/check.h"
#include "region-node/control_plane/control_message.h"
#include "region-node/transport/control_codec.h"

namespace gtsim {
namespace {

namespace wire = replication::v1;

wire::BatchKind to_wire(MessageKind kind) {
  switch (kind) {
    case MessageKind::kChanges:
      return wire::CHANGES;
    case MessageKind::kAcknowledgement:
      return wire::ACKNOWLEDGEMENT;
    case MessageKind::kBackfill:
      return wire::BACKFILL;
    case MessageKind::kBackfillAcknowledgement:
      return wire::BACKFILL_ACKNOWLEDGEMENT;
    case MessageKind::kControl:
      return wire::CONTROL;
  }
  return wire::BATCH_KIND_UNSPECIFIED;
}

MessageKind from_wire(wire::BatchKind kind) {
  switch (kind) {
    case wire::CHANGES:
      return MessageKind::kChanges;
    case wire::ACKNOWLEDGEMENT:
      return MessageKind::kAcknowledgement;
    case wire::BACKFILL:
      return MessageKind::kBackfill;
    case wire::BACKFILL_ACKNOWLEDGEMENT:
      return MessageKind::kBackfillAcknowledgement;
    case wire::CONTROL:
      return MessageKind::kControl;
    default:
      CHECK_DETAIL(false, "a batch that was not checked");
      return MessageKind::kChanges;
  }
}

// Protobuf keeps the memory of a field that is assigned to, so nothing is allocated for a change
// that follows one of the same size.
void encode_change(const Change& change, std::uint32_t first_offset, const KeySpace& keys,
                   wire::Change& out) {
  const std::string_view key = keys.bytes(change.key);
  out.mutable_key()->assign(key.data(), key.size());
  const std::string_view image = change.image.bytes();
  out.mutable_image()->assign(image.data(), image.size());
  out.set_timestamp_us(change.version.timestamp.us);
  out.set_origin(change.version.origin.value());
  out.set_committed_at_us(change.committed_at.us);
  out.set_offset(change.offset - first_offset);
  out.set_unacknowledged(!change.acknowledged);
}

// What control planes say goes by the name alone. Nothing: it is not here, or has only the name in
// common with what is.
std::optional<TableId> find_here(const TableDefinition& told, bool by_name_alone,
                                 const NodeTables& tables) {
  const auto id = tables.find(told.name);
  if (!id || (!by_name_alone && tables[id->index()].key != told.key)) return std::nullopt;
  return id;
}

bool asks_for_a_replica_here(const wire::Batch& batch, const FrameOrigin& origin) {
  const wire::Control& control = batch.control();
  return batch.kind() == wire::CONTROL && control.kind() == wire::Control::REQUEST &&
         control.what() == wire::Control::ADD_REPLICA &&
         control.phase() == wire::Control::RESERVE &&
         origin.regions[control.subject()] == origin.to;
}

// Whoever asks does so until it has an answer, also of a region that has no such table.
bool wants_an_answer(const wire::Batch& batch, const FrameOrigin& origin) {
  const wire::Control& control = batch.control();
  return asks_for_a_replica_here(batch, origin) ||
         (batch.kind() == wire::CONTROL && control.kind() == wire::Control::REQUEST &&
          control.phase() == wire::Control::RELEASE);
}

}  // namespace

const KeySpace& keys_of(const std::vector<KeySpace*>& keys, TableId table) {
  static const KeySpace kNone;
  return table == kUnknownTable ? kNone : *keys[table.index()];
}

std::size_t wire_bytes(const Change& change, const KeySpace& keys) {
  constexpr std::size_t kNumbersBytes = 56;  // tags, lengths and all that is not key or image
  return keys.bytes(change.key).size() + change.image.bytes().size() + kNumbersBytes;
}

void encode_batch(const Message& message, std::size_t begin, std::size_t end, const KeySpace& keys,
                  wire::Batch& out) {
  CHECK(begin <= end);
  CHECK(end <= message.changes.size());
  const bool from_start = begin == 0;
  const bool to_end = end == message.changes.size();
  const bool by_position = message.kind == MessageKind::kChanges;
  std::uint64_t first_position = message.first_position;
  std::uint64_t next_position = message.next_position;
  std::uint32_t first_offset = 0;
  if (!from_start) {
    const Change& first = message.changes[begin];
    if (by_position) first_offset = first.offset;
    first_position = by_position ? message.first_position + first.offset : first.key.value();
  }
  if (!to_end) {
    const Change& next = message.changes[end];
    next_position = by_position ? message.first_position + next.offset : next.key.value();
  }
  out.set_kind(to_wire(message.kind));
  out.set_table(message.table == kUnknownTable ? 0 : message.table.value());
  out.set_first_position(first_position);
  out.set_next_position(next_position);
  out.set_attempt(message.attempt);
  out.set_tries(message.tries);
  out.set_gap(message.gap);
  const bool has_lanes = message.lanes > 1;
  out.set_lane(has_lanes ? message.lane : 0);
  out.set_lanes(has_lanes ? message.lanes : 0);
  out.set_floor(has_lanes ? message.floor : 0);
  out.set_hold_off_us(std::clamp<std::int64_t>(message.hold_off.count(), 0, kMaxHoldOffUs));
  out.clear_control();
  if (message.kind == MessageKind::kControl) {
    CHECK(message.control != nullptr);
    encode_control(*message.control, *out.mutable_control());
    if (message.table == kUnknownTable) {
      CHECK(message.control->definition != nullptr);
      out.mutable_control()->set_table_name(message.control->definition->name);
    }
  }
  auto& changes = *out.mutable_changes();
  changes.Clear();
  changes.Reserve(static_cast<int>(end - begin));
  for (std::size_t i = begin; i != end; ++i) {
    encode_change(message.changes[i], first_offset, keys, *changes.Add());
  }
}

std::vector<Message> decode_frame(const wire::Frame& frame, const FrameOrigin& origin,
                                  const std::vector<ChangeFacts>& facts, const NodeTables& tables,
                                  const std::vector<KeySpace*>& keys) {
  std::vector<Message> messages;
  messages.reserve(static_cast<std::size_t>(frame.batches_size()));
  auto fact = facts.begin();
  // Most batches of a frame are about the same table.
  const TableDefinition* looked_for = nullptr;
  bool by_name_alone = false;
  std::optional<TableId> table;
  static const std::shared_ptr<const TableDefinition> kNone;
  for (const wire::Batch& batch : frame.batches()) {
    const bool is_named = !batch.control().table_name().empty();
    const auto& definition = is_named ? kNone : origin.tables[batch.table()];
    const bool is_control = batch.kind() == wire::CONTROL;
    if (is_named) {
      table = tables.find(batch.control().table_name());
    } else if (definition.get() != looked_for || is_control != by_name_alone) {
      table = find_here(*definition, is_control, tables);
    }
    looked_for = definition.get();
    by_name_alone = is_control;
    if (!table && (is_named || !wants_an_answer(batch, origin))) {
      fact += batch.changes_size();
      continue;
    }
    Message& message = messages.emplace_back();
    message.kind = from_wire(batch.kind());
    message.gap = batch.gap();
    message.table = table.value_or(kUnknownTable);
    message.from = origin.from;
    message.to = origin.to;
    message.attempt = batch.attempt();
    message.tries = batch.tries();
    message.first_position = batch.first_position();
    message.next_position = batch.next_position();
    message.hold_off = Duration{batch.hold_off_us()};
    message.lane = static_cast<std::uint16_t>(batch.lane());
    message.lanes = static_cast<std::uint16_t>(std::max(batch.lanes(), 1U));
    message.floor = batch.floor();
    if (batch.has_control()) {
      ControlMessage control = decode_control(batch, origin);
      control.table = message.table;
      if (!table || asks_for_a_replica_here(batch, origin)) control.definition = definition;
      message.control = std::make_shared<const ControlMessage>(std::move(control));
      continue;
    }
    message.changes.reserve(static_cast<std::size_t>(batch.changes_size()));
    KeySpace& table_keys = *keys[message.table.index()];
    for (const wire::Change& received : batch.changes()) {
      CHECK(fact != facts.end());
      Change& change = message.changes.emplace_back();
      if (!received.image().empty()) change.image = Image::make(received.image(), fact->size_bytes);
      change.version = {WallTime{received.timestamp_us()}, origin.regions[received.origin()]};
      change.committed_at = Instant{received.committed_at_us()};
      change.key = table_keys.intern(received.key(), fact->partition_hash);
      change.offset = static_cast<std::uint16_t>(received.offset());
      change.acknowledged = !received.unacknowledged();
      ++fact;
    }
  }
  CHECK(fact == facts.end());
  return messages;
}

}  // namespace gtsim
