#include "region-node/storage/database_format.h"

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"
#include "region-node/storage/byte_codec.h"

namespace gtsim::format {
namespace {

constexpr std::uint8_t kAcknowledged = 1;
constexpr std::uint8_t kHasImage = 2;
// Of a change: the version that it replaced is not there. Entries of format 2 have it.
constexpr std::uint8_t kWithoutReplaced = 4;

void append_16(std::string& out, std::uint64_t value) {
  out.push_back(static_cast<char>(value >> 8 & 0xFF));
  out.push_back(static_cast<char>(value & 0xFF));
}
void append_32(std::string& out, std::uint64_t value) {
  append_16(out, value >> 16);
  append_16(out, value);
}
void append_64(std::string& out, std::uint64_t value) {
  append_32(out, value >> 32);
  append_32(out, value);
}

void write_version(ByteWriter& writer, const Version& version, const RegionNumbers& regions) {
  if (!version.ever_written()) {
    writer.byte(0);
    return;
  }
  writer.byte(static_cast<std::uint8_t>(regions.on_disk(version.origin) + 1));
  writer.word(version.timestamp.us);
}

[[nodiscard]] bool read_version(ByteReader& reader, const RegionNumbers& regions, Version& out) {
  const std::uint8_t region = reader.byte();
  if (region == 0) {
    out = Version{};
    return !reader.failed();
  }
  if (!regions.in_memory(static_cast<std::uint8_t>(region - 1), out.origin)) return false;
  out.timestamp.us = reader.signed_word();
  return !reader.failed();
}

void write_image(ByteWriter& writer, const Image& image) {
  writer.varint(image.size_bytes());
  writer.text(image.bytes());
}

[[nodiscard]] Image read_image(ByteReader& reader) {
  const auto size = static_cast<std::uint32_t>(reader.varint());
  const std::string_view bytes = reader.text();
  return reader.failed() ? Image{} : Image::make(bytes, size);
}

}  // namespace

RegionNumbers::RegionNumbers(std::span<const std::string> names, std::vector<std::string> known)
    : known_(std::move(known)) {
  for (const std::string& name : names) {
    const auto found = std::find(known_.begin(), known_.end(), name);
    on_disk_.push_back(static_cast<std::uint8_t>(found - known_.begin()));
    if (found == known_.end()) known_.push_back(name);
  }
  in_memory_.resize(known_.size());
  has_in_memory_.resize(known_.size());
  for (std::size_t i = 0; i < on_disk_.size(); ++i) {
    in_memory_[on_disk_[i]] = RegionId{static_cast<std::uint16_t>(i)};
    has_in_memory_[on_disk_[i]] = true;
  }
}

bool RegionNumbers::in_memory(std::uint8_t number, RegionId& out) const {
  if (number >= in_memory_.size() || !has_in_memory_[number]) return false;
  out = in_memory_[number];
  return true;
}

std::string table_prefix(char kind, TableId table) {
  std::string key(1, kind);
  append_16(key, table.value());
  return key;
}
std::string key_key(TableId table, KeyId key) {
  std::string text = table_prefix('k', table);
  append_32(text, key.value());
  return text;
}
std::string item_key(TableId table, KeyId key) {
  std::string text = table_prefix('i', table);
  append_32(text, key.value());
  return text;
}
std::string log_key(TableId table, std::uint64_t position) {
  std::string text = table_prefix('l', table);
  append_64(text, position);
  return text;
}
std::string record_key(TableId table, std::size_t stream, std::size_t shard, std::uint64_t number) {
  std::string text = table_prefix('r', table);
  append_16(text, stream);
  append_32(text, shard);
  append_64(text, number);
  return text;
}
std::string journal_key(std::uint64_t number) {
  std::string text = "j";
  append_64(text, number);
  return text;
}

std::uint32_t last_32(std::string_view key) {
  return static_cast<std::uint32_t>(last_64(std::string(4, '\0') + std::string(key)));
}
std::uint64_t last_64(std::string_view key) {
  CHECK(key.size() >= 8);
  std::uint64_t value = 0;
  for (const char byte : key.substr(key.size() - 8)) {
    value = value << 8 | static_cast<std::uint8_t>(byte);
  }
  return value;
}

void append_item(std::string& out, const StoredItem& item, const RegionNumbers& regions) {
  ByteWriter writer{out};
  const bool acknowledged = item.acknowledged || broken(Mutant::kAcknowledgedNotStored);
  writer.byte(
      static_cast<std::uint8_t>((acknowledged ? kAcknowledged : 0) | (item.image ? kHasImage : 0)));
  write_version(writer, item.version, regions);
  if (item.image) write_image(writer, item.image);
}

bool parse_item(std::string_view bytes, const RegionNumbers& regions, StoredItem& out) {
  ByteReader reader{bytes};
  const std::uint8_t flags = reader.byte();
  out.acknowledged = (flags & kAcknowledged) != 0;
  if (!read_version(reader, regions, out.version)) return false;
  out.image = (flags & kHasImage) != 0 ? read_image(reader) : Image{};
  return reader.complete();
}

void append_change(std::string& out, const Change& change, const RegionNumbers& regions) {
  ByteWriter writer{out};
  const bool acknowledged = change.acknowledged || broken(Mutant::kAcknowledgedNotStored);
  writer.byte(static_cast<std::uint8_t>((acknowledged ? kAcknowledged : 0) |
                                        (change.image ? kHasImage : 0) | kWithoutReplaced));
  write_version(writer, change.version, regions);
  writer.word(change.committed_at.us);
  writer.varint(change.key.value());
  if (change.image) write_image(writer, change.image);
}

bool parse_change(std::string_view& bytes, const RegionNumbers& regions, Change& out) {
  ByteReader reader{bytes};
  const std::uint8_t flags = reader.byte();
  out.acknowledged = (flags & kAcknowledged) != 0;
  if (!read_version(reader, regions, out.version)) return false;
  Version replaced;
  const bool old_entry = (flags & kWithoutReplaced) == 0;
  if (old_entry && !read_version(reader, regions, replaced)) return false;
  out.committed_at.us = reader.signed_word();
  out.key = KeyId{static_cast<std::uint32_t>(reader.varint())};
  out.image = (flags & kHasImage) != 0 ? read_image(reader) : Image{};
  bytes = reader.rest();
  return !reader.failed();
}

void append_positions(std::string& out, const Positions& positions,
                      std::span<const std::string> cursors) {
  ByteWriter writer{out};
  writer.word(positions.latest_instant.us);
  writer.varint(positions.journal_first);
  writer.varint(positions.journal_end);
  writer.varint(cursors.size());
  for (const std::string& each : cursors) writer.text(each);
}

bool parse_positions(std::string_view bytes, Positions& out, std::vector<std::string>& cursors) {
  ByteReader reader{bytes};
  out.latest_instant.us = reader.signed_word();
  out.journal_first = reader.varint();
  out.journal_end = reader.varint();
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    cursors.emplace_back(reader.text());
  }
  return reader.complete() && out.journal_first <= out.journal_end;
}

