#include "region-node/stream/stream.h"

#include <fmt/format.h>

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/hash.h"
#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

// Numbers are spread by this factor so that nobody comes to rely on them being dense.
constexpr std::uint64_t kNumberStride = 1000;

}  // namespace

const char* to_text(StreamStatus status) {
  switch (status) {
    case StreamStatus::kEnabling:
      return "ENABLING";
    case StreamStatus::kEnabled:
      return "ENABLED";
    case StreamStatus::kDisabling:
      return "DISABLING";
    case StreamStatus::kDisabled:
      return "DISABLED";
  }
  return "";
}

std::string stream_arn(std::string_view region, std::string_view table, std::string_view label) {
  return fmt::format("arn:aws:dynamodb:{}:000000000000:table/{}/stream/{}", region, table, label);
}

Stream::Stream(StreamOptions options, Instant now, WallTime clock, RecordStorage* storage)
    : options_(std::move(options)),
      status_(options_.start_enabled ? StreamStatus::kEnabled : StreamStatus::kEnabling),
      storage_(storage) {
  const auto count = static_cast<std::uint64_t>(options_.shards);
  CHECK(count >= 1);
  const std::uint64_t width = UINT64_MAX / count;
  for (std::uint64_t i = 0; i < count; ++i) {
    open_shard(std::nullopt, i * width, i + 1 == count ? UINT64_MAX : (i + 1) * width - 1, now,
               clock);
  }
}

Stream::Stream(StreamSnapshot snapshot, RecordStorage* storage)
    : options_(std::move(snapshot.options)),
      status_(snapshot.status),
      next_number_(snapshot.next_number),
      shards_opened_(snapshot.shards_opened),
      storage_(storage) {
  for (ShardInfo& info : snapshot.shards) {
    if (info.open()) open_shards_.push_back(shards_.size());
    shards_.push_back({std::move(info), {}});
  }
}

StreamSnapshot Stream::snapshot() const {
  return {options_, status_, {shards_.begin(), shards_.end()}, shards_opened_, next_number_};
}

void Stream::open_shard(std::optional<std::string> parent_id, std::uint64_t hash_first,
                        std::uint64_t hash_last, Instant now, WallTime clock) {
  Shard shard;
  shard.ordinal = shards_opened_++;
  shard.opening = ++changes_;
  const std::uint64_t suffix = hash_bytes("shard", mix(options_.salt ^ shards_opened_));
  shard.id = fmt::format("shardId-{:020}-{:08x}", clock.us / 1000, suffix & 0xFFFFFFFF);
  shard.parent_id = std::move(parent_id);
  shard.hash_first = hash_first;
  shard.hash_last = hash_last;
  shard.first_number = next_number_;
  shard.opened_at = now;
  open_shards_.push_back(shards_.size());
  shards_.push_back(std::move(shard));
  ++revision_;
}

void Stream::close_shard(std::size_t index, Instant now) {
  shards_[index].end_number = next_number_;
  shards_[index].closed_at = now;
  shards_[index].closing = ++changes_;
  ++revision_;
}

std::size_t Stream::shard_for(std::uint64_t partition_hash) const {
  if (open_shards_.size() == 1) return open_shards_.front();
  for (const std::size_t index : open_shards_) {
    if (shards_[index].holds(partition_hash)) return index;
  }
  CHECK_DETAIL(false, "no open shard holds the key: the hash space has a hole");
  return 0;
}

void Stream::append(StreamRecord& record, std::uint64_t partition_hash) {
  CHECK(accepts_records());
  record.number = next_number_++;
  if (storage_ != nullptr) {
    storage_->append_record(shards_[shard_for(partition_hash)].ordinal, record);
  } else if (options_.keep_records) {
    shards_[shard_for(partition_hash)].records.push_back(record);
  }
}

void Stream::finish_enabling() {
  if (status_ == StreamStatus::kEnabling) status_ = StreamStatus::kEnabled;
  ++revision_;
}

