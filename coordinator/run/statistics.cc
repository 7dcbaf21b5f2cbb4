#include "coordinator/run/statistics.h"

namespace gtsim {
namespace {

// Marks of the kinds of events in the digest, so that none can pass for another.
enum : std::uint64_t { kWriteMark = 1, kRecordMark, kQuietMark, kDiscardMark, kLostMark };

std::uint64_t word(std::uint64_t mark, RegionId region, TableId table, std::uint64_t rest) {
  return (mark << 60) | (std::uint64_t{region.value()} << 48) |
         (std::uint64_t{table.value()} << 40) | rest;
}

std::uint64_t version_word(Version version) {
  return (static_cast<std::uint64_t>(version.timestamp.us) << 8) ^ version.origin.value();
}

}  // namespace

Statistics::Statistics(std::size_t regions, std::size_t tables)
    : regions_(regions),
      tables_(tables),
      writes_(regions * tables),
      records_(regions * tables * regions),
      conflicts_(tables * regions * regions),
      lag_(regions * regions) {}

void Statistics::on_write(Instant now, const WriteEvent& event) {
  const TableId table = event.operations.front().table;
  WriteCounts& counts = writes_[event.region.index() * tables_ + table.index()];
  ++counts.by_outcome[static_cast<std::size_t>(event.outcome)];
  digest_.add(word(kWriteMark, event.region, table, static_cast<std::uint64_t>(event.outcome)));
  digest_.add(static_cast<std::uint64_t>(now.us));
  for (std::size_t i = 0; i < event.results.size(); ++i) {
    if (!event.results[i].changed) continue;
    ++writes_[event.region.index() * tables_ + event.operations[i].table.index()].effective;
    last_write_ = now;
  }
}

void Statistics::on_record(Instant now, RegionId region, const EmittedRecord& emitted) {
  const StreamRecord& record = emitted.record;
  const auto event = static_cast<std::size_t>(record.event);
  digest_.add(word(kRecordMark, region, emitted.table,
                   (std::uint64_t{record.key.value()} << 8) | (event << 4) |
                       (static_cast<std::uint64_t>(record.origin) << 1) |
                       (record.ttl_identity ? 1 : 0)));
  digest_.add(static_cast<std::uint64_t>(now.us) ^ (record.number << 40));
  digest_.add(version_word(record.version));
  digest_.add(record.new_image.hash());
  if (emitted.in_stream) {
    RecordCounts& counts = records_[(region.index() * tables_ + emitted.table.index()) * regions_ +
                                    record.version.origin.index()];
    ++counts.by_event[event];
    if (record.ttl_identity) ++counts.with_ttl_identity[event];
  }
  if (record.version.origin != region) {
    lag_[record.version.origin.index() * regions_ + region.index()].add(now - emitted.committed_at);
    last_arrival_ = now;
  }
}

void Statistics::on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) {
  digest_.add(word(kQuietMark, region, apply.table, apply.key.value()));
  digest_.add(static_cast<std::uint64_t>(now.us));
  digest_.add(version_word(apply.version));
  last_arrival_ = now;
}

void Statistics::on_discard(Instant now, const Discard& discard) {
  digest_.add(word(kDiscardMark, discard.region, discard.table, discard.key.value()));
  digest_.add(version_word(discard.held));
  digest_.add(version_word(discard.discarded));
  ++conflicts_[conflict_index(discard.table, discard.held.origin, discard.discarded.origin)]
        .discarded;
  last_arrival_ = now;
}

void Statistics::on_conflict(Instant, const Conflict& conflict) {
  ++conflicts_[conflict_index(conflict.table, conflict.winner.origin, conflict.loser.origin)]
        .conflicts;
}

void Statistics::on_lost_write(Instant, const Conflict& lost) {
  digest_.add(word(kLostMark, lost.loser.origin, lost.table, lost.key.value()));
  digest_.add(version_word(lost.winner));
  digest_.add(version_word(lost.loser));
  ConflictCounts& counts =
      conflicts_[conflict_index(lost.table, lost.winner.origin, lost.loser.origin)];
  ++counts.lost;
  if (lost.acknowledged) ++counts.lost_acknowledged;
}

}  // namespace gtsim
