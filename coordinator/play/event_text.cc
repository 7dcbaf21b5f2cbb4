#include "coordinator/play/event_text.h"

#include <fmt/format.h>

#include <iterator>

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

const char* kind_name(const Operation& operation) {
  switch (operation.kind) {
    case WriteKind::kPut:
      return "put";
    case WriteKind::kUpdate:
      return "update";
    case WriteKind::kDelete:
      return "delete";
    case WriteKind::kCheck:
      return "check";
  }
  return "";
}

std::string seconds(Instant now) {
  return fmt::format("{}.{:06}", now.us / 1'000'000, now.us % 1'000'000);
}

std::string line_start(Instant now, const std::string& region) {
  return fmt::format("{:>14}s  {:<15} ", seconds(now), region);
}

}  // namespace

std::string EventText::key_json(TableId table, KeyId key) const {
  std::string out;
  append_item_json(out, cluster_.keys(table).bytes(key));
  return out;
}

std::string EventText::version_text(Version version) const {
  if (!version.ever_written()) return "nothing";
  return fmt::format("{} of {}", to_iso8601(version.timestamp, 6), name(version.origin));
}

void EventText::start(std::string& out, Instant now, RegionId region, const char* event) const {
  fmt::format_to(std::back_inserter(out), R"({{"at":{},"region":"{}","event":"{}")", seconds(now),
                 name(region), event);
}

void EventText::add_key(std::string& out, TableId table, KeyId key) const {
  fmt::format_to(std::back_inserter(out), R"(,"table":"{}","key":)",
                 scenario_.tables[table.index()].name);
  append_item_json(out, cluster_.keys(table).bytes(key));
}

void EventText::add_version(std::string& out, const char* member, Version version) const {
  if (!version.ever_written()) return;
  fmt::format_to(std::back_inserter(out), R"(,"{}":{{"timestamp":"{}","region":"{}"}})", member,
                 to_iso8601(version.timestamp, 6), name(version.origin));
}

void EventText::write_json(std::string& out, Instant now, const WriteEvent& event) const {
  for (std::size_t i = 0; i < event.operations.size(); ++i) {
    start(out, now, event.region, "write");
    fmt::format_to(std::back_inserter(out), R"(,"kind":"{}","outcome":"{}")",
                   kind_name(event.operations[i]), to_text(event.outcome));
    if (event.transaction) out += R"(,"transaction":true)";
    add_key(out, event.operations[i].table, event.operations[i].key);
    if (i < event.results.size()) {
      out += event.results[i].changed ? R"(,"changed":true)" : R"(,"changed":false)";
      add_version(out, "version", event.results[i].version);
    }
    if (!event.detail.empty()) {
      out += R"(,"detail":)";
      append_json_string(out, event.detail);
    }
    out += "}\n";
  }
}

void EventText::record_json(std::string& out, Instant now, RegionId region,
                            const EmittedRecord& emitted) const {
  const StreamRecord& record = emitted.record;
  start(out, now, region, "record");
  fmt::format_to(std::back_inserter(out), R"(,"name":"{}","origin":"{}")", to_text(record.event),
                 to_text(record.origin));
  if (record.ttl_identity) out += R"(,"ttl":true)";
  if (!emitted.in_stream) out += R"(,"stream":false)";
  add_key(out, emitted.table, record.key);
  add_version(out, "version", record.version);
  out += "}\n";
}

void EventText::quiet_apply_json(std::string& out, Instant now, RegionId region,
                                 const QuietApply& apply) const {
  start(out, now, region, apply.backfill ? "backfill" : "apply");
  add_key(out, apply.table, apply.key);
  add_version(out, "version", apply.version);
  out += "}\n";
}

void EventText::discard_json(std::string& out, Instant now, const Discard& discard) const {
  start(out, now, discard.region, "discarded");
  add_key(out, discard.table, discard.key);
  add_version(out, "winner", discard.held);
  add_version(out, "loser", discard.discarded);
  out += "}\n";
}

void EventText::lost_write_json(std::string& out, Instant now, const Conflict& lost) const {
  start(out, now, lost.loser.origin, "overwritten");
  add_key(out, lost.table, lost.key);
  add_version(out, "winner", lost.winner);
  add_version(out, "loser", lost.loser);
  fmt::format_to(std::back_inserter(out), R"(,"margin_us":{},"loser_acknowledged":{}}})",
                 lost.margin().count(), lost.acknowledged);
  out += '\n';
}

void EventText::note_json(std::string& out, Instant now, std::string_view text) const {
  fmt::format_to(std::back_inserter(out), R"({{"at":{},"event":"note","text":)", seconds(now));
  append_json_string(out, text);
  out += "}\n";
}

std::string EventText::write_line(Instant now, const WriteEvent& event, std::size_t part) const {
  std::string line = line_start(now, name(event.region));
  line += fmt::format("{}{}: {}", event.transaction ? "transaction, " : "",
                      kind_name(event.operations[part]), to_text(event.outcome));
  if (part < event.results.size()) {
    line += event.results[part].changed ? ", version " + version_text(event.results[part].version)
                                        : std::string{", nothing changed"};
  }
  return line;
}

std::string EventText::record_line(Instant now, RegionId region,
                                   const EmittedRecord& emitted) const {
  const StreamRecord& record = emitted.record;
  return fmt::format("{}record {} {}{}, version {}", line_start(now, name(region)),
                     to_text(record.event), to_text(record.origin),
                     record.ttl_identity ? " (TTL)" : "", version_text(record.version));
}

std::string EventText::quiet_apply_line(Instant now, RegionId region,
                                        const QuietApply& apply) const {
  return fmt::format("{}{}, version {}", line_start(now, name(region)),
                     apply.backfill ? "back-filled" : "applied, the item looks the same",
                     version_text(apply.version));
}

std::string EventText::discard_line(Instant now, const Discard& discard) const {
  return fmt::format("{}discarded: {} against {}", line_start(now, name(discard.region)),
                     version_text(discard.discarded), version_text(discard.held));
}

std::string EventText::lost_write_line(Instant now, const Conflict& lost) const {
  return fmt::format("{}lost write: {}, overwritten unseen by {}",
                     line_start(now, name(lost.loser.origin)), version_text(lost.loser),
                     version_text(lost.winner));
}

std::string EventText::note_line(Instant now, std::string_view text) const {
  return fmt::format("{:>14}s  -- {}", seconds(now), text);
}

}  // namespace gtsim
