#include "coordinator/run/record_line.h"

#include "region-node/stream/record_json.h"

namespace gtsim {

RecordPrinter::RecordPrinter(const Scenario& scenario, Cluster& cluster)
    : scenario_(scenario), cluster_(cluster) {
  for (const RegionSpec& region : scenario.regions) region_names_.push_back(region.name);
}

void RecordPrinter::append(std::string& out, RegionId region, TableId table,
                           const StreamRecord& record) const {
  const StreamView view = cluster_.stream(region, table);
  const std::string& name = region_names_[region.index()];
  const std::string arn =
      stream_arn(name, scenario_.tables[table.index()].name, view.stream->label());
  const RecordContext context{name, arn, *view.stream, region_names_, /*with_origin=*/true};
  append_record_json(out, record, cluster_.keys(table).bytes(record.key), context,
                     RecordForm::kGetRecords);
}

}  // namespace gtsim
