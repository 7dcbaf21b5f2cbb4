#include "coordinator/play/story.h"

#include <fmt/format.h>

namespace gtsim {

void Story::add(std::string line) {
  lines_.push_back(std::move(line));
  if (lines_.size() <= kMostLines) return;
  lines_.pop_front();
  ++left_out_;
}

void Story::on_write(Instant now, const WriteEvent& event) {
  for (std::size_t i = 0; i < event.operations.size(); ++i) {
    if (event.operations[i].table == table_ && event.operations[i].key == key_) {
      add(text_.write_line(now, event, i));
    }
  }
}

void Story::on_record(Instant now, RegionId region, const EmittedRecord& emitted) {
  if (emitted.table == table_ && emitted.record.key == key_) {
    add(text_.record_line(now, region, emitted));
  }
}

void Story::on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) {
  if (apply.table == table_ && apply.key == key_) add(text_.quiet_apply_line(now, region, apply));
}

void Story::on_discard(Instant now, const Discard& discard) {
  if (discard.table == table_ && discard.key == key_) add(text_.discard_line(now, discard));
}

void Story::on_lost_write(Instant now, const Conflict& lost) {
  if (lost.table == table_ && lost.key == key_) add(text_.lost_write_line(now, lost));
}

void Story::on_note(Instant now, std::string_view text) {
  add(text_.note_line(now, text));
}

std::vector<std::string> Story::lines() const {
  std::vector<std::string> all;
  if (left_out_ > 0) all.push_back(fmt::format("({} earlier events left out)", left_out_));
  all.insert(all.end(), lines_.begin(), lines_.end());
  return all;
}

}  // namespace gtsim