// Flags: event (2 bits), replication, ttl, by update, new image, old image. The age comes next, for
// trimming.
void append_record(std::string& out, const StreamRecord& record, const RegionNumbers& regions) {
  ByteWriter writer{out};
  writer.byte(static_cast<std::uint8_t>(
      static_cast<unsigned>(record.event) | (record.origin == OriginKind::kReplication ? 4U : 0U) |
      (record.ttl_identity ? 8U : 0U) |
      (record.by_update && !broken(Mutant::kKindOfWriteNotStored) ? 16U : 0U) |
      (record.new_image ? 32U : 0U) | (record.old_image ? 64U : 0U)));
  writer.word(record.appended_at.us);
  writer.word(record.created_at.us);
  write_version(writer, record.version, regions);
  write_version(writer, record.old_version, regions);
  writer.varint(record.number);
  writer.varint(record.key.value());
  if (record.new_image) write_image(writer, record.new_image);
  if (record.old_image) write_image(writer, record.old_image);
}

bool parse_record(std::string_view bytes, const RegionNumbers& regions, StreamRecord& out) {
  ByteReader reader{bytes};
  const std::uint8_t flags = reader.byte();
  if ((flags & 3) == 3) return false;
  out.event = static_cast<EventName>(flags & 3);
  out.origin = (flags & 4) != 0 ? OriginKind::kReplication : OriginKind::kApplication;
  out.ttl_identity = (flags & 8) != 0;
  out.by_update = (flags & 16) != 0;
  out.appended_at.us = reader.signed_word();
  out.created_at.us = reader.signed_word();
  if (!read_version(reader, regions, out.version)) return false;
  if (!read_version(reader, regions, out.old_version)) return false;
  out.number = reader.varint();
  out.key = KeyId{static_cast<std::uint32_t>(reader.varint())};
  out.new_image = (flags & 32) != 0 ? read_image(reader) : Image{};
  out.old_image = (flags & 64) != 0 ? read_image(reader) : Image{};
  return reader.complete();
}

