#include "coordinator/report/history_writer.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace gtsim {

HistoryWriter::HistoryWriter(const Scenario& scenario, Cluster& cluster, HistoryMode mode,
                             const std::string& folder)
    : scenario_(scenario),
      mode_(mode),
      folder_(folder),
      text_(scenario, cluster),
      printer_(scenario, cluster),
      streams_(scenario.regions.size() * scenario.tables.size()) {
  std::error_code code;
  std::filesystem::create_directories(folder + "/streams", code);
  history_.file.open(folder + "/history.jsonl");
  conflicts_.file.open(folder + "/conflicts.jsonl");
}

bool HistoryWriter::accepts(Output& output, std::uint64_t lines) {
  if (output.full) return false;
  if (mode_ == HistoryMode::kAuto && output.lines + lines > kAutoLines) {
    output.full = true;
    output.file.write(
        fmt::format("{{\"event\":\"truncated\",\"after_lines\":{},\"hint\":\"history: full keeps "
                    "everything\"}}\n",
                    output.lines));
    return false;
  }
  output.lines += lines;
  return true;
}

void HistoryWriter::on_write(Instant now, const WriteEvent& event) {
  if (!accepts(history_, event.operations.size())) return;
  line_.clear();
  text_.write_json(line_, now, event);
  history_.file.write(line_);
}

void HistoryWriter::on_record(Instant now, RegionId region, const EmittedRecord& emitted) {
  if (accepts(history_, 1)) {
    line_.clear();
    text_.record_json(line_, now, region, emitted);
    history_.file.write(line_);
  }
  if (!emitted.in_stream) return;
  Output& stream = streams_[region.index() * scenario_.tables.size() + emitted.table.index()];
  if (!stream.file.is_open() && stream.lines == 0) {
    stream.file.open(fmt::format("{}/streams/{}.{}.jsonl", folder_,
                                 scenario_.regions[region.index()].name,
                                 scenario_.tables[emitted.table.index()].name));
  }
  if (stream.full) return;
  line_.clear();
  const std::size_t lines = printer_.append_lines(line_, region, emitted.table, emitted.record);
  if (accepts(stream, lines)) stream.file.write(line_);
}

void HistoryWriter::on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) {
  if (!accepts(history_, 1)) return;
  line_.clear();
  text_.quiet_apply_json(line_, now, region, apply);
  history_.file.write(line_);
}

void HistoryWriter::on_discard(Instant now, const Discard& discard) {
  line_.clear();
  text_.discard_json(line_, now, discard);
  write_conflict_line();
}

void HistoryWriter::on_lost_write(Instant now, const Conflict& lost) {
  line_.clear();
  text_.lost_write_json(line_, now, lost);
  write_conflict_line();
}

void HistoryWriter::write_conflict_line() {
  if (accepts(history_, 1)) history_.file.write(line_);
  if (accepts(conflicts_, 1)) conflicts_.file.write(line_);
}

void HistoryWriter::on_region_state(Instant now, RegionId region, RegionState state) {
  const char* what = state == RegionState::kUp     ? "up"
                     : state == RegionState::kDown ? "down"
                                                   : "frozen";
  on_note(now, fmt::format("{} is {}", text_.name(region), what));
}

void HistoryWriter::on_replica_status(Instant now, RegionId region, TableId table,
                                      ReplicaStatus status) {
  on_note(now, fmt::format("{} in {} is {}", scenario_.tables[table.index()].name,
                           text_.name(region), to_text(status)));
}

void HistoryWriter::on_note(Instant now, std::string_view text) {
  if (!accepts(history_, 1)) return;
  line_.clear();
  text_.note_json(line_, now, text);
  history_.file.write(line_);
}

std::string HistoryWriter::close() {
  std::string error;
  const auto close_one = [&error](Output& output) {
    if (!output.file.close() && error.empty()) error = output.file.error();
  };
  close_one(history_);
  close_one(conflicts_);
  for (Output& stream : streams_) close_one(stream);
  return error;
}

}  // namespace gtsim
