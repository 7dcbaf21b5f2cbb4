// Compares a region's stream, record by record as it grows, with a golden file of JSON Lines.
#pragma once

#include <string>

#include "coordinator/cluster/cluster.h"
#include "coordinator/run/golden_file.h"
#include "coordinator/run/record_line.h"

namespace gtsim {

class GoldenStream final : public ClusterObserver {
 public:
  GoldenStream(const Scenario& scenario, Cluster& cluster, RegionId region, TableId table,
               GoldenFile& file)
      : printer_(scenario, cluster), region_(region), table_(table), file_(file) {}

  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;

 private:
  RecordPrinter printer_;
  RegionId region_;
  TableId table_;
  GoldenFile& file_;
  std::string lines_;
};

}  // namespace gtsim