bool parse_record_age(std::string_view bytes, Instant& out) {
  ByteReader reader{bytes};
  static_cast<void>(reader.byte());
  out.us = reader.signed_word();
  return !reader.failed();
}

void append_cursors(std::string& out, const TableCursors& cursors, const RegionNumbers& regions) {
  ByteWriter writer{out};
  writer.varint(cursors.log_first);
  writer.varint(cursors.log_end);
  writer.varint(cursors.stream_end);
  writer.varint(cursors.received.size());
  for (std::size_t i = 0; i < cursors.received.size(); ++i) {
    writer.byte(regions.on_disk(RegionId{static_cast<std::uint16_t>(i)}));
    writer.varint(cursors.received[i].floor());
  }
  writer.varint(cursors.members.size());
  for (const TableCursors::Member& member : cursors.members) {
    writer.byte(regions.on_disk(member.region));
    writer.varint(member.acknowledged);
  }
  const auto has_lanes = [](const ReceivedLog& log) { return !log.above().empty(); };
  const auto logs = std::count_if(cursors.received.begin(), cursors.received.end(), has_lanes);
  writer.varint(static_cast<std::uint64_t>(logs));
  for (std::size_t i = 0; i < cursors.received.size(); ++i) {
    const ReceivedLog& log = cursors.received[i];
    if (!has_lanes(log)) continue;
    writer.byte(regions.on_disk(RegionId{static_cast<std::uint16_t>(i)}));
    writer.varint(log.lanes());
    writer.varint(log.above().size());
    for (const auto& [lane, position] : log.above()) {
      writer.varint(lane);
      writer.varint(position);
    }
  }
}

namespace {

bool parse_lanes(ByteReader& reader, const RegionNumbers& regions, TableCursors& out) {
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    RegionId region;
    const bool known = regions.in_memory(reader.byte(), region);
    const std::uint64_t lanes = reader.varint();
    if (lanes < 2 || lanes > kMostLanes) return false;
    for (std::uint64_t above = reader.varint(); above > 0 && !reader.failed(); --above) {
      const std::uint64_t lane = reader.varint();
      const std::uint64_t position = reader.varint();
      if (lane >= lanes) return false;
      if (!known) continue;  // a region that was taken away
      if (region.index() >= out.received.size()) return false;
      out.received[region.index()].raise_lane(static_cast<std::uint16_t>(lane),
                                              static_cast<std::uint16_t>(lanes), position);
    }
  }
  return true;
}

}  // namespace

