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

bool too_old(const StreamRecord& record, Instant now) {
  return !broken(Mutant::kRetentionIgnored) && record.appended_at + kStreamRetention < now;
}

// The first record that is still within the retention.
std::size_t horizon_index(const Shard& shard, Instant now) {
  std::size_t index = 0;
  while (index < shard.records.size() && too_old(shard.records[index], now)) ++index;
  return index;
}

// Whether reading on from `number` would skip records that have been trimmed.
bool starts_before_horizon(const Shard& shard, std::uint64_t number, Instant now) {
  const std::size_t horizon = horizon_index(shard, now);
  if (horizon > 0) return number <= shard.records[horizon - 1].number;
  return number < shard.trimmed_end;
}

}  // namespace

Result<ShardIterator> Stream::get_iterator(std::string_view shard_id, IteratorType type,
                                           std::string_view sequence_number, Instant now,
                                           std::uint64_t durable_end) const {
  const Shard* shard = find_shard(shard_id, now);
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
  switch (type) {
    case IteratorType::kTrimHorizon: {
      const std::size_t index = horizon_index(*shard, now);
      iterator.next_number = index < shard->records.size()
                                 ? shard->records[index].number
                                 : shard->end_number.value_or(durable_end);
      break;
    }
    case IteratorType::kLatest:
      iterator.next_number = std::min(shard->end_number.value_or(durable_end), durable_end);
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
                                std::uint64_t durable_end) const {
  if (limit < 1 || limit > kMaxRecordsPerRead) {
    return validation_error(
        "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must "
        "be "
        "between 1 and 1000");
  }
  if (iterator.issued_at + kIteratorLifetime < now) {
    return Error{Errc::kExpiredIterator, "The provided iterator exceeds the maximum age allowed."};
  }
  const Shard* shard = find_shard(iterator.shard_id, now);
  if (shard == nullptr || starts_before_horizon(*shard, iterator.next_number, now)) {
    return trimmed_error();
  }
  ReadResult result;
  std::uint64_t next = iterator.next_number;
  std::size_t bytes = 0;
  std::size_t index = lower_bound(shard->records, iterator.next_number);
  for (; index < shard->records.size() && result.records.size() < limit; ++index) {
    const StreamRecord& record = shard->records[index];
    if (record.number >= durable_end) break;
    bytes += record.new_image.size_bytes() + record.old_image.size_bytes();
    if (bytes > kMaxBytesPerRead && !result.records.empty()) break;
    result.records.push_back(&record);
    next = record.number + 1;
  }
  const bool at_end = index == shard->records.size();
  result.more = !at_end && shard->records[index].number < durable_end;
  // A closed shard that was read to its end has no next iterator, already in the response that
  // carries the last records.
  if (!(at_end && !shard->open())) {
    result.next = ShardIterator{shard->id, next, now};
  }
  return result;
}

}  // namespace gtsim
