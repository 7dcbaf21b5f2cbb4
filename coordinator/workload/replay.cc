#include "coordinator/workload/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <iterator>

#include "coordinator/language/text_forms.h"
#include "coordinator/workload/replay_json.h"
#include "coordinator/workload/replay_records.h"
#include "coordinator/workload/replay_text.h"
#include "coordinator/workload/replay_trace.h"
#include "region-node/base/check.h"

namespace gtsim::replay {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDiagnostics = 20;
// About a kilobyte each: what a machine of ordinary size can hold.
constexpr std::size_t kMaxWrites = 5'000'000;

class Reader {
 public:
  Reader(const ReplaySpec& spec, const Scenario& scenario) : spec_(spec), scenario_(scenario) {}

  ReplayOrErrors read(ByteSource& source) {
    if (spec_.format == ReplaySpec::Format::kTrace) {
      read_trace(source);
    } else {
      read_records(source);
    }
    if (diagnostics_.empty() && writes_.empty()) fail({0, 0}, "the file holds no writes");
    if (diagnostics_.empty()) place_in_time();
    if (!diagnostics_.empty()) return std::move(diagnostics_);
    return std::move(writes_);
  }

  ReplayOrErrors refuse(std::string_view message) {
    fail({0, 0}, message);
    return std::move(diagnostics_);
  }

 private:
  // False when enough has been told.
  bool fail(SourcePosition position, std::string_view message) {
    diagnostics_.push_back({spec_.path, position, printable(message)});
    if (diagnostics_.size() < kMaxDiagnostics) return true;
    diagnostics_.back().message += " (the rest of the file was not read)";
    return false;
  }

  bool fail_in(const Piece& piece, std::string_view message) {
    return fail(position_in(piece, find_place(piece.text, message)), message);
  }

  bool has_room(SourcePosition position) {
    if (writes_.size() < kMaxWrites) return true;
    fail(position, fmt::format("more than {} writes; replay them in parts", kMaxWrites));
    return false;
  }

  void read_trace(ByteSource& source) {
    const auto lines = read_lines(source);
    while (true) {
      const PieceOrFault next = lines->next();
      if (std::holds_alternative<std::monostate>(next)) return;
      if (const Fault* fault = std::get_if<Fault>(&next)) {
        if (!fail(fault->position, fault->message)) return;
        continue;
      }
      const Piece& line = std::get<Piece>(next);
      if (!has_room(line.position) || !read_line(line)) return;
    }
  }

  bool read_line(const Piece& line) {
    const auto parsed = parse_json(line);
    if (const Fault* fault = std::get_if<Fault>(&parsed)) {
      return fail(fault->position, fault->message);
    }
    if (const std::string twice = find_duplicate(line.text); !twice.empty()) {
      return fail_in(line, twice + ": the member is given twice");
    }
    auto write = read_trace_line(std::get<json::value>(parsed), spec_, scenario_);
    if (!write) return fail_in(line, write.error().detail);
    write->line = line.position.line;
    writes_.push_back(std::move(*write));
    return true;
  }

  void read_records(ByteSource& source) {
    if (!spec_.region) {
      fail({0, 0}, "records need a `region`");
      return;
    }
    if (!spec_.table && scenario_.tables.size() != 1) {
      fail({0, 0}, "records need a `table`; the scenario has several");
      return;
    }
    const auto documents = read_documents(source);
    while (true) {
      const PieceOrFault next = documents->next();
      if (std::holds_alternative<std::monostate>(next)) return;
      if (const Fault* fault = std::get_if<Fault>(&next)) {
        if (!fail(fault->position, fault->message)) return;
        continue;
      }
      const Piece& document = std::get<Piece>(next);
      const auto parsed = parse_json(document);
      if (const Fault* fault = std::get_if<Fault>(&parsed)) {
        // Where the next value starts is anybody's guess now.
        fail(fault->position, fault->message);
        return;
      }
      if (!read_document(document, std::get<json::value>(parsed))) return;
    }
  }

  // One record, an array of them, or an object with the array `Records`.
  bool read_document(const Piece& document, const json::value& value) {
    const JsonPath root("");
    const JsonPath records = root.member("Records");
    if (const json::array* array = value.if_array()) return read_array(document, *array, root);
    const json::object* object = value.if_object();
    if (object == nullptr) {
      return fail_in(document,
                     wrong_kind(root, "a stream record or an object with Records", value).detail);
    }
    if (const json::value* held = object->if_contains("Records")) {
      const json::array* array = held->if_array();
      if (array == nullptr) {
        return fail_in(document, wrong_kind(records, "an array of stream records", *held).detail);
      }
      return read_array(document, *array, records);
    }
    if (!object->contains("eventName") && !object->contains("dynamodb")) {
      return fail_in(document,
                     "expected a stream record or an object with Records, found an object "
                     "that is neither");
    }
    return read_one(document, value, root, document.position);
  }

