#include "coordinator/consumer/ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace gtsim {
namespace {

constexpr std::size_t kEvents = 3;

}  // namespace

ConsumerLedger::ConsumerLedger(Subject subject) : subject_(std::move(subject)) {
  // From LATEST nothing concerns the consumer until it is created.
  if (subject_.spec->position == StartingPosition::kLatest) counted_from_ = UINT64_MAX;
  for (std::size_t region = 0; region < subject_.regions; ++region) {
    for (std::size_t kind = 0; kind < kEvents * 8; ++kind) {
      ClassVerdict& verdict = kinds_.emplace_back();
      verdict.record = {static_cast<EventName>(kind / 8), static_cast<OriginKind>(kind / 4 % 2),
                        RegionId{static_cast<std::uint16_t>(region)}, kind / 2 % 2 == 1,
                        kind % 2 == 1};
      verdict.wanted = wants(verdict.record);
    }
  }
}

bool ConsumerLedger::wants(const RecordClass& record) const {
  const WantedRecords& wanted = subject_.spec->wants;
  if (record.extra) return false;
  if (wanted.origin && *wanted.origin != record.origin) return false;
  if (wanted.origin_region && *wanted.origin_region != record.origin_region) return false;
  if (wanted.ttl && *wanted.ttl != record.ttl) return false;
  return wanted.events.empty() ||
         std::find(wanted.events.begin(), wanted.events.end(), record.event) != wanted.events.end();
}

std::size_t ConsumerLedger::class_of(const RecordView& view) const {
  const StreamRecord& record = *view.record;
  const bool application = record.origin == OriginKind::kApplication;
  // Of two records that the legacy version makes, one is the change: the first at home, the REMOVE
  // elsewhere.
  const bool extra = application ? view.part == 1 : view.event != record.event;
  const bool ttl = record.event == EventName::kRemove && subject_.by_ttl(record);
  return record.version.origin.index() * kEvents * 8 + static_cast<std::size_t>(view.event) * 8 +
         static_cast<std::size_t>(record.origin) * 4 + (ttl ? 2 : 0) + (extra ? 1 : 0);
}

// Entries are dense: a record that makes one part under a profile of two has an empty second one.
std::size_t ConsumerLedger::position(StreamPlace place) const {
  return subject_.most_parts == 2 ? place : place / 2;
}

StreamPlace ConsumerLedger::place_at(std::size_t index) const {
  const std::uint64_t at = first_ + index;
  return subject_.most_parts == 2 ? at : at * 2;
}

ConsumerLedger::Entry* ConsumerLedger::find(StreamPlace place) {
  const std::uint64_t at = position(place);
  if (at < first_ || at >= first_ + entries_.size()) return nullptr;
  return &entries_[at - first_];
}

// ---------------------------------------------------------------- the stream

void ConsumerLedger::on_record(const RecordView& view) {
  const StreamRecord& record = *view.record;
  const std::uint64_t at = position(place_of(record.number, view.part));
  told_end_ = std::max(told_end_, record.number + 1);
  if (entries_.empty()) first_ = std::max(first_, at);
  while (first_ + entries_.size() < at) entries_.emplace_back();
  if (at < first_ + entries_.size()) return;  // of an earlier stream of the table
  Entry& entry = entries_.emplace_back();
  entry.key = record.key;
  entry.kind = static_cast<std::uint16_t>(class_of(view));
  entry.passed = subject_.passes(view);
  entry.counted = record.number >= counted_from_;
  entry.excused = record.number < required_from_ || !entry.counted;
  if (entry.counted) {
    ClassVerdict& kind = kinds_[entry.kind];
    ++kind.counts.records;
    if (entry.passed) ++kind.counts.passed;
    auto& examples = entry.passed ? kind.passed : kind.dropped;
    if (examples.size() < kExamples) {
      examples.push_back(
          {place_of(record.number, view.part), record.key, subject_.decided_by(view)});
    }
    if (kind.wanted) {
      for (const auto& [tally, table] : tallies_) tally->on_wanted(table, record);
    }
  }
  if (entry.passed) {
    const std::size_t partition = subject_.partition(record.key);
    if (partition >= last_passed_.size()) last_passed_.resize(partition * 2 + 64);
    std::uint64_t& last = last_passed_[partition];
    if (last > first_) entry.back = static_cast<std::uint32_t>(at + 1 - last);
    last = at + 1;
  } else if (entries_.size() == 1) {
    forget_finished();
  }
}

