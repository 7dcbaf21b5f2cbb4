#include "coordinator/check/checker.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtsim {

namespace {

void drop_older_than_retention(RingQueue<Instant>& told_at, Instant now) {
  while (!told_at.empty() && told_at.front() + kStreamRetention < now) told_at.pop_front();
}

}  // namespace

Checker::Checker(const Scenario& scenario, Cluster& cluster)
    : scenario_(scenario),
      cluster_(cluster),
      region_count_(scenario.regions.size()),
      states_(region_count_, RegionState::kUp) {
  tables_.resize(scenario.tables.size());
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    Table& table = tables_[i];
    table.logs.resize(region_count_);
    table.regions.resize(region_count_);
    table.ledger = std::make_unique<Ledger>(*this, TableId{static_cast<std::uint16_t>(i)});
    for (OriginLog& log : table.logs) {
      log.passed.assign(region_count_, 0);
      log.beyond.resize(region_count_);
    }
    for (const RegionId region : scenario.tables[i].regions) {
      table.regions[region.index()].member = true;
    }
    for (RegionTable& region : table.regions) {
      if (scenario.tables[i].ttl) region.ttl_attribute = scenario.tables[i].ttl->attribute;
    }
  }
  for (const Expectation& expectation : scenario.expect) {
    if (const auto* read = std::get_if<StreamReadExpectation>(&expectation.kind)) {
      tables_[read->table.index()].regions[read->region.index()].read_back = true;
    }
  }
}

std::string Checker::describe(Version version) const {
  if (!version.ever_written()) return "nothing";
  return fmt::format("{} of {}", to_iso8601(version.timestamp, 6), name(version.origin));
}

void Checker::fail(const char* check, std::string message, Instant now, RegionId region,
                   TableId table, KeyId key, const StreamRecord* record) {
  if (violation_) return;
  violation_ = Violation{check, std::move(message), now, region, table, key, std::nullopt};
  if (record != nullptr) violation_->record = *record;
  cluster_.stop();
}

void Checker::make_room(Table& table, KeyId key) const {
  const std::size_t larger = std::max<std::size_t>(1024, key.index() + key.index() / 2 + 1);
  table.keys.resize(larger * region_count_);
  table.written.resize(larger * (region_count_ + 1));
  table.key_count = larger;
}

void Checker::on_record(Instant now, RegionId region, const EmittedRecord& emitted) {
  if (violation_) return;
  const StreamRecord& record = emitted.record;
  Table& table = this->table(emitted.table);
  RegionTable& here = table.regions[region.index()];
  RegionKey& known = at(table, region, record.key);
  const auto wrong = [&](const char* check, std::string message) {
    fail(check, std::move(message), now, region, emitted.table, record.key, &record);
  };

  if (emitted.in_stream && record.number != here.next_number) {
    return wrong("order", fmt::format("record number {} follows {}", record.number,
                                      static_cast<std::int64_t>(here.next_number) - 1));
  }
  if (emitted.in_stream) ++here.next_number;
  if (emitted.in_stream && here.read_back) {
    drop_older_than_retention(here.told_at, now);
    here.told_at.push_back(record.appended_at);
  }
  const PackedVersion version = pack(record.version);
  if (version <= known.version) {
    return wrong("order", fmt::format("a record of version {} follows one of {}", describe(version),
                                      describe(known.version)));
  }
  if (record.old_image.hash() != known.image_hash) {
    return wrong("old-image", known.image_hash == 0
                                  ? "OldImage is there, but the item did not exist before"
                                  : "OldImage is not the previous NewImage of this key");
  }
  const EventName expected = !record.old_image   ? EventName::kInsert
                             : !record.new_image ? EventName::kRemove
                                                 : EventName::kModify;
  if (record.event != expected) {
    return wrong("event", fmt::format("{} where the local table saw {}", to_text(record.event),
                                      to_text(expected)));
  }
  if (record.new_image.hash() == record.old_image.hash()) {
    return wrong("event", "a record for a write that changed nothing");
  }
  const bool home = record.version.origin == region;
  // A replica that comes back may be filled with what was written here in its earlier life.
  const bool returned = home && here.joining && record.origin == OriginKind::kReplication;
  if (!returned && home != (record.origin == OriginKind::kApplication)) {
    return wrong("origin", fmt::format("tag {} in {} on a write of {}", to_text(record.origin),
                                       name(region), name(record.version.origin)));
  }
  if (record.ttl_identity && !home) {
    return wrong("origin", "a replicated delete carries the TTL identity");
  }

  if (record.ttl_identity) check_expiry(now, region, emitted.table, record);
  if (violation_) return;

  now_ = now;
  if (home && !returned) {
    OriginLog& log = table.logs[region.index()];
    const std::uint64_t position = log.first + log.entries.size();
    std::uint64_t& own_end = this->own_end(table, region, record.key);
    const std::uint64_t back = own_end > log.first ? position + 1 - own_end : 0;
    log.entries.push_back({version, record.new_image.hash(), pack(record.old_version), record.key,
                           back <= INT32_MAX ? static_cast<std::uint32_t>(back) : 0U, false});
    own_end = position + 1;
    log.passed[region.index()] = position + 1;
    trace(table, record.key, log.entries.back());
    if (log.entries.size() == 1) trim(table, log);  // else somebody lags behind, as before
    if (record.ttl_identity) {
      raise_largest(table, record.key, version);  // the service answers nobody
    } else {
      here.unanswered.push_back(
          {version, position, record.key, record.old_image, record.new_image});
    }
  } else if (!home) {
    settle(now, emitted.table, region, record.version.origin, record.key, version,
           record.new_image.hash());
  }
  const PackedVersion before = std::exchange(known.version, version);
  known.image_hash = record.new_image.hash();
  raise_floor(table, record.key, before);
}

