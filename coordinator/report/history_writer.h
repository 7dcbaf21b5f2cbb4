// Writes a run's history, its streams and its conflicts into the run folder while the run goes on.
#pragma once

#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/play/event_text.h"
#include "coordinator/run/record_line.h"
#include "region-node/file/output_file.h"

namespace gtsim {

class HistoryWriter final : public ClusterObserver, public ConflictListener {
 public:
  // In auto mode each file ends, with a line that says so, after this many lines.
  static constexpr std::uint64_t kAutoLines = 200'000;

  HistoryWriter(const Scenario& scenario, Cluster& cluster, HistoryMode mode,
                const std::string& folder);

  void on_write(Instant now, const WriteEvent& event) override;
  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;
  void on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) override;
  void on_discard(Instant now, const Discard& discard) override;
  void on_lost_write(Instant now, const Conflict& lost) override;
  void on_region_state(Instant now, RegionId region, RegionState state) override;
  void on_replica_status(Instant now, RegionId region, TableId table,
                         ReplicaStatus status) override;
  void on_note(Instant now, std::string_view text) override;

  // Ends every file. The first error of any, or empty.
  [[nodiscard]] std::string close();

 private:
  struct Output {
    OutputFile file;
    std::uint64_t lines = 0;
    bool full = false;
  };
  [[nodiscard]] bool accepts(Output& output, std::uint64_t lines);
  void write_conflict_line();  // line_

  const Scenario& scenario_;
  HistoryMode mode_;
  std::string folder_;
  EventText text_;
  RecordPrinter printer_;
  Output history_;
  Output conflicts_;
  std::vector<Output> streams_;  // [region * tables + table]
  std::string line_;
};

}  // namespace gtsim