bool parse_cursors(std::string_view bytes, const RegionNumbers& regions, std::uint64_t number,
                   TableCursors& out) {
  ByteReader reader{bytes};
  out.log_first = reader.varint();
  out.log_end = reader.varint();
  out.stream_end = reader.varint();
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    RegionId region;
    const std::uint8_t place = reader.byte();
    const std::uint64_t received = reader.varint();
    if (!regions.in_memory(place, region)) continue;  // of a region that was taken away
    if (region.index() >= out.received.size()) out.received.resize(region.index() + 1);
    out.received[region.index()].start_at(received);
  }
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    RegionId region;
    const std::uint8_t place = reader.byte();
    const std::uint64_t acknowledged = reader.varint();
    if (!regions.in_memory(place, region)) continue;
    for (TableCursors::Member& member : out.members) {
      if (member.region == region) member.acknowledged = acknowledged;
    }
  }
  constexpr std::uint64_t kWithLanes = 7;
  if (number >= kWithLanes && !parse_lanes(reader, regions, out)) return false;
  return reader.complete() && out.log_first <= out.log_end;
}

namespace {

void write_stream(ByteWriter& writer, const StreamSnapshot& stream) {
  writer.byte(static_cast<std::uint8_t>(stream.options.view));
  writer.text(stream.options.label);
  writer.word(stream.options.salt);
  writer.varint(static_cast<std::uint64_t>(stream.options.shards));
  writer.word(stream.options.shard_rollover.count());
  writer.byte(static_cast<std::uint8_t>(stream.status));
  writer.varint(stream.shards_opened);
  writer.varint(stream.next_number);
  writer.varint(stream.shards.size());
  for (const ShardInfo& shard : stream.shards) {
    writer.text(shard.id);
    writer.byte(shard.parent_id ? 1 : 0);
    if (shard.parent_id) writer.text(*shard.parent_id);
    writer.word(shard.hash_first);
    writer.word(shard.hash_last);
    writer.varint(shard.first_number);
    writer.byte(shard.end_number ? 1 : 0);
    if (shard.end_number) writer.varint(*shard.end_number);
    writer.varint(shard.trimmed_end);
    writer.word(shard.opened_at.us);
    writer.word(shard.closed_at.us);
    writer.varint(shard.ordinal);
  }
}

[[nodiscard]] bool read_stream(ByteReader& reader, std::uint64_t number, StreamSnapshot& out) {
  const std::uint8_t view = reader.byte();
  if (view > static_cast<std::uint8_t>(StreamViewType::kNewAndOldImages)) return false;
  out.options.view = static_cast<StreamViewType>(view);
  out.options.label = reader.text();
  out.options.salt = reader.word();
  out.options.shards = static_cast<int>(reader.varint());
  out.options.shard_rollover = Duration{reader.signed_word()};
  const std::uint8_t status = reader.byte();
  if (status > static_cast<std::uint8_t>(StreamStatus::kDisabled)) return false;
  out.status = static_cast<StreamStatus>(status);
  out.shards_opened = reader.varint();
  out.next_number = reader.varint();
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    ShardInfo& shard = out.shards.emplace_back();
    shard.id = reader.text();
    if (reader.byte() != 0) shard.parent_id = std::string{reader.text()};
    shard.hash_first = reader.word();
    shard.hash_last = reader.word();
    shard.first_number = reader.varint();
    if (reader.byte() != 0) shard.end_number = reader.varint();
    shard.trimmed_end = reader.varint();
    shard.opened_at.us = reader.signed_word();
    shard.closed_at.us = reader.signed_word();
    shard.ordinal = number >= 3 ? reader.varint() : out.shards.size() - 1;
  }
  return !reader.failed();
}

}  // namespace

void append_structure(std::string& out, const TableSnapshot& table, const RegionNumbers& regions) {
  ByteWriter writer{out};
  writer.byte(static_cast<std::uint8_t>(table.status));
  writer.varint(table.members.size());
  for (const TableCursors::Member& member : table.members) {
    writer.byte(regions.on_disk(member.region));
    writer.varint(member.membership);
  }
  writer.varint(table.backfills.size());
  for (const TableSnapshot::Backfill& backfill : table.backfills) {
    writer.byte(regions.on_disk(backfill.to));
    writer.varint(backfill.next.value());
    writer.word(backfill.items_per_second);
  }
  writer.varint(table.streams.size());
  for (const StreamSnapshot& stream : table.streams) write_stream(writer, stream);
}