void Checker::on_write(Instant now, const WriteEvent& event) {
  if (violation_) return;
  for (std::size_t i = 0; i < event.results.size(); ++i) {
    const Operation& operation = event.operations[i];
    const OperationResult& result = event.results[i];
    if (!result.changed) continue;
    Table& table = this->table(operation.table);
    RegionTable& here = table.regions[event.region.index()];
    static_cast<void>(at(table, event.region, operation.key));  // makes room for the key
    const PackedVersion version = pack(result.version);
    if (is_anywhere(table)) raise_largest(table, operation.key, version);
    if (here.unanswered.empty() || here.unanswered.front().key != operation.key ||
        here.unanswered.front().version != version) {
      return fail(
          "one-application-record",
          fmt::format("the write of version {} was acknowledged without its APPLICATION record",
                      describe(version)),
          now, event.region, operation.table, operation.key);
    }
    const Unanswered told = std::move(here.unanswered.front());
    here.unanswered.pop_front();
    if (event.outcome == WriteOutcome::kOk) {
      OriginLog& log = table.logs[event.region.index()];
      // Live, every other region may have passed the write before its answer is heard of.
      if (told.position >= log.first) log.entries[told.position - log.first].acknowledged = true;
      table.ledger->ancestry.on_acknowledged(operation.key, version);
    }
    check_content(now, event.region, operation, told);
    if (violation_) return;
  }
  if (event.results.empty() && event.outcome != WriteOutcome::kOk && event.reached_region) {
    // A refused write leaves no trace. With a slow disk other writes may be waiting for their
    // replies.
    if (scenario_.regions[event.region.index()].fsync.count() > 0) return;
    for (const Operation& operation : event.operations) {
      RegionTable& here = table(operation.table).regions[event.region.index()];
      if (here.unanswered.empty()) continue;
      return fail(
          "one-application-record",
          fmt::format("a write that was refused ({}) has left a record", to_text(event.outcome)),
          now, event.region, operation.table, here.unanswered.front().key);
    }
  }
}

// What a replica was filled with passes without a word when it comes once more.
bool Checker::came_with_copy(Table& table, RegionId region, RegionId origin,
                             std::uint64_t position) {
  const RegionTable& here = table.regions[region.index()];
  const OriginLog& log = table.logs[origin.index()];
  const Written& written = log.entries[position - log.first];
  const PackedVersion held = at(table, region, written.key).version;
  const bool before_active =
      origin.index() < here.filled_until.size() && position < here.filled_until[origin.index()];
  const bool filled = here.joined && (held == written.version || before_active);
  return held >= written.version && (filled || here.joining);
}

bool Checker::pass_over(Instant now, TableId id, RegionId region, RegionId origin,
                        std::uint64_t position) {
  Table& table = this->table(id);
  RegionTable& here = table.regions[region.index()];
  const OriginLog& log = table.logs[origin.index()];
  const Written& written = log.entries[position - log.first];
  const PackedVersion held = at(table, region, written.key).version;
  if (came_with_copy(table, region, origin, position)) return true;
  if (held >= written.version && scenario_.replication.coalesce.count() == 0) {
    fail("settled",
         fmt::format("the change {} was passed over in {} without a record, a quiet apply or a "
                     "discard",
                     describe(written.version), name(region)),
         now, region, id, written.key);
    return false;
  }
  if (held >= written.version) return true;
  if (here.joining || scenario_.replication.coalesce.count() > 0) {
    PackedVersion& owed = here.owed[written.key];
    owed = std::max(owed, written.version);
    return true;
  }
  fail("lost-change",
       fmt::format("the change {} was passed over, and {} holds only {}", describe(written.version),
                   name(region), describe(held)),
       now, region, id, written.key);
  return false;
}

