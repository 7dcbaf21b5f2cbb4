#include "coordinator/run/golden_stream.h"

namespace gtsim {

void GoldenStream::on_record(Instant, RegionId region, const EmittedRecord& emitted) {
  if (region != region_ || emitted.table != table_ || !emitted.in_stream) return;
  lines_.clear();
  printer_.append_lines(lines_, region, emitted.table, emitted.record);
  for (std::size_t from = 0; from < lines_.size();) {
    const std::size_t end = lines_.find('\n', from);
    file_.line(std::string_view{lines_}.substr(from, end - from));
    from = end + 1;
  }
}

}  // namespace gtsim