bool parse_structure(std::string_view bytes, const RegionNumbers& regions, std::uint64_t number,
                     TableSnapshot& out) {
  ByteReader reader{bytes};
  const std::uint8_t status = reader.byte();
  if (status > static_cast<std::uint8_t>(ReplicaStatus::kDeleting)) return false;
  out.status = static_cast<ReplicaStatus>(status);
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    TableCursors::Member member;
    const bool known = regions.in_memory(reader.byte(), member.region);
    if (number >= 4) member.membership = static_cast<std::uint32_t>(reader.varint());
    if (known) out.members.push_back(member);
  }
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    TableSnapshot::Backfill backfill;
    const bool known = regions.in_memory(reader.byte(), backfill.to);
    backfill.next = KeyId{static_cast<std::uint32_t>(reader.varint())};
    backfill.items_per_second = reader.signed_word();
    if (known) out.backfills.push_back(backfill);
  }
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    if (!read_stream(reader, number, out.streams.emplace_back())) return false;
  }
  return reader.complete();
}

namespace {

void write_attribute(ByteWriter& writer, const KeyAttribute& attribute) {
  writer.text(attribute.name);
  writer.byte(static_cast<std::uint8_t>(attribute.type));
}
[[nodiscard]] KeyAttribute read_attribute(ByteReader& reader) {
  KeyAttribute attribute;
  attribute.name = reader.text();
  attribute.type = static_cast<AttributeType>(reader.byte());
  return attribute;
}

}  // namespace

void append_tables(std::string& out, std::span<const StoredTable> tables) {
  ByteWriter writer{out};
  writer.varint(tables.size());
  for (const StoredTable& table : tables) {
    writer.text(table.name);
    write_attribute(writer, table.key.hash);
    writer.byte(table.key.range ? 1 : 0);
    if (table.key.range) write_attribute(writer, *table.key.range);
    writer.varint(static_cast<std::uint64_t>(table.shards));
    writer.word(table.shard_rollover.count());
    writer.byte(table.ttl ? 1 : 0);
    if (table.ttl) {
      writer.text(table.ttl->attribute);
      writer.word(table.ttl->delay.count());
      writer.byte(table.ttl->every_region ? 1 : 0);
      writer.word(table.ttl->salt);
    }
    writer.byte(table.records_for_backfill ? 1 : 0);
    writer.byte(table.origin_record_time ? 1 : 0);
    writer.byte(table.by_configuration ? 1 : 0);
  }
}

bool parse_tables(std::string_view bytes, std::uint64_t number, std::vector<StoredTable>& out) {
  ByteReader reader{bytes};
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    StoredTable& table = out.emplace_back();
    table.name = reader.text();
    table.key.hash = read_attribute(reader);
    if (reader.byte() != 0) table.key.range = read_attribute(reader);
    if (number < 6) continue;  // the configuration names it
    table.shards = static_cast<int>(std::clamp<std::uint64_t>(reader.varint(), 1, 1000));
    table.shard_rollover = Duration{std::max<std::int64_t>(reader.signed_word(), 1)};
    if (reader.byte() != 0) {
      TtlOptions& ttl = table.ttl.emplace();
      ttl.attribute = reader.text();
      ttl.delay = Duration{reader.signed_word()};
      ttl.every_region = reader.byte() != 0;
      ttl.salt = reader.word();
    }
    table.records_for_backfill = reader.byte() != 0;
    table.origin_record_time = reader.byte() != 0;
    table.by_configuration = reader.byte() != 0;
  }
  return reader.complete();
}

void append_names(std::string& out, std::span<const std::string> names) {
  ByteWriter writer{out};
  writer.varint(names.size());
  for (const std::string& name : names) writer.text(name);
}

bool parse_names(std::string_view bytes, std::vector<std::string>& out) {
  ByteReader reader{bytes};
  for (std::uint64_t count = reader.varint(); count > 0 && !reader.failed(); --count) {
    out.emplace_back(reader.text());
  }
  return reader.complete();
}

}  // namespace gtsim::format
