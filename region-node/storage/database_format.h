// What a region's database looks like. Keys begin with a letter for the kind of entry; numbers in
// keys are big-endian, so that LevelDB's byte order is their order.
//
//   F                                    -> format, cluster, region (format.number, text, text)
//   N                                    -> names of regions, in the order in which they were met
//   T                                    -> definitions of tables, by table number
//   P                                    -> where everything is: the latest instant that was used,
//                                           the first journal entry that is not confirmed and the
//                                           next, the cursors (of log, stream and peers) of the
//                                           first 16 tables: nearly all of a node's writes move
//                                           those of few, and an entry costs more than bytes
//   k table:2 key:4                      -> partition hash:8, key bytes
//   i table:2 key:4                      -> item:   flags, version, size, image
//   l table:2 position:8                 -> changes from that position on, of one group of commits;
//                                           each: flags, versions, committed at, key, size, image
//   r table:2 stream:2 shard:4 number:8  -> record: flags, versions, times, key, new, old image
//   p table:2                            -> cursors of another table
//   s table:2                            -> structure: status, members, streams and their shards
//   c table:2                            -> control plane: members, operations (control_format.h)
//   j number:8                           -> journal entry, as the coordinator is sent it
//
//   version := region:1 (its place in N, plus one; 0: never written) timestamp:8
//
// An entry's number of a region is its place in N, so that adding a region renumbers nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/ids.h"
#include "region-node/replication/change.h"
#include "region-node/stream/record.h"
#include "region-node/table/store.h"
#include "region-node/table/table_definition.h"
#include "region-node/table_storage.h"

namespace gtsim::format {

// 7 added to the cursors what has come of each lane beyond what has come of all. 6 added what a
// table is besides its name and its key, because tables come that no configuration names, and the
// write capacity to the control plane's entry; before it P had the cursors of all tables, however
// many. 5 added settings to the control plane's entry, and how long each part of an operation
// takes. 4 added the control plane's entry, and to each member which of its memberships it is. 3
// added the ordinal of a shard. An older directory is taken over when it is opened: in format 2 no
// shard has ever left its stream, so that a shard's place in the list is its ordinal; before format
// 4 every membership was the first, and other members were told by whoever ordered, not by the
// region.
inline constexpr std::uint64_t kNumber = 7;
inline constexpr std::uint64_t kOldestNumber = 2;

// Between the numbers of regions on disk and in memory.
class RegionNumbers {
 public:
  // `names`: by RegionId index. `known`: the names on disk, in their order; new ones are appended.
  RegionNumbers(std::span<const std::string> names, std::vector<std::string> known);
  [[nodiscard]] const std::vector<std::string>& known() const { return known_; }
  [[nodiscard]] std::uint8_t on_disk(RegionId region) const { return on_disk_[region.index()]; }
  // False: a region that the configuration does not name any more.
  [[nodiscard]] bool in_memory(std::uint8_t number, RegionId& out) const;

 private:
  std::vector<std::string> known_;
  std::vector<std::uint8_t> on_disk_;  // by RegionId index
  std::vector<RegionId> in_memory_;    // by number on disk
  std::vector<bool> has_in_memory_;
};

// --- Keys
[[nodiscard]] std::string table_prefix(char kind, TableId table);
[[nodiscard]] std::string key_key(TableId table, KeyId key);
[[nodiscard]] std::string item_key(TableId table, KeyId key);
[[nodiscard]] std::string log_key(TableId table, std::uint64_t position);
[[nodiscard]] std::string record_key(TableId table, std::size_t stream, std::size_t shard,
                                     std::uint64_t number);
[[nodiscard]] std::string journal_key(std::uint64_t number);
// The number at the end of a key. REQUIRES: the key is long enough.
[[nodiscard]] std::uint32_t last_32(std::string_view key);
[[nodiscard]] std::uint64_t last_64(std::string_view key);

// --- Values. Decoding returns false for anything but what encoding makes.
void append_item(std::string& out, const StoredItem& item, const RegionNumbers& regions);
[[nodiscard]] bool parse_item(std::string_view bytes, const RegionNumbers& regions,
                              StoredItem& out);
void append_change(std::string& out, const Change& change, const RegionNumbers& regions);
// Takes one change off the front of `bytes`.
[[nodiscard]] bool parse_change(std::string_view& bytes, const RegionNumbers& regions, Change& out);
void append_record(std::string& out, const StreamRecord& record, const RegionNumbers& regions);
[[nodiscard]] bool parse_record(std::string_view bytes, const RegionNumbers& regions,
                                StreamRecord& out);
// Only when it was appended, without the rest.
[[nodiscard]] bool parse_record_age(std::string_view bytes, Instant& out);

// Positions of log, stream and members.
void append_cursors(std::string& out, const TableCursors& cursors, const RegionNumbers& regions);
// `number`: the format of the directory.
[[nodiscard]] bool parse_cursors(std::string_view bytes, const RegionNumbers& regions,
                                 std::uint64_t number, TableCursors& out);
// The rest of it.
void append_structure(std::string& out, const TableSnapshot& table, const RegionNumbers& regions);
// `number`: the format of the directory, kOldestNumber to kNumber.
[[nodiscard]] bool parse_structure(std::string_view bytes, const RegionNumbers& regions,
                                   std::uint64_t number, TableSnapshot& out);

inline constexpr std::size_t kTablesInPositions = 16;

struct Positions {
  Instant latest_instant{0};
  std::uint64_t journal_first = 0;
  std::uint64_t journal_end = 0;
};
// `cursors`: by TableId index, encoded; empty: none yet.
void append_positions(std::string& out, const Positions& positions,
                      std::span<const std::string> cursors);
[[nodiscard]] bool parse_positions(std::string_view bytes, Positions& out,
                                   std::vector<std::string>& cursors);

struct StoredTable : TableDefinition {
  bool by_configuration = true;  // false: it came at run time, or became another one then
};
void append_tables(std::string& out, std::span<const StoredTable> tables);
// `number`: the format of the directory.
[[nodiscard]] bool parse_tables(std::string_view bytes, std::uint64_t number,
                                std::vector<StoredTable>& out);

void append_names(std::string& out, std::span<const std::string> names);
[[nodiscard]] bool parse_names(std::string_view bytes, std::vector<std::string>& out);

}  // namespace gtsim::format
