// The always-on checks. Independent of the code under test: it works from what it hears (replies,
// records, quiet applies, discards) and shares nothing with the replica but the record types.
// Incremental: its memory is a few words per key and region plus what is in flight, however long
// the run.
//
// What is checked, by the names that messages use:
// - one-application-record: an effective write has exactly one APPLICATION record, at home
// - content: the record shows what the writer asked for, by a slow evaluation of its own
// - condition: a write that was carried out had a condition that held
// - order: versions of one key in one region only rise, numbers of a stream are dense
// - old-image: each OldImage is the previous NewImage of that key in that region
// - event: INSERT, MODIFY, REMOVE say what happened to the local table; no record without change
// - origin: APPLICATION only at home, REPLICATION never at home, TTL identity only where TTL ran
// - replicated: a REPLICATION record tells a write that its origin made, once, in its order
// - lost-change: a change was passed over although the region holds nothing newer
// - settled: every position of every log is settled once in every member, by a record, a quiet
//   apply or a discard that is told
// - expiry: what TTL deletes was due; nothing that is overdue is left at the end
// - discard: a discarded change was really not newer than what is held
// - retention: a read from the trim horizon gives every record of the last 24 hours, no older one
// - crash: after a restart the table is what its stream and its acknowledged writes say
// - storage: what a region's disk gives back is what was put there
// - rebuild: replaying a region's stream gives its table
// - convergence: after quiescence all regions hold the same versions and images
// - surviving-version: the surviving version of a key is the largest acknowledged one
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "coordinator/check/ancestry.h"
#include "coordinator/check/conflict.h"
#include "coordinator/check/packed_version.h"
#include "coordinator/check/violation.h"
#include "coordinator/cluster/cluster.h"
#include "region-node/base/large_vector.h"
#include "region-node/base/ring_queue.h"

namespace gtsim {

class Checker final : public ClusterObserver {
 public:
  Checker(const Scenario& scenario, Cluster& cluster);

  void on_write(Instant now, const WriteEvent& event) override;
  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;
  void on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) override;
  void on_discard(Instant now, const Discard& discard) override;
  void on_region_state(Instant now, RegionId region, RegionState state) override;
  void on_replica_status(Instant now, RegionId region, TableId id, ReplicaStatus status) override;
  void on_stream_status(Instant now, RegionId region, TableId id, StreamStatus status) override;
  void on_time_to_live(Instant now, RegionId region, TableId id,
                       const std::optional<std::string>& attribute) override;
  void on_stream_read(Instant now, RegionId region, TableId id,
                      std::span<const StreamRecord* const> records) override;
  void on_storage_mismatch(Instant now, RegionId region, TableId id, KeyId key,
                           const std::string& text) override {
    fail("storage", text, now, region, id, key);
  }

  // Hears the conflict ledger.
  void add_listener(ConflictListener* listener) { listeners_.push_back(listener); }

  // After quiescence.
  void check_end(Instant now);
  // Nothing will be written any more: what is in conflict now is lost.
  void close_ledger(Instant now);