void Stream::start_disabling(Instant now) {
  status_ = StreamStatus::kDisabling;
  for (const std::size_t index : open_shards_) close_shard(index, now);
  open_shards_.clear();
}

void Stream::finish_disabling() {
  if (status_ == StreamStatus::kDisabling) status_ = StreamStatus::kDisabled;
  ++revision_;
}

void Stream::split(std::uint64_t partition_hash, Instant now, WallTime clock) {
  if (open_shards_.empty()) return;
  const std::size_t parent = shard_for(partition_hash);
  const std::uint64_t first = shards_[parent].hash_first;
  const std::uint64_t last = shards_[parent].hash_last;
  if (first == last) return;  // a single hash value cannot be divided
  const std::uint64_t middle = first + (last - first) / 2;
  close_shard(parent, now);
  std::erase(open_shards_, parent);
  const std::string parent_id = shards_[parent].id;
  open_shard(parent_id, first, middle, now, clock);
  open_shard(parent_id, middle + 1, last, now, clock);
}

std::uint64_t Stream::widest_hash() const {
  const Shard* widest = nullptr;
  for (const std::size_t index : open_shards_) {
    const Shard& shard = shards_[index];
    if (widest == nullptr ||
        shard.hash_last - shard.hash_first > widest->hash_last - widest->hash_first) {
      widest = &shard;
    }
  }
  return widest == nullptr ? 0 : widest->hash_first;
}

Instant Stream::maintain(Instant now, WallTime clock) {
  Instant next = kNever;
  if (options_.shard_rollover.count() > 0) {
    const std::vector<std::size_t> open_now = open_shards_;
    for (const std::size_t index : open_now) {
      if (shards_[index].opened_at + options_.shard_rollover <= now) {
        close_shard(index, now);
        std::erase(open_shards_, index);
        open_shard(shards_[index].id, shards_[index].hash_first, shards_[index].hash_last, now,
                   clock);
      }
    }
    for (const std::size_t index : open_shards_) {
      next = std::min(next, shards_[index].opened_at + options_.shard_rollover);
    }
  }
  return std::min(next, trim(now));
}

namespace {

// Trimming only frees space (reads look at the age themselves), so it may be coarse.
constexpr Duration kCoarseness{60'000'000};

}  // namespace

// Returns when to come again.
Instant Stream::trim(Instant now) {
  if (broken(Mutant::kRetentionIgnored)) return kNever;
  Instant next = kNever;
  for (Shard& shard : shards_) {
    next = std::min(next, storage_ != nullptr ? trim_storage(shard, now) : trim_memory(shard, now));
    if (!shard.open() && !trimmed(shard, now)) {
      next = std::min(
          next, std::max(shard.closed_at + kStreamRetention + Duration{1}, now + kCoarseness));
    }
  }
  forget_vanished(now);
  return next;
}

Instant Stream::trim_memory(Shard& shard, Instant now) {
  while (!shard.records.empty() && shard.records.front().appended_at < now - kStreamRetention) {
    shard.trimmed_end = shard.records.front().number + 1;
    shard.records.pop_front();
  }
  if (shard.records.empty()) return kNever;
  return std::max(shard.records.front().appended_at + kStreamRetention, now + kCoarseness);
}

Instant Stream::trim_storage(Shard& shard, Instant now) {
  constexpr std::size_t kRecordsAtOnce = 10'000;
  if (!shard.open() && shard.trimmed_end >= *shard.end_number) return kNever;
  const Instant horizon = now - kStreamRetention;
  const auto trimmed =
      storage_->trim_records(shard.ordinal, shard.trimmed_end, horizon, kRecordsAtOnce);
  if (trimmed.end > shard.trimmed_end) {
    shard.trimmed_end = trimmed.end;
    ++revision_;
  }
  if (!shard.open() && trimmed.oldest_at == kNever && shard.closed_at < horizon) {
    shard.trimmed_end = *shard.end_number;
    ++revision_;
  }
  // The storage does not tell of a record that is still on its way to it.
  return now + kCoarseness;
}

