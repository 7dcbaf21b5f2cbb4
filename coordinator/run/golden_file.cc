#include "coordinator/run/golden_file.h"

#include <fmt/format.h>

namespace gtsim {
namespace {

// Removes `"name":"...",` wherever it stands; no such value holds a quote.
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

GoldenFile::GoldenFile(std::string path, std::string whose, bool update,
                       std::unique_ptr<KeptLines> file)
    : path_(std::move(path)), whose_(std::move(whose)), update_(update), file_(std::move(file)) {
  if (!file_ || !file_->readable()) difference_ = fmt::format("{}: cannot be read", path_);
}

std::string GoldenFile::comparable(std::string record) {
  remove_member(record, "eventID");
  remove_member(record, "SequenceNumber");
  remove_member(record, "shardId");
  return record;
}

std::optional<std::string> GoldenFile::next_expected() {
  while (auto line = file_->next()) {
    ++line_number_;
    if (!line->empty()) return line;
  }
  return std::nullopt;
}

void GoldenFile::line(std::string_view line) {
  ++lines_;
  const std::string found = comparable(std::string{line});
  if (update_) {
    kept_ += found;
    kept_ += '\n';
  }
  if (!difference_.empty()) return;
  const auto expected = next_expected();
  if (!expected) {
    difference_ = fmt::format("{} ends after {} lines, {} goes on with\n    {}", path_,
                              line_number_, whose_, found);
  } else if (comparable(*expected) != found) {
    difference_ = fmt::format("{}:{}: expected\n    {}\n  {} has\n    {}", path_, line_number_,
                              comparable(*expected), whose_, found);
  }
}

std::string GoldenFile::finish() {
  if (difference_.empty()) {
    if (const auto rest = next_expected()) {
      difference_ = fmt::format("{}:{}: {} ended before this line\n    {}", path_, line_number_,
                                whose_, *rest);
    }
  }
  if (!update_ || difference_.empty()) return difference_;
  const std::string error = file_ ? file_->replace(kept_) : "this run has no files";
  if (!error.empty()) difference_ += "\n  and it could not be rewritten: " + error;
  return difference_;
}

}  // namespace gtsim