void ConsumerLedger::forget() {
  entries_.clear();
  first_ = 0;
  told_end_ = 0;
  last_passed_.clear();
  last_delivered_.clear();
  for (ClassVerdict& kind : kinds_) {
    kind.counts = {};
    kind.passed.clear();
    kind.dropped.clear();
  }
}

void ConsumerLedger::uncount(const Entry& entry) {
  if (!entry.counted) return;
  RecordCounts& counts = kinds_[entry.kind].counts;
  --counts.records;
  if (entry.passed) --counts.passed;
}

void ConsumerLedger::on_truncated(Instant now, std::uint64_t next_number) {
  const std::uint64_t end = position(place_of(next_number));
  while (!entries_.empty() && first_ + entries_.size() > end) {
    const Entry& entry = entries_.back();
    if (entry.deliveries > 0) {
      fail("delivery",
           fmt::format("record {} was delivered, and a crash took it back",
                       place_at(entries_.size() - 1) / 2 + 1),
           now, entry.key, nullptr);
    }
    uncount(entry);
    if (entry.passed) {
      const std::uint64_t at = first_ + entries_.size() - 1;
      last_passed_[subject_.partition(entry.key)] = entry.back == 0 ? 0 : at - entry.back + 1;
    }
    entries_.pop_back();
  }
  first_ = std::min(first_, end);
}

void ConsumerLedger::on_created(std::uint64_t number) {
  counted_from_ = number;
  required_from_ = std::max(required_from_, number);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (place_at(i) / 2 >= number) break;
    uncount(entry);
    entry.counted = false;
    entry.excused = true;
  }
  forget_finished();
}

void ConsumerLedger::on_polling(std::uint64_t number) {
  required_from_ = std::max(required_from_, number);
  for (std::size_t i = 0; i < entries_.size() && place_at(i) / 2 < number; ++i) {
    entries_[i].excused = true;
  }
  forget_finished();
}

// Forgets from the front what can no longer change.
void ConsumerLedger::forget_finished() {
  while (!entries_.empty()) {
    const Entry& entry = entries_.front();
    const bool over = !entry.passed || entry.expired || (entry.excused && entry.deliveries == 0) ||
                      ((entry.processed || entry.given_up) && entry.shard < checkpoints_.size() &&
                       place_at(0) < checkpoints_[entry.shard]);
    if (!over) return;
    entries_.pop_front();
    ++first_;
  }
}

// ---------------------------------------------------------------- the function's side

void ConsumerLedger::on_invocation(Instant now, const MappingInvocation& invocation) {
  for (std::size_t i = 0; i < invocation.batch.size; ++i) {
    const BufferedRecord& buffered = invocation.batch[i];
    const StreamPlace place = buffered.place();
    const std::size_t partition = subject_.partition(buffered.record.key);
    if (partition >= last_delivered_.size()) last_delivered_.resize(partition * 2 + 64);
    StreamPlace& last = last_delivered_[partition];
    if (last > place + 1) ++out_of_order_;
    last = std::max(last, place + 1);
    Entry* entry = find(place);
    if (told_end_ > 0 && buffered.record.number >= told_end_) {
      fail("delivery",
           fmt::format("record {} was delivered before its region had told it", place / 2 + 1), now,
           buffered.record.key, &buffered.record);
    }
    if (entry == nullptr) continue;  // processed long ago, and given out once more
    if (!entry->passed) {
      fail("delivery", "a record that does not pass the filter was delivered", now, entry->key,
           &buffered.record);
    }
    entry->shard = static_cast<std::uint16_t>(invocation.shard);
    if (entry->deliveries < UINT16_MAX) ++entry->deliveries;
    RecordCounts& counts = kinds_[entry->kind].counts;
    if (entry->deliveries == 1) {
      if (entry->counted) ++counts.delivered;
      if (entry->back != 0) {
        const std::uint64_t before = position(place) - entry->back;
        if (before >= first_) {
          const Entry& earlier = entries_[before - first_];
          const bool over =
              earlier.deliveries > 0 || earlier.given_up || earlier.expired || earlier.excused;
          if (!over) {
            fail("delivery-order",
                 fmt::format("record {} was delivered before record {} of the same partition",
                             place / 2 + 1, place_at(before - first_) / 2 + 1),
                 now, entry->key, &buffered.record);
          }
        }
      }
    } else if (entry->deliveries == 2 && entry->counted) {
      ++counts.duplicates;
    }
  }
}

