// The half of checker.h that judges single writes: what they were built on, what they should have
// made, whether TTL was allowed to delete.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/check/checker.h"
#include "coordinator/check/expected_item.h"

namespace gtsim {

// ---------------------------------------------------------------- ancestry

void Checker::Ledger::on_conflict(KeyId key, const Version& winner, const Version& loser) {
  for (ConflictListener* listener : checker_.listeners_) {
    listener->on_conflict(checker_.now_, {table_, key, winner, loser, false});
  }
}

void Checker::Ledger::on_lost(KeyId key, const Version& winner, const TracedWrite& loser) {
  for (ConflictListener* listener : checker_.listeners_) {
    listener->on_lost_write(checker_.now_,
                            {table_, key, winner, loser.version, loser.acknowledged});
  }
}

void Checker::trace(Table& table, RegionId home, KeyId key, std::uint64_t position) {
  const OriginLog& log = table.logs[home.index()];
  const Written& written = log.entries[position - log.first];
  PackedVersion& newest = table.newest[key.index()];
  Ancestry& ancestry = table.ledger->ancestry;
  if (written.parent == newest && !ancestry.forked(key)) {
    newest = written.version;
    return;
  }
  const PackedVersion before = newest;
  newest = std::max(newest, written.version);
  if (before == kNothing) return;  // its parent is from before the run
  ancestry.on_write(key, {unpack(written.version), unpack(written.parent), false},
                    [&] { return line_of(table, key, before); });
}

// Back from the newest one, by parents, as far as they are among the writes that some region has
// not passed yet.
std::vector<TracedWrite> Checker::line_of(Table& table, KeyId key, PackedVersion newest) {
  std::map<PackedVersion, const Written*> open;
  for (std::size_t origin = 0; origin < region_count_; ++origin) {
    const OriginLog& log = table.logs[origin];
    std::uint64_t end = at(table, RegionId{static_cast<std::uint16_t>(origin)}, key).own_end;
    while (end > log.first) {
      const Written& written = log.entries[end - 1 - log.first];
      open.emplace(written.version, &written);
      if (written.back == 0) break;
      end -= written.back;
    }
  }
  std::vector<TracedWrite> line;
  auto next = open.find(newest);
  if (next == open.end()) line.push_back({unpack(newest), {}, false});
  while (next != open.end()) {
    const Written& written = *next->second;
    line.push_back({unpack(written.version), unpack(written.parent), written.acknowledged});
    next = open.find(written.parent);
  }
  std::reverse(line.begin(), line.end());
  return line;
}

// A region writes on what it holds: what every member has passed can be a parent no more.
void Checker::raise_floor(Table& table, KeyId key) {
  Ancestry& ancestry = table.ledger->ancestry;
  if (!ancestry.forked(key)) return;
  constexpr PackedVersion kNobody = UINT64_MAX;
  PackedVersion floor = kNobody;
  for (std::size_t i = 0; i < region_count_; ++i) {
    if (!table.regions[i].member) continue;
    floor = std::min(floor, at(table, RegionId{static_cast<std::uint16_t>(i)}, key).version);
  }
  if (floor != kNobody) ancestry.on_floor(key, unpack(floor));
}

void Checker::close_ledger(Instant now) {
  now_ = now;
  for (Table& table : tables_) table.ledger->ancestry.finish();
}

// ---------------------------------------------------------------- contents

void Checker::check_content(Instant now, RegionId region, const Operation& operation,
                            const Unanswered& told) {
  if (!condition_held(operation, told.before)) {
    return fail("condition", "a write was carried out although its condition did not hold", now,
                region, operation.table, operation.key);
  }
  if (!makes(operation, told.before, cluster_.keys(operation.table).bytes(operation.key),
             told.after)) {
    fail("content", "the record does not show what the writer asked for", now, region,
         operation.table, operation.key);
  }
}

// ---------------------------------------------------------------- TTL

void Checker::check_expiry(Instant now, RegionId region, TableId id, const StreamRecord& record) {
  const auto& ttl = scenario_.tables[id.index()].ttl;
  if (!ttl) {
    return fail("expiry", "TTL deletes in a table that has none", now, region, id, record.key,
                &record);
  }
  const auto due = due_at(record.old_image, ttl->attribute, ttl->delay);
  if (due && *due <= record.created_at) return;
  fail("expiry",
       due ? fmt::format("TTL deletes at {} what is due at {}", to_iso8601(record.created_at, 6),
                         to_iso8601(*due, 6))
           : "TTL deletes an item that never expires",
       now, region, id, record.key, &record);
}

// By the slowest clock: the region that deletes may be the one that is behind.
void Checker::check_nothing_overdue(Instant now, TableId id) {
  constexpr Duration kGrace{1'000'000};
  constexpr Duration kTooLongPast{5LL * 365 * 86'400 * 1'000'000};  // TTL leaves it alone
  const auto& ttl = scenario_.tables[id.index()].ttl;
  if (!ttl || violation_) return;
  Table& table = this->table(id);
  std::optional<WallTime> slowest;
  std::optional<WallTime> fastest;
  for (std::size_t i = 0; i < region_count_; ++i) {
    if (!table.regions[i].member) continue;
    const WallTime clock = cluster_.clock(RegionId{static_cast<std::uint16_t>(i)});
    slowest = std::min(slowest.value_or(clock), clock);
    fastest = std::max(fastest.value_or(clock), clock);
  }
  for (std::size_t i = 0; i < region_count_ && !violation_; ++i) {
    const RegionId region{static_cast<std::uint16_t>(i)};
    if (!table.regions[i].member || table.regions[i].joining) continue;
    for (std::size_t key = 0; key < table.largest.size(); ++key) {
      const KeyId key_id{static_cast<std::uint32_t>(key)};
      if (at(table, region, key_id).image_hash == 0) continue;
      const auto due = due_at(cluster_.item(region, id, key_id).image, ttl->attribute, ttl->delay);
      if (!due || *due + kGrace >= *slowest) continue;
      if (*due + (kTooLongPast - ttl->delay) < *fastest + kGrace) continue;
      fail("expiry",
           fmt::format("{} still holds an item that was due at {}", name(region),
                       to_iso8601(*due, 6)),
           now, region, id, key_id);
      break;
    }
  }
}

}  // namespace gtsim