// `region` has applied or discarded the change: everything before it in the origin's order has been
// passed.
void Checker::settle(Instant now, TableId id, RegionId region, RegionId origin, KeyId key,
                     PackedVersion version, std::optional<std::uint64_t> image_hash) {
  if (has_lanes()) return settle_by_key(now, id, region, origin, key, version, image_hash);
  Table& table = this->table(id);
  OriginLog& log = table.logs[origin.index()];
  std::uint64_t& passed = log.passed[region.index()];
  const std::uint64_t end = log.first + log.entries.size();
  std::uint64_t position = std::max(passed, log.first);
  for (; position < end; ++position) {
    const Written& written = log.entries[position - log.first];
    if (written.key == key && written.version == version) break;
  }
  if (position == end) {
    // A joining replica may be told what the others had settled before it was there.
    if (table.regions[region.index()].joining) return;
    return fail(
        "replicated",
        fmt::format("{} has no pending write of version {} for this key: it was never made, or it "
                    "comes twice or out of order",
                    name(origin), describe(version)),
        now, region, id, key);
  }
  if (image_hash && *image_hash != log.entries[position - log.first].image_hash) {
    return fail("content", "the replicated item is not what its origin wrote", now, region, id,
                key);
  }
  for (std::uint64_t skipped = std::max(passed, log.first); skipped < position; ++skipped) {
    if (!pass_over(now, id, region, origin, skipped)) return;
  }
  const bool was_last = passed <= log.first;
  passed = position + 1;
  if (was_last) trim(table, log);
}

// Along the writes of the key, from the newest back.
void Checker::settle_by_key(Instant now, TableId id, RegionId region, RegionId origin, KeyId key,
                            PackedVersion version, std::optional<std::uint64_t> image_hash) {
  Table& table = this->table(id);
  OriginLog& log = table.logs[origin.index()];
  std::set<std::uint64_t>& beyond = log.beyond[region.index()];
  std::uint64_t end = own_end(table, origin, key);  // one past the write that is looked at; 0: none
  const auto older = [&](std::uint64_t of) -> std::uint64_t {
    const std::uint32_t back = log.entries[of - 1 - log.first].back;
    return back == 0 ? 0 : of - back;
  };
  bool newer_passed = false;
  while (end > log.first && log.entries[end - 1 - log.first].version != version) {
    newer_passed = newer_passed || is_passed(log, region, end - 1);
    end = older(end);
  }
  const bool is_pending = end > log.first && !newer_passed && !is_passed(log, region, end - 1);
  if (!is_pending) {
    if (table.regions[region.index()].may_come_late.erase({key, version}) != 0) return;
    // A joining replica may be told what the others had settled before it was there.
    if (table.regions[region.index()].joining) return;
    return fail(
        "replicated",
        fmt::format("{} has no pending write of version {} for this key: it was never made, or it "
                    "comes twice or out of order",
                    name(origin), describe(version)),
        now, region, id, key);
  }
  const std::uint64_t position = end - 1;
  if (image_hash && *image_hash != log.entries[position - log.first].image_hash) {
    return fail("content", "the replicated item is not what its origin wrote", now, region, id,
                key);
  }
  for (end = older(end); end > log.first && !is_passed(log, region, end - 1); end = older(end)) {
    if (!pass_over(now, id, region, origin, end - 1)) return;
    beyond.insert(end - 1);
  }
  beyond.insert(position);
  std::uint64_t& passed = log.passed[region.index()];
  const bool was_last = passed <= log.first;
  passed = std::max(passed, log.first);
  const std::uint64_t log_end = log.first + log.entries.size();
  for (; passed < log_end; ++passed) {
    if (beyond.erase(passed) != 0) continue;
    if (!came_with_copy(table, region, origin, passed)) break;
    const Written& written = log.entries[passed - log.first];
    table.regions[region.index()].may_come_late.emplace(written.key, written.version);
  }
  if (was_last) trim(table, log);
}

void Checker::trim(Table& table, OriginLog& log) {
  std::uint64_t lowest = log.first + log.entries.size();
  for (std::size_t i = 0; i < region_count_; ++i) {
    if (table.regions[i].member) lowest = std::min(lowest, log.passed[i]);
  }
  while (log.first < lowest && !log.entries.empty()) {
    log.entries.pop_front();
    ++log.first;
  }
}