  bool read_array(const Piece& document, const json::array& array, const JsonPath& path) {
    const std::vector<std::size_t> offsets = element_offsets(document.text, "Records");
    CHECK(offsets.size() == array.size());
    Piece rest = document;
    std::size_t passed = 0;
    for (std::size_t i = 0; i < array.size(); ++i) {
      rest = {document.text.substr(offsets[i]), position_in(rest, offsets[i] - passed)};
      passed = offsets[i];
      if (!read_one(document, array[i], path.element(i), rest.position)) return false;
    }
    return true;
  }

  bool read_one(const Piece& document, const json::value& value, const JsonPath& path,
                SourcePosition position) {
    if (!has_room(position)) return false;
    const TableId table = spec_.table.value_or(TableId{0});
    auto record = read_record(value, path, table, scenario_.tables[table.index()].key);
    if (!record) return fail_in(document, record.error().detail);
    ReplayWrite& write = writes_.emplace_back();
    write.region = *spec_.region;
    write.writes.push_back(std::move(record->write));
    write.line = position.line;
    recorded_.push_back({record->created_at, std::move(record->sequence_number), recorded_.size()});
    return true;
  }

  void place_in_time() {
    if (spec_.format == ReplaySpec::Format::kRecords) order_records();
    std::stable_sort(writes_.begin(), writes_.end(),
                     [](const ReplayWrite& a, const ReplayWrite& b) { return a.at < b.at; });
    for (ReplayWrite& write : writes_) {
      const double us = static_cast<double>(write.at.count()) / spec_.speed;
      if (!(us <= static_cast<double>(language::kLongestDuration.count()))) {
        fail({write.line, 1}, fmt::format("the write comes more than {} after the first one",
                                          to_text(language::kLongestDuration)));
        return;
      }
      write.at = spec_.start + Duration{std::llround(us)};
    }
  }

  // By time, then by sequence number: all records of one item are of one lineage of shards, where
  // the numbers rise, while shards may stand in the file in any order.
  void order_records() {
    const WallTime first =
        std::min_element(recorded_.begin(), recorded_.end(), earlier)->created_at;
    std::stable_sort(recorded_.begin(), recorded_.end(), [](const Recorded& a, const Recorded& b) {
      if (a.created_at != b.created_at) return a.created_at < b.created_at;
      return sequence_before(a.sequence_number, b.sequence_number);
    });
    std::vector<ReplayWrite> ordered;
    ordered.reserve(writes_.size());
    for (const Recorded& recorded : recorded_) {
      ReplayWrite& write = ordered.emplace_back(std::move(writes_[recorded.index]));
      write.at = recorded.created_at - first;
    }
    writes_ = std::move(ordered);
  }

  struct Recorded {
    WallTime created_at;
    std::string sequence_number;
    std::size_t index = 0;  // into writes_
  };
  static bool earlier(const Recorded& a, const Recorded& b) { return a.created_at < b.created_at; }

  const ReplaySpec& spec_;
  const Scenario& scenario_;
  std::vector<Diagnostic> diagnostics_;
  std::vector<ReplayWrite> writes_;
  std::vector<Recorded> recorded_;  // only of records; beside writes_
};

}  // namespace
}  // namespace gtsim::replay

namespace gtsim {

ReplayOrErrors read_replay(const ReplaySpec& spec, const Scenario& scenario) {
  replay::Reader reader(spec, scenario);
  auto source = replay::open_file(spec.path);
  if (!source) return reader.refuse(source.error().detail);
  return reader.read(**source);
}

ReplayOrErrors read_replay_text(std::string_view text, const ReplaySpec& spec,
                                const Scenario& scenario) {
  const auto source = replay::read_from_memory(text);
  return replay::Reader(spec, scenario).read(*source);
}

ReplayOrErrors read_replays(const Scenario& scenario) {
  std::vector<ReplayWrite> all;
  for (const ReplaySpec& spec : scenario.replay) {
    auto read = read_replay(spec, scenario);
    if (auto* errors = std::get_if<std::vector<Diagnostic>>(&read)) return std::move(*errors);
    auto& writes = std::get<std::vector<ReplayWrite>>(read);
    all.insert(all.end(), std::make_move_iterator(writes.begin()),
               std::make_move_iterator(writes.end()));
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const ReplayWrite& a, const ReplayWrite& b) { return a.at < b.at; });
  return all;
}

}  // namespace gtsim
