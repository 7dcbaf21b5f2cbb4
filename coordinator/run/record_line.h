// A record of a cluster's stream as one line of JSON, with the origin tag.
#pragma once

#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"

namespace gtsim {

class RecordPrinter {
 public:
  RecordPrinter(const Scenario& scenario, Cluster& cluster);
  // In the form of GetRecords, without a line end. REQUIRES: the stream the record was appended to
  // is the table's current one.
  void append(std::string& out, RegionId region, TableId table, const StreamRecord& record) const;

 private:
  const Scenario& scenario_;
  Cluster& cluster_;
  std::vector<std::string> region_names_;
};

}  // namespace gtsim
