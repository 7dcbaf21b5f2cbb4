#include "coordinator/live/region_mirror.h"

#include <fmt/format.h>

#include "region-node/base/hash.h"

namespace gtsim {

RegionMirror::RegionMirror(std::size_t tables, std::vector<bool> keep_records) : tables_(tables) {
  for (std::size_t i = 0; i < tables; ++i) tables_[i].keep_records = keep_records[i];
}

std::uint64_t RegionMirror::digest_of(const StreamRecord& record, std::uint64_t partition_hash) {
  Digest digest;
  digest.add(partition_hash);
  digest.add(record.new_image.hash());
  digest.add(record.old_image.hash());
  digest.add(static_cast<std::uint64_t>(record.version.timestamp.us));
  digest.add(record.version.origin.value());
  digest.add(static_cast<std::uint64_t>(record.event));
  digest.add(static_cast<std::uint64_t>(record.origin) << 1 | (record.ttl_identity ? 1 : 0));
  return digest.value();
}

Result<void> RegionMirror::apply(const EmittedRecord& emitted, std::uint64_t partition_hash) {
  Table& table = tables_[emitted.table.index()];
  const StreamRecord& record = emitted.record;
  if (emitted.in_stream) {
    Stream* current = stream(emitted.table);
    if (current == nullptr || !current->accepts_records()) {
      return Error{Errc::kInput, "it tells a record of a stream that it has not told of"};
    }
    if (record.number != current->next_number()) {
      return Error{Errc::kInput, fmt::format("it tells record {} of a stream, {} was to come",
                                             record.number, current->next_number())};
    }
    StreamRecord copy = record;
    current->append(copy, partition_hash);
    table.digests.push_back({digest_of(record, partition_hash), record.appended_at});
    if (record.appended_at >= table.trim_at) trim(table, *current, record.appended_at);
  }
  table.items.put(record.key, {record.new_image, record.version, true});
  return {};
}

// What the node itself cannot show any more. A stream without roll-overs is told of by its records
// only, so they are what the time is taken from.
void RegionMirror::trim(Table& table, Stream& current, Instant now) {
  constexpr Duration kTrimInterval{60'000'000};
  table.trim_at = now + kTrimInterval;
  static_cast<void>(current.trim(now));
  while (!table.digests.empty() && table.digests.front().appended_at + kStreamRetention < now) {
    table.digests.pop_front();
    ++table.digests_first;
  }
}

void RegionMirror::apply(const QuietApply& apply) {
  tables_[apply.table.index()].items.put(apply.key, {apply.image, apply.version, true});
}

Result<void> RegionMirror::apply(const StreamFact& fact) {
  Table& table = tables_[fact.table.index()];
  if (fact.kind == StreamFact::Kind::kStarted) {
    StreamOptions options = fact.options;
    options.keep_records = table.keep_records;
    table.streams.push_back(
        std::make_unique<Stream>(std::move(options), fact.moment.now, fact.moment.clock));
    table.digests.clear();
    table.digests_first = 0;
    return {};
  }
  Stream* current = stream(fact.table);
  if (current == nullptr) {
    return Error{Errc::kInput, "it tells of a change to a stream that it has not told of"};
  }
  switch (fact.kind) {
    case StreamFact::Kind::kSplit:
      current->split(fact.partition_hash, fact.moment.now, fact.moment.clock);
      break;
    case StreamFact::Kind::kRolledOver:
      static_cast<void>(current->maintain(fact.moment.now, fact.moment.clock));
      break;
    case StreamFact::Kind::kStopping:
      if (current->accepts_records()) current->start_disabling(fact.moment.now);
      break;
    case StreamFact::Kind::kStopped:
      if (current->accepts_records()) current->start_disabling(fact.moment.now);
      current->finish_disabling();
      break;
    case StreamFact::Kind::kEnabled:
      current->finish_enabling();
      break;
    case StreamFact::Kind::kStarted:
      break;
  }
  return {};
}

void RegionMirror::drop(TableId table) {
  tables_[table.index()].items.clear();
}

}  // namespace gtsim