void Checker::on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) {
  if (violation_) return;
  Table& table = this->table(apply.table);
  RegionKey& known = at(table, region, apply.key);
  const PackedVersion version = pack(apply.version);
  if (version <= known.version) {
    return fail("order",
                fmt::format("a change of version {} was applied over {}", describe(version),
                            describe(known.version)),
                now, region, apply.table, apply.key);
  }
  if (!apply.backfill) {
    if (apply.image.hash() != known.image_hash) {
      return fail("one-application-record",
                  "a replicated change altered the table without a record", now, region,
                  apply.table, apply.key);
    }
    settle(now, apply.table, region, apply.version.origin, apply.key, version, apply.image.hash());
  }
  const PackedVersion before = std::exchange(known.version, version);
  known.image_hash = apply.image.hash();
  now_ = now;
  raise_floor(table, apply.key, before);
}

void Checker::on_discard(Instant now, const Discard& discard) {
  if (violation_) return;
  Table& table = this->table(discard.table);
  const PackedVersion held = at(table, discard.region, discard.key).version;
  const PackedVersion late = pack(discard.discarded);
  if (held < late) {
    return fail("discard",
                fmt::format("the change {} was discarded although {} is older", describe(late),
                            describe(held)),
                now, discard.region, discard.table, discard.key);
  }
  settle(now, discard.table, discard.region, discard.discarded.origin, discard.key, late,
         std::nullopt);
}

void Checker::on_region_state(Instant now, RegionId region, RegionState state) {
  const RegionState before = std::exchange(states_[region.index()], state);
  // A region that goes on after a freeze may hold what it has not told yet.
  if (violation_ || before != RegionState::kDown || state == RegionState::kDown) return;
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    check_table_against_stream(now, region, TableId{static_cast<std::uint16_t>(i)}, "crash");
  }
}

void Checker::check_table_against_stream(Instant now, RegionId region, TableId id,
                                         const char* check) {
  Table& table = this->table(id);
  // With a slow disk the table may be ahead of what has been told; at rest it is not.
  for (std::size_t key = 0; key < table.key_count; ++key) {
    const KeyId key_id{static_cast<std::uint32_t>(key)};
    const RegionKey& known = at(table, region, key_id);
    const StoredItem& item = cluster_.item(region, id, key_id);
    if (pack(item.version) == known.version && item.image.hash() == known.image_hash) continue;
    return fail(check,
                fmt::format("the table of {} holds version {}, its stream says {}", name(region),
                            describe(item.version), describe(known.version)),
                now, region, id, key_id);
  }
}

void Checker::check_owed(Instant now, RegionId region, TableId id) {
  Table& table = this->table(id);
  for (const auto& [key, version] : table.regions[region.index()].owed) {
    if (at(table, region, key).version >= version) continue;
    return fail(
        "lost-change",
        fmt::format("the change {} never came, and nothing newer either", describe(version)), now,
        region, id, key);
  }
  table.regions[region.index()].owed.clear();
}

void Checker::on_replica_status(Instant now, RegionId region, TableId id, ReplicaStatus status) {
  now_ = now;
  Table& table = this->table(id);
  RegionTable& here = table.regions[region.index()];
  switch (status) {
    case ReplicaStatus::kCreating:
      here.member = true;
      here.joining = true;
      here.joined = true;
      for (OriginLog& log : table.logs) {
        log.passed[region.index()] = log.first;
        log.beyond[region.index()].clear();
      }
      table.logs[region.index()].passed[region.index()] =
          table.logs[region.index()].first + table.logs[region.index()].entries.size();
      break;
    case ReplicaStatus::kActive:
      here.joining = false;
      here.filled_until.clear();
      for (const OriginLog& log : table.logs) {
        here.filled_until.push_back(log.first + log.entries.size());
      }
      // Coalescing may still hold back what covers a change, from this region as from the others.
      if (scenario_.replication.coalesce.count() == 0) check_owed(now, region, id);
      break;
    case ReplicaStatus::kDeleting:
      break;
    case ReplicaStatus::kAbsent:
      here.member = false;
      here.owed.clear();
      here.filled_until.clear();
      for (std::size_t key = 0; key < table.key_count; ++key) {
        at(table, region, KeyId{static_cast<std::uint32_t>(key)}).version = kNothing;
        at(table, region, KeyId{static_cast<std::uint32_t>(key)}).image_hash = 0;
        raise_floor(table, KeyId{static_cast<std::uint32_t>(key)}, kNothing);
      }
      for (OriginLog& log : table.logs) trim(table, log);
      // Deleted everywhere: nothing of it has to survive, and another table may take its name.
      if (is_anywhere(table)) break;
      for (std::size_t key = 0; key < table.key_count; ++key) {
        largest(table, KeyId{static_cast<std::uint32_t>(key)}) = kNothingPacked;
      }
      break;
  }
}

