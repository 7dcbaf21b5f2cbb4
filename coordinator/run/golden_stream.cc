#include "coordinator/run/golden_stream.h"

#include <fmt/format.h>

namespace gtsim {
namespace {

// Removes `"name":"...",` wherever it stands; neither value holds a quote.
void remove_member(std::string& line, std::string_view name) {
  const std::string start = fmt::format("\"{}\":\"", name);
  const std::size_t from = line.find(start);
  if (from == std::string::npos) return;
  const std::size_t quote = line.find('"', from + start.size());
  if (quote == std::string::npos) return;
  const std::size_t end = quote + 1 < line.size() && line[quote + 1] == ',' ? quote + 2 : quote + 1;
  line.erase(from, end - from);
}

}  // namespace

GoldenStream::GoldenStream(const Scenario& scenario, Cluster& cluster, RegionId region,
                           TableId table, const std::string& path)
    : printer_(scenario, cluster), region_(region), table_(table), path_(path), file_(path) {
  if (!file_) difference_ = fmt::format("{}: cannot be read", path);
}

std::string GoldenStream::comparable(std::string line) {
  remove_member(line, "eventID");
  remove_member(line, "SequenceNumber");
  return line;
}

bool GoldenStream::next_line(std::string& line) {
  while (std::getline(file_, line)) {
    ++line_number_;
    if (!line.empty()) return true;
  }
  return false;
}

void GoldenStream::on_record(Instant, RegionId region, const EmittedRecord& emitted) {
  if (region != region_ || emitted.table != table_ || !emitted.in_stream) return;
  lines_.clear();
  printer_.append_lines(lines_, region, emitted.table, emitted.record);
  std::size_t from = 0;
  while (difference_.empty() && from < lines_.size()) {
    const std::size_t end = lines_.find('\n', from);
    compare(lines_.substr(from, end - from));
    from = end + 1;
  }
}

void GoldenStream::compare(std::string line) {
  line = comparable(std::move(line));
  std::string expected;
  if (!next_line(expected)) {
    difference_ = fmt::format("{} ends after {} records, the stream goes on with\n    {}", path_,
                              line_number_, line);
  } else if (comparable(expected) != line) {
    difference_ = fmt::format("{}:{}: expected\n    {}\n  the stream has\n    {}", path_,
                              line_number_, comparable(expected), line);
  }
}

std::string GoldenStream::difference(bool at_end) {
  std::string rest;
  if (difference_.empty() && at_end && next_line(rest)) {
    difference_ = fmt::format("{}:{}: the stream ended before this record", path_, line_number_);
  }
  return difference_;
}

}  // namespace gtsim
