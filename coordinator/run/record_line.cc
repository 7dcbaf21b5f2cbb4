#include "coordinator/run/record_line.h"

#include "region-node/stream/record_json.h"

namespace gtsim {

RecordPrinter::RecordPrinter(const Scenario& scenario, Cluster& cluster)
    : scenario_(scenario), cluster_(cluster) {
  for (const RegionSpec& region : scenario.regions) region_names_.push_back(region.name);
}

std::size_t RecordPrinter::append_lines(std::string& out, RegionId region, TableId table,
                                        const StreamRecord& record) const {
  const StreamView view = cluster_.stream(region, table);
  const std::string& name = region_names_[region.index()];
  const TableSpec& spec = scenario_.tables[table.index()];
  const std::string arn = stream_arn(name, spec.name, view.stream->label());
  const std::uint64_t hash = cluster_.keys(table).partition_hash(record.key);
  const RecordContext context{name,          arn,  *view.stream,
                              region_names_, true, view.stream->shard_id(record.number, hash)};
  RecordPresenter presenter(spec.record_profile, view.stream->view(), region_names_);
  const auto shown = presenter.present(record, cluster_.keys(table).bytes(record.key));
  for (const RecordView& one : shown) {
    append_record_json(out, one, context, RecordForm::kGetRecords);
    out += '\n';
  }
  return shown.size();
}

}  // namespace gtsim
