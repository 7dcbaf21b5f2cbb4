// Compares a region's stream, record by record as it grows, with a golden file of JSON Lines.
// eventID and SequenceNumber are left out on both sides: they differ from seed to seed and carry no
// behaviour.
#pragma once

#include <fstream>
#include <string>

#include "coordinator/cluster/cluster.h"
#include "coordinator/run/record_line.h"

namespace gtsim {

class GoldenStream final : public ClusterObserver {
 public:
  GoldenStream(const Scenario& scenario, Cluster& cluster, RegionId region, TableId table,
               const std::string& path);

  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;

  // Empty when all is equal so far; `at_end` also asks whether the file has more.
  [[nodiscard]] std::string difference(bool at_end);
  [[nodiscard]] std::uint64_t compared() const { return line_number_; }

  // The line without what a golden file leaves out.
  [[nodiscard]] static std::string comparable(std::string line);

 private:
  void compare(std::string line);
  [[nodiscard]] bool next_line(std::string& line);

  RecordPrinter printer_;
  RegionId region_;
  TableId table_;
  std::string path_;
  std::ifstream file_;
  std::string lines_;
  std::uint64_t line_number_ = 0;
  std::string difference_;
};

}  // namespace gtsim
