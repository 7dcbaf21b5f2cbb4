// Counts of a run, kept as it goes: writes by outcome, records by event and origin, conflicts by
// who won and who lost, lag per link, and the history digest.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "coordinator/check/conflict.h"
#include "coordinator/cluster/cluster.h"
#include "region-node/base/hash.h"
#include "region-node/base/lag_histogram.h"

namespace gtsim {

struct WriteCounts {
  std::array<std::uint64_t, kWriteOutcomeCount> by_outcome{};
  std::uint64_t effective = 0;  // single items changed
};

class Statistics final : public ClusterObserver, public ConflictListener {
 public:
  Statistics(std::size_t regions, std::size_t tables);

  void on_write(Instant now, const WriteEvent& event) override;
  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;
  void on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) override;
  void on_discard(Instant now, const Discard& discard) override;
  void on_conflict(Instant now, const Conflict& conflict) override;
  void on_lost_write(Instant now, const Conflict& lost) override;

  [[nodiscard]] const WriteCounts& writes(RegionId region, TableId table) const {
    return writes_[region.index() * tables_ + table.index()];
  }
  // Records in `region`'s stream of writes made in `origin`.
  struct RecordCounts {
    std::array<std::uint64_t, 3> by_event{};  // by EventName
    std::array<std::uint64_t, 3> with_ttl_identity{};
  };
  [[nodiscard]] const RecordCounts& records(RegionId region, TableId table, RegionId origin) const {
    return records_[(region.index() * tables_ + table.index()) * regions_ + origin.index()];
  }
  struct ConflictCounts {
    std::uint64_t conflicts = 0;          // writes that a newer one was not built on
    std::uint64_t lost = 0;               // of these, nobody built on them
    std::uint64_t lost_acknowledged = 0;  // of these, the writer had been told "ok"
    std::uint64_t discarded = 0;          // changes that arrived too late to be applied
  };
  [[nodiscard]] const ConflictCounts& conflicts(TableId table, RegionId winner,
                                                RegionId loser) const {
    return conflicts_[conflict_index(table, winner, loser)];
  }
  [[nodiscard]] const LagHistogram& lag(RegionId from, RegionId to) const {
    return lag_[from.index() * regions_ + to.index()];
  }
  [[nodiscard]] Instant last_write() const { return last_write_; }
  [[nodiscard]] Instant last_arrival() const { return last_arrival_; }  // of a replicated change
  // Of every record, reply, quiet apply, discard and lost write so far.
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }

 private:
  [[nodiscard]] std::size_t conflict_index(TableId table, RegionId winner, RegionId loser) const {
    return (table.index() * regions_ + winner.index()) * regions_ + loser.index();
  }

  std::size_t regions_;
  std::size_t tables_;
  std::vector<WriteCounts> writes_;
  std::vector<RecordCounts> records_;
  std::vector<ConflictCounts> conflicts_;
  std::vector<LagHistogram> lag_;
  Instant last_write_;
  Instant last_arrival_;
  Digest digest_;
};

}  // namespace gtsim