  // The first violation stops the run (Cluster::stop()).
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }

 private:
  using PackedVersion = gtsim::PackedVersion;
  static constexpr PackedVersion kNothing = kNothingPacked;
  // What a region's stream says about a key.
  struct RegionKey {
    PackedVersion version = kNothing;
    std::uint64_t image_hash = 0;  // 0: no item
  };
  // A write as its origin told it; waits until every other member has passed it.
  struct Written {
    PackedVersion version;
    std::uint64_t image_hash;
    PackedVersion parent;
    KeyId key;
    std::uint32_t back : 31;  // to the previous write of this key in this log; 0: none
    bool acknowledged : 1;    // its writer was told "ok"
  };
  struct OriginLog {
    RingQueue<Written> entries;
    std::uint64_t first = 0;            // position of entries.front()
    std::vector<std::uint64_t> passed;  // by RegionId index: the first position not passed yet
    // By RegionId index; only where changes go in several lanes: later positions that are passed.
    std::vector<std::set<std::uint64_t>> beyond;
  };
  // An APPLICATION record whose reply is still to come; both happen at one instant unless the disk
  // is slow.
  struct Unanswered {
    PackedVersion version;
    std::uint64_t position;  // in the region's log
    KeyId key;
    Image before;
    Image after;
  };
  struct RegionTable {
    bool member = false;
    bool joining = false;  // CREATING: may be told what had been settled before it joined
    bool joined = false;   // once: the items it was filled with need no fact of their own
    // By RegionId index of the origin: what was written there before this one was ACTIVE may have
    // come with the items it was filled with.
    std::vector<std::uint64_t> filled_until;
    std::uint64_t next_number = 0;
    std::optional<std::string> ttl_attribute;
    // Only of streams that the scenario reads back: when each record of the last 24 hours was told.
    bool read_back = false;
    RingQueue<Instant> told_at;
    RingQueue<Unanswered> unanswered;
    // Coalesced or joining: passed over now, must be covered later.
    std::map<KeyId, PackedVersion> owed;
    // Where order is kept for each item alone: changes that the copy it was filled with had left
    // behind, which may come later, and be told if something newer is there by then.
    std::set<std::pair<KeyId, PackedVersion>> may_come_late;
  };
  class Ledger;
  struct Table {
    LargeVector<RegionKey> keys;  // [key * regions + region]
    // [key * (regions + 1)]: the largest acknowledged version, then by region one past the latest
    // position of the key in the region's log. Together because both are wanted where a write is
    // made.
    LargeVector<std::uint64_t> written;
    std::size_t key_count = 0;  // that have room
    std::unique_ptr<Ledger> ledger;
    std::vector<OriginLog> logs;       // by RegionId index
    std::vector<RegionTable> regions;  // by RegionId index
  };

  [[nodiscard]] Table& table(TableId id) { return tables_[id.index()]; }
  // By RegionId index.
  [[nodiscard]] std::span<RegionKey> row(Table& table, KeyId key) {
    if (key.index() >= table.key_count) [[unlikely]]
      make_room(table, key);
    return {&table.keys[key.index() * region_count_], region_count_};
  }
  [[nodiscard]] RegionKey& at(Table& table, RegionId region, KeyId key) {
    return row(table, key)[region.index()];
  }
  // The conflicts of one table.
  class Ledger final : public AncestryListener {
   public:
    Ledger(Checker& checker, TableId table) : ancestry(*this), checker_(checker), table_(table) {}
    void on_conflict(KeyId key, PackedVersion winner, PackedVersion loser) override;
    void on_lost(KeyId key, PackedVersion winner, PackedVersion loser, bool acknowledged) override;

    Ancestry ancestry;

   private:
    Checker& checker_;
    TableId table_;
  };

  void make_room(Table& table, KeyId key) const;
  // A write entered its region's log; it is not in the key's row yet.
  void trace(Table& table, KeyId key, const Written& written);
  // Valid until the next call.
  [[nodiscard]] std::span<const TracedWrite> line_of(Table& table, KeyId key, PackedVersion newest);
  void raise_floor(Table& table, KeyId key, PackedVersion before);
  void check_content(Instant now, RegionId region, const Operation& operation,
                     const Unanswered& told);
  void check_expiry(Instant now, RegionId region, TableId id, const StreamRecord& record);
  void check_nothing_overdue(Instant now, TableId id);
  [[nodiscard]] Duration ttl_delay(TableId id) const;
  [[nodiscard]] PackedVersion& largest(Table& table, KeyId key) const {
    return table.written[key.index() * (region_count_ + 1)];
  }
  [[nodiscard]] std::uint64_t& own_end(Table& table, RegionId region, KeyId key) const {
    return table.written[key.index() * (region_count_ + 1) + 1 + region.index()];
  }
  void raise_largest(Table& table, KeyId key, PackedVersion version) const {
    PackedVersion& known = largest(table, key);
    known = std::max(known, version);
  }
  void settle(Instant now, TableId id, RegionId region, RegionId origin, KeyId key,
              PackedVersion version, std::optional<std::uint64_t> image_hash);
  // The same where order is kept for each item alone.
  void settle_by_key(Instant now, TableId id, RegionId region, RegionId origin, KeyId key,
                     PackedVersion version, std::optional<std::uint64_t> image_hash);
  [[nodiscard]] bool has_lanes() const { return scenario_.replication.lanes > 1; }
  // Whether the region may pass the change without a word, because it came with what it was filled
  // with.
  [[nodiscard]] bool came_with_copy(Table& table, RegionId region, RegionId origin,
                                    std::uint64_t position);
  // A later change came first. False: that is a violation.
  bool pass_over(Instant now, TableId id, RegionId region, RegionId origin, std::uint64_t position);
  [[nodiscard]] bool is_passed(const OriginLog& log, RegionId region,
                               std::uint64_t position) const {
    return position < log.passed[region.index()] ||
           (has_lanes() && log.beyond[region.index()].contains(position));
  }
  void trim(Table& table, OriginLog& log);
  [[nodiscard]] static bool is_anywhere(const Table& table);
  void check_table_against_stream(Instant now, RegionId region, TableId id, const char* check);
  void check_owed(Instant now, RegionId region, TableId id);
  void fail(const char* check, std::string message, Instant now, RegionId region, TableId table,
            KeyId key, const StreamRecord* record = nullptr);
  [[nodiscard]] const std::string& name(RegionId region) const {
    return scenario_.regions[region.index()].name;
  }
  [[nodiscard]] std::string describe(Version version) const;
  [[nodiscard]] std::string describe(PackedVersion version) const {
    return describe(unpack(version));
  }

  const Scenario& scenario_;
  Cluster& cluster_;
  std::size_t region_count_;
  std::vector<Table> tables_;
  std::vector<TracedWrite> open_writes_;  // of line_of()
  std::vector<ConflictListener*> listeners_;
  std::vector<RegionState> states_;  // by RegionId index
  Instant now_;                      // of the call under way
  std::optional<Violation> violation_;
};

}  // namespace gtsim
