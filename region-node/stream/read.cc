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

}  // namespace

const StreamRecord* Stream::first_from(std::size_t shard, std::uint64_t number) const {
  if (storage_ != nullptr) {
    first_.clear();
    // Readers at the end of the stream ask again and again: the disk need not be looked at.
    const std::uint64_t end = shards_[shard].end_number.value_or(next_number_);
    if (number < end) storage_->read_records(shard, number, 1, kMaxBytesPerRead, first_);
    return first_.empty() ? nullptr : &first_.front();
  }
  const auto& records = shards_[shard].records;
  const std::size_t index = lower_bound(records, number);
  return index < records.size() ? &records[index] : nullptr;
}

// The number of the first record that is still within the retention; `none` when there is none.
std::uint64_t Stream::horizon_number(std::size_t shard, Instant now, std::uint64_t none) const {
  const Shard& where = shards_[shard];
  std::uint64_t number = std::max(where.trimmed_end, where.first_number);
  while (const StreamRecord* record = first_from(shard, number)) {
    if (!too_old(*record, now)) return record->number;
    number = record->number + 1;
  }
  return none;
}

// Whether reading on from `number` would skip records that have been trimmed. Records are in the
// order of their age.
bool Stream::starts_before_horizon(std::size_t shard, std::uint64_t number, Instant now) const {
  if (number < shards_[shard].trimmed_end) return true;
  const StreamRecord* record = first_from(shard, number);
  return record != nullptr && too_old(*record, now);
}

Result<ShardIterator> Stream::get_iterator(std::string_view shard_id, IteratorType type,
                                           std::string_view sequence_number, Instant now,
                                           std::uint64_t durable_end) const {
  const auto index = find_shard(shard_id, now);
  if (!index) {
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
  const Shard* shard = &shards_[*index];
  ShardIterator iterator{shard->id, shard->first_number, now};
  switch (type) {
    case IteratorType::kTrimHorizon:
      iterator.next_number = horizon_number(*index, now, shard->end_number.value_or(durable_end));
      break;
    case IteratorType::kLatest:
      iterator.next_number = std::min(shard->end_number.value_or(durable_end), durable_end);
      break;
    case IteratorType::kAtSequenceNumber:
    case IteratorType::kAfterSequenceNumber: {
      auto number = parse_sequence_number(sequence_number);
      if (!number) return number.error();
      if (starts_before_horizon(*index, *number, now)) return trimmed_error();
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
  const auto index = find_shard(iterator.shard_id, now);
  if (!index || starts_before_horizon(*index, iterator.next_number, now)) return trimmed_error();
  const Shard& shard = shards_[*index];
  ReadResult result;
  std::uint64_t next = iterator.next_number;
  std::size_t bytes = 0;
  // True when the page is full, or the record may not be read yet.
  const auto ends_with = [&](const StreamRecord& record) {
    if (record.number >= durable_end || result.records.size() >= limit) return true;
    bytes += record.new_image.size_bytes() + record.old_image.size_bytes();
    if (bytes > kMaxBytesPerRead && !result.records.empty()) return true;
    result.records.push_back(&record);
    next = record.number + 1;
    return false;
  };
  const StreamRecord* beyond = nullptr;
  if (storage_ != nullptr) {
    read_.clear();
    if (next < shard.end_number.value_or(next_number_)) {
      storage_->read_records(*index, next, limit + 1, kMaxBytesPerRead, read_);
    }
    for (const StreamRecord& record : read_) {
      if (!ends_with(record)) continue;
      beyond = &record;
      break;
    }
    // The page of the storage may have ended for its bytes, just after the last one taken.
    if (beyond == nullptr && !read_.empty()) beyond = first_from(*index, next);
  } else {
    for (std::size_t i = lower_bound(shard.records, iterator.next_number); i < shard.records.size();
         ++i) {
      if (!ends_with(shard.records[i])) continue;
      beyond = &shard.records[i];
      break;
    }
  }
  result.more = beyond != nullptr && beyond->number < durable_end;
  // A closed shard that was read to its end has no next iterator, already in the response that
  // carries the last records.
  if (beyond != nullptr || shard.open()) result.next = ShardIterator{shard.id, next, now};
  return result;
}

}  // namespace gtsim