// A closed shard leaves with its retention, once all of its records have gone.
void Stream::forget_vanished(Instant now) {
  const std::size_t before = shards_.size();
  std::erase_if(shards_, [&](const Shard& shard) {
    if (!trimmed(shard, now)) return false;
    return storage_ != nullptr ? shard.trimmed_end >= *shard.end_number : shard.records.empty();
  });
  if (shards_.size() == before) return;
  ++revision_;
  open_shards_.clear();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[i].open()) open_shards_.push_back(i);
  }
}

void Stream::release(std::string_view shard_id, std::uint64_t number) {
  for (Shard& shard : shards_) {
    if (shard.id != shard_id) continue;
    while (!shard.records.empty() && shard.records.front().number < number) {
      shard.records.pop_front();
    }
  }
}

bool Stream::trimmed(const ShardInfo& shard, Instant now) const {
  if (broken(Mutant::kRetentionIgnored)) return false;
  return !shard.open() && shard.closed_at + kStreamRetention < now;
}

std::vector<ShardInfo> Stream::shards(Instant now, StreamPosition durable) const {
  std::vector<ShardInfo> present;
  for (const Shard& shard : shards_) {
    if (trimmed(shard, now) || !shard.opened_by(durable)) continue;
    ShardInfo& shown = present.emplace_back(shard);
    if (shard.closed_by(durable)) continue;
    shown.end_number.reset();
    shown.closed_at = kNever;
  }
  std::sort(present.begin(), present.end(),
            [](const ShardInfo& a, const ShardInfo& b) { return a.id < b.id; });
  return present;
}

const Shard* Stream::find_shard(std::string_view id, Instant now, StreamPosition durable) const {
  for (const Shard& shard : shards_) {
    if (shard.id != id) continue;
    return trimmed(shard, now) || !shard.opened_by(durable) ? nullptr : &shard;
  }
  return nullptr;
}

std::string Stream::sequence_number(std::uint64_t number, int part) const {
  // A leading digit that is never zero, then 20 digits: base + number, spread.
  const std::uint64_t base = options_.salt % 1'000'000'000'000ULL * kNumberStride;
  const std::uint64_t jitter = mix(options_.salt ^ (number * 2 + 1)) % (kNumberStride - 1);
  return fmt::format("{}{:020}", 1 + options_.salt % 9,
                     base + number * kNumberStride + jitter + static_cast<std::uint64_t>(part));
}

Result<std::uint64_t> Stream::parse_sequence_number(std::string_view text) const {
  if (text.size() < 21 || text.size() > 40) {
    return validation_error(fmt::format(
        "1 validation error detected: Value '{}' at 'sequenceNumber' failed to satisfy constraint: "
        "Member must have length between 21 and 40",
        text));
  }
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::uint64_t value = 0;
  for (const char c : text.substr(1)) {
    if (!is_digit(text.front()) || !is_digit(c) || value > UINT64_MAX / 10 - 1) {
      return validation_error(fmt::format("Invalid SequenceNumber: {}", text));
    }
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  const std::uint64_t base = options_.salt % 1'000'000'000'000ULL * kNumberStride;
  return value < base ? 0 : (value - base) / kNumberStride;
}

std::string_view Stream::shard_id(std::uint64_t number, std::uint64_t partition_hash) const {
  for (auto shard = shards_.rbegin(); shard != shards_.rend(); ++shard) {
    const bool then =
        shard->first_number <= number && number < shard->end_number.value_or(UINT64_MAX);
    if (then && shard->holds(partition_hash)) return shard->id;
  }
  return {};
}

std::string Stream::event_id(std::uint64_t number, int part) const {
  const std::uint64_t half = 2 * number + static_cast<std::uint64_t>(part);
  return to_hex(mix(options_.salt + half)) + to_hex(mix(~options_.salt - half));
}

}  // namespace gtsim
