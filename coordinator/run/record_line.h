// A record of a cluster's stream as lines of JSON, with the origin tag.
#pragma once

#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"

namespace gtsim {

class RecordPrinter {
 public:
  RecordPrinter(const Scenario& scenario, Cluster& cluster);
  // In the form of GetRecords; one line, or two under the record profile 2017. Returns how many.
  // REQUIRES: the stream the record was appended to is the table's current one.
  std::size_t append_lines(std::string& out, RegionId region, TableId table,
                           const StreamRecord& record) const;

 private:
  const Scenario& scenario_;
  Cluster& cluster_;
  std::vector<std::string> region_names_;
};

}  // namespace gtsim
