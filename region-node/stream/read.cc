// Iterators and reads. Source of the rules: DynamoDB Streams API reference (GetShardIterator,
// GetRecords) and recorded behaviour; the texts are the service's where they are known.
#include <algorithm>

#include "region-node/base/mutant.h"
#include "region-node/stream/stream.h"

namespace gtsim {
namespace {

Error trimmed_error() {
  return Error{Errc::kTrimmedData, "The data you are trying to access has been trimmed"};
}

// Index of the first record with a number of at least `number`.
std::size_t lower_bound(const RingQueue<StreamRecord>& records, std::uint64_t number) {
  std::size_t first = 0;
  std::size_t count = records.size();
  while (count > 0) {
    const std::size_t half = count / 2;
    if (records[first + half].number < number) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return first;
}

bool too_old(Instant appended_at, Instant now) {
  return !broken(Mutant::kRetentionIgnored) && appended_at + kStreamRetention < now;
}

}  // namespace

std::optional<Stream::Found> Stream::first_from(const Shard& shard, std::uint64_t number) const {
  if (storage_ != nullptr) {
    // Readers at the end of the stream ask again and again: the disk need not be looked at.
    if (number >= shard.end_number.value_or(next_number_)) return std::nullopt;
    std::vector<StreamRecord> first;
    storage_->read_records(shard.ordinal, number, 1, kMaxBytesPerRead, first);
    if (first.empty()) return std::nullopt;
    return Found{first.front().number, first.front().appended_at};
  }
  const std::size_t index = lower_bound(shard.records, number);
  if (index == shard.records.size()) return std::nullopt;
  return Found{shard.records[index].number, shard.records[index].appended_at};
}

// The number of the first record that is still within the retention; `none` when there is none.
std::uint64_t Stream::horizon_number(const Shard& shard, Instant now, std::uint64_t none) const {
  std::uint64_t number = std::max(shard.trimmed_end, shard.first_number);
  while (const auto found = first_from(shard, number)) {
    if (!too_old(found->appended_at, now)) return found->number;
    number = found->number + 1;
  }
  return none;
}

// Whether reading on from `number` would skip records that have been trimmed. Records are in the
// order of their age.
bool Stream::starts_before_horizon(const Shard& shard, std::uint64_t number, Instant now) const {
  if (number < shard.trimmed_end) return true;
  const auto found = first_from(shard, number);
  return found && too_old(found->appended_at, now);
}

Result<ShardIterator> Stream::get_iterator(std::string_view shard_id, IteratorType type,
                                           std::string_view sequence_number, Instant now,
                                           StreamPosition durable) const {
  const Shard* shard = find_shard(shard_id, now, durable);
  if (shard == nullptr) {
    return Error{Errc::kResourceNotFound, "Requested resource not found: Shard does not exist"};
  }
  const bool by_number =
      type == IteratorType::kAtSequenceNumber || type == IteratorType::kAfterSequenceNumber;
  if (by_number != !sequence_number.empty()) {
    return validation_error(by_number
                                ? "A SequenceNumber is required for AT_SEQUENCE_NUMBER and "
                                  "AFTER_SEQUENCE_NUMBER iterators"
                                : "A SequenceNumber is not allowed for TRIM_HORIZON and LATEST "
                                  "iterators");
  }
  ShardIterator iterator{shard->id, shard->first_number, now};
  // Not beyond what is durable: after a crash the numbers from there on are given once more.
  const std::uint64_t latest = std::min(shard->end_number.value_or(durable.end), durable.end);
  switch (type) {
    case IteratorType::kTrimHorizon:
      iterator.next_number = std::min(horizon_number(*shard, now, latest), latest);
      break;
    case IteratorType::kLatest:
      iterator.next_number = latest;
      break;
    case IteratorType::kAtSequenceNumber:
    case IteratorType::kAfterSequenceNumber: {
      auto number = parse_sequence_number(sequence_number);
      if (!number) return number.error();
      if (starts_before_horizon(*shard, *number, now)) return trimmed_error();
      iterator.next_number = *number + (type == IteratorType::kAfterSequenceNumber ? 1 : 0);
      break;
    }
  }
  return iterator;
}

Result<ReadResult> Stream::read(const ShardIterator& iterator, std::size_t limit, Instant now,
                                StreamPosition durable) const {
  if (limit < 1 || limit > kMaxRecordsPerRead) {
    return validation_error(
        "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must "
        "be "
        "between 1 and 1000");
  }
  if (iterator.issued_at + kIteratorLifetime < now) {
    return Error{Errc::kExpiredIterator, "The provided iterator exceeds the maximum age allowed."};
  }
  const Shard* shard = find_shard(iterator.shard_id, now, durable);
  if (shard == nullptr || starts_before_horizon(*shard, iterator.next_number, now)) {
    return trimmed_error();
  }
  ReadResult result;
  std::uint64_t next = iterator.next_number;
  std::size_t bytes = 0;
  const std::size_t most = limit + (broken(Mutant::kPageTooLong) ? 1 : 0);
  // Whether the record belongs to the page: it may be read and there is room.
  const auto fits = [&](const StreamRecord& record) {
    if (record.number >= durable.end || result.records.size() >= most) return false;
    bytes += record.new_image.size_bytes() + record.old_image.size_bytes();
    if (bytes > kMaxBytesPerRead && !result.records.empty()) return false;
    next = record.number + 1;
    return true;
  };
  std::optional<Found> beyond;
  if (storage_ != nullptr) {
    std::vector<StreamRecord> held;
    if (next < std::min(shard->end_number.value_or(durable.end), durable.end)) {
      storage_->read_records(shard->ordinal, next, limit + 1, kMaxBytesPerRead, held);
    }
    for (StreamRecord& record : held) {
      if (!fits(record)) {
        beyond = Found{record.number, record.appended_at};
        break;
      }
      result.records.push_back(std::move(record));
    }
    // The page of the storage may have ended for its bytes, just after the last one taken.
    if (!beyond && !held.empty()) beyond = first_from(*shard, next);
  } else {
    const auto& records = shard->records;
    std::size_t index = lower_bound(records, next);
    result.records.reserve(std::min(limit, records.size() - index));
    for (; index < records.size() && fits(records[index]); ++index) {
      result.records.push_back(records[index]);
    }
    if (index < records.size()) {
      beyond = Found{records[index].number, records[index].appended_at};
    }
  }
  result.more = beyond && beyond->number < durable.end;
  // A closed shard that was read to its end has no next iterator, already in the response that
  // carries the last records.
  if (beyond || !shard->closed_by(durable)) result.next = ShardIterator{shard->id, next, now};
  return result;
}

}  // namespace gtsim