void ConsumerLedger::on_end(const MappingInvocation& invocation, std::size_t processed) {
  for (std::size_t i = 0; i < processed; ++i) {
    const BufferedRecord& buffered = invocation.batch[i];
    Entry* entry = find(buffered.place());
    if (entry == nullptr) continue;
    ClassVerdict& kind = kinds_[entry->kind];
    if (entry->counted) {
      for (const auto& [tally, table] : tallies_) tally->on_processed(table, buffered.record);
    }
    if (entry->processed) continue;
    entry->processed = true;
    if (entry->counted) ++kind.counts.processed;
  }
}

void ConsumerLedger::on_given_up(Instant now, const MappingInvocation& last, GiveUpReason reason) {
  const ConsumerSpec& spec = *subject_.spec;
  for (std::size_t i = 0; i < last.batch.size; ++i) {
    const BufferedRecord& buffered = last.batch[i];
    Entry* entry = find(buffered.place());
    if (entry == nullptr || entry->given_up) continue;
    const bool allowed =
        reason == GiveUpReason::kRetryAttemptsExhausted
            ? spec.maximum_retry_attempts && entry->deliveries > *spec.maximum_retry_attempts
            : spec.maximum_record_age &&
                  buffered.record.appended_at + *spec.maximum_record_age < now;
    if (!allowed) {
      fail("delivery",
           fmt::format("record {} was given up ({}) after {} deliveries", buffered.place() / 2 + 1,
                       to_text(reason), entry->deliveries),
           now, entry->key, &buffered.record);
    }
    entry->given_up = true;
    entry->shard = static_cast<std::uint16_t>(last.shard);
    if (entry->counted) ++kinds_[entry->kind].counts.given_up;
  }
}

void ConsumerLedger::on_expired(StreamPlace from, StreamPlace to) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const StreamPlace place = place_at(i);
    if (place < from) continue;
    if (place >= to) break;
    Entry& entry = entries_[i];
    if (!entry.passed || entry.expired || entry.deliveries > 0) continue;
    entry.expired = true;
    if (entry.counted) ++kinds_[entry.kind].counts.expired;
  }
  forget_finished();
}

void ConsumerLedger::on_held_expired(Instant now, const MappingInvocation& last) {
  for (std::size_t i = 0; i < last.batch.size; ++i) {
    const BufferedRecord& buffered = last.batch[i];
    Entry* entry = find(buffered.place());
    if (entry == nullptr || entry->expired || entry->processed) continue;
    if (buffered.record.appended_at + kStreamRetention >= now) {
      fail("delivery",
           fmt::format("record {} was dropped as expired before its 24 hours were over",
                       buffered.place() / 2 + 1),
           now, entry->key, &buffered.record);
    }
    entry->expired = true;
    if (entry->counted) ++kinds_[entry->kind].counts.expired;
  }
  forget_finished();
}

void ConsumerLedger::on_checkpoint(std::size_t shard, StreamPlace place) {
  if (shard >= checkpoints_.size()) checkpoints_.resize(shard + 1);
  checkpoints_[shard] = place;
  forget_finished();
}

std::int64_t ConsumerLedger::behind() const {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.passed && entry.counted && !entry.processed && !entry.given_up && !entry.expired) {
      ++count;
    }
  }
  return count;
}

void ConsumerLedger::check_drained(Instant now) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (!entry.passed || entry.processed || entry.given_up || entry.expired || entry.excused) {
      continue;
    }
    fail("delivery",
         fmt::format("record {} passes the filter, the consumer has come to the end of the stream, "
                     "and no invocation that succeeded was given it ({} deliveries)",
                     place_at(i) / 2 + 1, entry.deliveries),
         now, entry.key, nullptr);
    return;
  }
}

std::vector<ClassVerdict> ConsumerLedger::classes() const {
  std::vector<ClassVerdict> seen;
  for (const ClassVerdict& kind : kinds_) {
    if (kind.counts.records > 0) seen.push_back(kind);
  }
  return seen;
}

void ConsumerLedger::fail(const char* check, std::string message, Instant now, KeyId key,
                          const StreamRecord* record) {
  if (violation_) return;
  Violation violation;
  violation.check = check;
  violation.message = fmt::format("consumer {}: {}", subject_.spec->name, message);
  violation.at = now;
  violation.region = subject_.spec->region;
  violation.table = subject_.spec->table;
  violation.key = key;
  if (record != nullptr) violation.record = *record;
  violation_ = std::move(violation);
}

}  // namespace gtsim
