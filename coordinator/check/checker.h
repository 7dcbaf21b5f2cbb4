// The always-on checks. Independent of the code under test: it works from what it hears (replies,
// records, quiet applies, discards) and shares nothing with the replica but the record types.
// Incremental: its memory is a few words per key and region plus what is in flight, however long
// the run.
//
// What is checked, by the names that messages use:
// - one-application-record: an effective write has exactly one APPLICATION record, at home
// - content: the record shows what the writer asked for
// - order: versions of one key in one region only rise, numbers of a stream are dense
// - old-image: each OldImage is the previous NewImage of that key in that region
// - event: INSERT, MODIFY, REMOVE say what happened to the local table; no record without change
// - origin: APPLICATION only at home, REPLICATION never at home, TTL identity only where TTL ran
// - replicated: a REPLICATION record tells a write that its origin made, once, in its order
// - lost-change: a change was passed over although the region holds nothing newer
// - discard: a discarded change was really not newer than what is held
// - retention: a read from the trim horizon gives every record of the last 24 hours, no older one
// - crash: after a restart the table is what its stream and its acknowledged writes say
// - rebuild: replaying a region's stream gives its table
// - convergence: after quiescence all regions hold the same versions and images
// - surviving-version: the surviving version of a key is the largest acknowledged one
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/check/packed_version.h"
#include "coordinator/check/violation.h"
#include "coordinator/cluster/cluster.h"
#include "region-node/base/ring_queue.h"

namespace gtsim {

class Checker final : public ClusterObserver {
 public:
  Checker(const Scenario& scenario, Cluster& cluster);

  void on_write(Instant now, const WriteEvent& event) override;
  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;
  void on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) override;
  void on_conflict(Instant now, const Conflict& conflict) override;
  void on_region_state(Instant now, RegionId region, RegionState state) override;
  void on_replica_status(Instant now, RegionId region, TableId id, ReplicaStatus status) override;
  void on_stream_status(Instant now, RegionId region, TableId id, StreamStatus status) override;
  void on_stream_read(Instant now, RegionId region, TableId id,
                      std::span<const StreamRecord* const> records) override;

  // After quiescence.
  void check_end(Instant now);

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
    KeyId key;
  };
  struct OriginLog {
    RingQueue<Written> entries;
    std::uint64_t first = 0;            // position of entries.front()
    std::vector<std::uint64_t> passed;  // by RegionId index: the first position not passed yet
  };
  // An APPLICATION record whose reply is still to come; both happen at one instant unless the disk
  // is slow.
  struct Unanswered {
    PackedVersion version;
    std::uint64_t image_hash;
    KeyId key;
  };
  struct RegionTable {
    bool member = false;
    bool joining = false;  // CREATING: may be told what had been settled before it joined
    std::uint64_t next_number = 0;
    // Only of streams that the scenario reads back: when each record of the last 24 hours was told.
    bool read_back = false;
    RingQueue<Instant> told_at;
    RingQueue<Unanswered> unanswered;
    // Coalesced or joining: passed over now, must be covered later.
    std::map<KeyId, PackedVersion> owed;
  };
  struct Table {
    std::vector<RegionKey> keys;         // [key * regions + region]
    std::vector<PackedVersion> largest;  // by key: the largest acknowledged version
    std::vector<OriginLog> logs;         // by RegionId index
    std::vector<RegionTable> regions;    // by RegionId index
  };

  [[nodiscard]] Table& table(TableId id) { return tables_[id.index()]; }
  [[nodiscard]] RegionKey& at(Table& table, RegionId region, KeyId key) {
    if (key.index() >= table.largest.size()) [[unlikely]]
      make_room(table, key);
    return table.keys[key.index() * region_count_ + region.index()];
  }
  void make_room(Table& table, KeyId key) const;
  static void raise_largest(Table& table, KeyId key, PackedVersion version) {
    if (version > table.largest[key.index()]) table.largest[key.index()] = version;
  }
  void settle(Instant now, TableId id, RegionId region, RegionId origin, KeyId key,
              PackedVersion version, std::optional<std::uint64_t> image_hash);
  void trim(Table& table, OriginLog& log);
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
  std::optional<Violation> violation_;
};

}  // namespace gtsim