bool Checker::is_anywhere(const Table& table) {
  return std::any_of(table.regions.begin(), table.regions.end(),
                     [](const RegionTable& region) { return region.member; });
}

void Checker::on_stream_status(Instant, RegionId region, TableId id, StreamStatus status) {
  RegionTable& here = table(id).regions[region.index()];
  if (status == StreamStatus::kEnabling) {
    here.next_number = 0;
    here.told_at.clear();
  }
  // A replica that joins starts with a new, enabled stream.
  if (status == StreamStatus::kEnabled && here.joining) {
    here.next_number = 0;
    here.told_at.clear();
  }
}

void Checker::on_time_to_live(Instant, RegionId region, TableId id,
                              const std::optional<std::string>& attribute) {
  table(id).regions[region.index()].ttl_attribute = attribute;
}

void Checker::on_stream_read(Instant now, RegionId region, TableId id,
                             std::span<const StreamRecord* const> records) {
  if (violation_) return;
  RegionTable& here = table(id).regions[region.index()];
  for (const StreamRecord* record : records) {
    if (record->appended_at + kStreamRetention >= now) continue;
    return fail("retention",
                fmt::format("a record that is {} old can still be read, the retention is {}",
                            to_text(now - record->appended_at), to_text(kStreamRetention)),
                now, region, id, record->key, record);
  }
  drop_older_than_retention(here.told_at, now);
  if (records.size() != here.told_at.size()) {
    fail("retention",
         fmt::format("a read from the trim horizon gives {} records, {} are younger than {}",
                     records.size(), here.told_at.size(), to_text(kStreamRetention)),
         now, region, id, KeyId{});
  }
}

void Checker::check_end(Instant now) {
  for (std::size_t i = 0; i < tables_.size() && !violation_; ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    Table& table = tables_[i];
    check_nothing_overdue(now, id);
    std::optional<RegionId> reference;
    for (std::size_t r = 0; r < region_count_ && !violation_; ++r) {
      const RegionId region{static_cast<std::uint16_t>(r)};
      RegionTable& here = table.regions[r];
      if (!here.member || here.joining) continue;
      check_owed(now, region, id);
      if (!here.unanswered.empty()) {
        fail("one-application-record", "an APPLICATION record without an acknowledged write", now,
             region, id, here.unanswered.front().key);
      }
      for (std::size_t origin = 0; origin < region_count_ && !violation_; ++origin) {
        const OriginLog& log = table.logs[origin];
        for (std::uint64_t p = std::max(log.passed[r], log.first);
             p < log.first + log.entries.size(); ++p) {
          if (is_passed(log, region, p)) continue;
          const Written& written = log.entries[p - log.first];
          const PackedVersion held = at(table, region, written.key).version;
          const bool silent = here.joined || scenario_.replication.coalesce.count() > 0;
          if (held >= written.version && silent) continue;
          fail(held >= written.version ? "settled" : "lost-change",
               fmt::format("the change {} has not reached {}, and nothing is on the way any more",
                           describe(written.version), name(region)),
               now, region, id, written.key);
          break;
        }
      }
      if (violation_) return;
      check_table_against_stream(now, region, id, "rebuild");
      if (violation_) return;
      for (std::size_t key = 0; key < table.key_count; ++key) {
        const KeyId key_id{static_cast<std::uint32_t>(key)};
        const RegionKey& mine = at(table, region, key_id);
        if (reference && (mine.version != at(table, *reference, key_id).version ||
                          mine.image_hash != at(table, *reference, key_id).image_hash)) {
          return fail("convergence",
                      fmt::format("{} ends with version {}, {} with {}", name(*reference),
                                  describe(at(table, *reference, key_id).version), name(region),
                                  describe(mine.version)),
                      now, region, id, key_id);
        }
        if (mine.version != largest(table, key_id)) {
          return fail("surviving-version",
                      fmt::format("{} survives, the largest acknowledged version is {}",
                                  describe(mine.version), describe(largest(table, key_id))),
                      now, region, id, key_id);
        }
      }
      reference = region;
    }
  }
}

}  // namespace gtsim
