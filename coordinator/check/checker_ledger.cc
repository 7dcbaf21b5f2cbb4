// The half of checker.h that judges single writes: what they were built on, what they should have
// made, whether TTL was allowed to delete.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/check/checker.h"
#include "coordinator/check/expected_item.h"

namespace gtsim {

// ---------------------------------------------------------------- ancestry

void Checker::Ledger::on_conflict(KeyId key, PackedVersion winner, PackedVersion loser) {
  for (ConflictListener* listener : checker_.listeners_) {
    listener->on_conflict(checker_.now_, {table_, key, unpack(winner), unpack(loser), false});
  }
}

void Checker::Ledger::on_lost(KeyId key, PackedVersion winner, PackedVersion loser,
                              bool acknowledged) {
  for (ConflictListener* listener : checker_.listeners_) {
    listener->on_lost_write(checker_.now_,
                            {table_, key, unpack(winner), unpack(loser), acknowledged});
  }
}

void Checker::trace(Table& table, KeyId key, const Written& written) {
  Ancestry& ancestry = table.ledger->ancestry;
  if (!ancestry.forked(key)) {
    PackedVersion newest = kNothing;  // what was told is in the row of its home
    for (const RegionKey& held : row(table, key)) newest = std::max(newest, held.version);
    // One that is the first told may have a parent from before the run.
    if (written.parent == newest || newest == kNothing) return;
    ancestry.fork(key, line_of(table, key, newest));
  }
  ancestry.on_write(key, {written.version, written.parent, false});
}

// Back from the newest one, by parents, as far as they are among the writes that some region has
// not passed yet.
std::span<const TracedWrite> Checker::line_of(Table& table, KeyId key, PackedVersion newest) {
  std::vector<TracedWrite>& open = open_writes_;
  open.clear();
  for (std::size_t origin = 0; origin < region_count_; ++origin) {
    const OriginLog& log = table.logs[origin];
    std::uint64_t end = own_end(table, RegionId{static_cast<std::uint16_t>(origin)}, key);
    while (end > log.first) {
      const Written& written = log.entries[end - 1 - log.first];
      open.push_back({written.version, written.parent, written.acknowledged});
      if (written.back == 0) break;
      end -= written.back;
    }
  }
  std::sort(open.begin(), open.end(), [](const TracedWrite& one, const TracedWrite& other) {
    return one.version > other.version;
  });
  // What is sought only gets older: the line moves to the front of what was looked through.
  std::size_t length = 0;
  PackedVersion sought = newest;
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (open[i].version != sought) continue;
    sought = open[i].parent;
    std::swap(open[length++], open[i]);
  }
  open.resize(length);
  if (open.empty()) open.push_back({newest, kNothing, false});
  std::reverse(open.begin(), open.end());
  return open;
}

// A region writes on what it holds: what every member has passed can be a parent no more. `before`:
// what the region that has passed something held until now.
void Checker::raise_floor(Table& table, KeyId key, PackedVersion before) {
  Ancestry& ancestry = table.ledger->ancestry;
  if (!ancestry.forked(key)) return;
  constexpr PackedVersion kNobody = UINT64_MAX;
  PackedVersion floor = kNobody;
  const std::span<const RegionKey> held = row(table, key);
  for (std::size_t i = 0; i < region_count_; ++i) {
    if (table.regions[i].member) floor = std::min(floor, held[i].version);
  }
  if (floor == kNobody || floor <= before) return;  // others hold it down as before
  // What becomes of a write is told with its writer's answer.
  constexpr std::size_t kFew = 16;
  for (const RegionTable& region : table.regions) {
    if (region.unanswered.size() > kFew) return;  // it rises another time
    for (std::size_t i = 0; i < region.unanswered.size(); ++i) {
      const Unanswered& each = region.unanswered[i];
      if (each.key == key) floor = std::min(floor, each.version);
    }
  }
  ancestry.on_floor(key, floor);
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
  const auto& attribute = table(id).regions[region.index()].ttl_attribute;
  if (!attribute) {
    return fail("expiry", "TTL deletes in a table that has none", now, region, id, record.key,
                &record);
  }
  const auto due = due_at(record.old_image, *attribute, ttl_delay(id));
  if (due && *due <= record.created_at) return;
  fail("expiry",
       due ? fmt::format("TTL deletes at {} what is due at {}", to_iso8601(record.created_at, 6),
                         to_iso8601(*due, 6))
           : "TTL deletes an item that never expires",
       now, region, id, record.key, &record);
}

Duration Checker::ttl_delay(TableId id) const {
  const auto& ttl = scenario_.tables[id.index()].ttl;
  return ttl ? ttl->delay : Duration{0};
}

// By the slowest clock: the region that deletes may be the one that is behind.
void Checker::check_nothing_overdue(Instant now, TableId id) {
  constexpr Duration kGrace{1'000'000};
  constexpr Duration kTooLongPast{5LL * 365 * 86'400 * 1'000'000};  // TTL leaves it alone
  if (violation_) return;
  const Duration delay = ttl_delay(id);
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
    const std::optional<std::string>& attribute = table.regions[i].ttl_attribute;
    if (!table.regions[i].member || table.regions[i].joining || !attribute) continue;
    for (std::size_t key = 0; key < table.key_count; ++key) {
      const KeyId key_id{static_cast<std::uint32_t>(key)};
      if (at(table, region, key_id).image_hash == 0) continue;
      const auto due = due_at(cluster_.item(region, id, key_id).image, *attribute, delay);
      if (!due || *due + kGrace >= *slowest) continue;
      if (*due + (kTooLongPast - delay) < *fastest + kGrace) continue;
      fail("expiry",
           fmt::format("{} still holds an item that was due at {}", name(region),
                       to_iso8601(*due, 6)),
           now, region, id, key_id);
      break;
    }
  }
}

}  // namespace gtsim
