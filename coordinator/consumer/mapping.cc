#include "coordinator/consumer/mapping.h"

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/base/mutant.h"

namespace gtsim {
namespace {

// Records read ahead of their invocations, for each shard: two rounds of full batches, and never
// less than a page.
std::size_t most_pending(const ConsumerSpec& spec) {
  const auto round = static_cast<std::size_t>(spec.batch_size * spec.parallelization_factor);
  return std::max<std::size_t>(kMaxRecordsPerRead, 2 * round);
}

std::uint64_t spread(std::uint64_t hash) {
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 33);
}

}  // namespace

EventSourceMapping::EventSourceMapping(const ConsumerSpec& spec, MappingIo& io)
    : spec_(spec), io_(io), most_pending_(most_pending(spec)) {}

void EventSourceMapping::start(Instant now) {
  started_ = true;
  next_poll_ = now;
  tick(now);
}

void EventSourceMapping::tick(Instant now) {
  if (!started_ || crashed_) return;
  if (now >= next_poll_ && !stopped_) {
    poll(now);
    next_poll_ = now + kPollInterval;
    io_.wake_at(next_poll_);
  }
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[i].active && !shards_[i].done) work(now, shards_[i], i);
  }
  if (relist_at_ && now >= *relist_at_) {
    relist_at_.reset();
    list_shards(now, /*first=*/false);
  }
}

// What ends has children, and they are found out about some time later.
void EventSourceMapping::list_later(Instant now) {
  if (relist_at_) return;
  relist_at_ = now + spec_.shard_discovery;
  io_.wake_at(*relist_at_);
}

// ---------------------------------------------------------------- shards

// The first listing decides where each shard is read from; shards that appear later are the
// children of known ones and are read from their beginnings.
void EventSourceMapping::list_shards(Instant now, bool first) {
  const auto listed = io_.shards();
  if (!listed) {
    if (!first) relist_at_ = now;
    return;
  }
  listed_ = true;
  for (const ShardEntry& entry : *listed) {
    const bool known = std::any_of(shards_.begin(), shards_.end(),
                                   [&](const ShardState& s) { return s.id == entry.id; });
    if (known) continue;
    const bool latest =
        first && spec_.position == StartingPosition::kLatest && !broken(Mutant::kLatestIgnored);
    ShardState& shard = shards_.emplace_back();
    shard.id = entry.id;
    shard.parent_id = entry.parent_id;
    if (latest && !entry.open) {
      // Also what it holds came before.
      static_cast<void>(io_.first_number(entry.id, IteratorType::kLatest));
      shard.active = shard.read_to_end = shard.done = true;
      continue;
    }
    if (latest) activate(shard, shards_.size() - 1, IteratorType::kLatest);
  }
  activate_children();
  if (first) return;  // the poll that asked reads them
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    ShardState& shard = shards_[i];
    if (shard.active && !shard.done && shard.read_up_to_now_at < now) read(now, shard, i);
  }
}

void EventSourceMapping::activate(ShardState& shard, std::size_t index, IteratorType from) {
  const auto first = io_.first_number(shard.id, from);
  if (!first) return;
  shard.active = true;
  shard.next_number = *first;
  shard.checkpoint = place_of(*first);
  for (std::int64_t i = 0; i < spec_.parallelization_factor; ++i) {
    shard.lanes.emplace_back(spec_, io_);
  }
  io_.on_shard(index, shard.id, shard.checkpoint);
}

// A child waits until its parent is processed, so that each key's records stay in order.
void EventSourceMapping::activate_children() {
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    ShardState& shard = shards_[i];
    if (shard.active) continue;
    const auto parent = std::find_if(shards_.begin(), shards_.end(), [&](const ShardState& other) {
      return shard.parent_id && other.id == *shard.parent_id;
    });
    if (parent != shards_.end() && !parent->done) continue;
    activate(shard, i, IteratorType::kTrimHorizon);
    if (parent == shards_.end() || !shard.active) continue;
    // What the child held when the parent ended, and has been trimmed before the child's turn.
    const std::uint64_t lost_below = std::min(shard.next_number, io_.oldest_number());
    if (parent->next_number < lost_below) {
      io_.on_expired(i, place_of(parent->next_number), place_of(lost_below));
    }
  }
}

// ---------------------------------------------------------------- reading

void EventSourceMapping::poll(Instant now) {
  if (!listed_) list_shards(now, /*first=*/true);
  activate_children();
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[i].active && !shards_[i].read_to_end) read(now, shards_[i], i);
  }
}

std::size_t EventSourceMapping::pending(const ShardState& shard) const {
  std::size_t count = 0;
  for (const ShardLane& lane : shard.lanes) count += lane.pending();
  return count;
}

// Reads until the shard has nothing more or there is no room.
void EventSourceMapping::read(Instant now, ShardState& shard, std::size_t index) {
  if (shard.read_to_end) return;
  shard.more = false;
  for (;;) {
    const std::size_t waiting = pending(shard);
    if (waiting >= most_pending_) {
      shard.more = true;
      break;
    }
    const std::size_t room = std::min(most_pending_ - waiting, kMaxRecordsPerRead);
    ShardPage page = io_.read(shard.id, shard.next_number, room);
    if (page.status == ShardPage::Status::kTrimmed) {
      const auto horizon = io_.first_number(shard.id, IteratorType::kTrimHorizon);
      if (!horizon || *horizon <= shard.next_number) {
        // The whole shard has gone.
        shard.read_to_end = true;
        const std::uint64_t oldest = std::max(shard.next_number, io_.oldest_number());
        io_.on_expired(index, place_of(shard.next_number), place_of(oldest));
        shard.next_number = oldest;
        break;
      }
      io_.on_expired(index, place_of(shard.next_number), place_of(*horizon));
      shard.next_number = *horizon;
      continue;
    }
    if (page.status != ShardPage::Status::kOk) break;
    const std::uint64_t before = shard.next_number;
    for (const StreamRecord& record : page.records) {
      const std::uint64_t number = record.number;
      take(now, shard, record);
      if (broken(Mutant::kFilteredBlocks) && shard.next_number <= number) break;
    }
    if (page.records.empty()) shard.next_number = std::max(shard.next_number, page.next_number);
    if (page.end_of_shard && !broken(Mutant::kFilteredBlocks)) {
      shard.read_to_end = true;
      list_later(now);
      break;
    }
    if (!page.more || shard.next_number == before) {
      shard.read_up_to_now_at = now;
      break;
    }
  }
  save_checkpoint(shard, index);
}

void EventSourceMapping::take(Instant now, ShardState& shard, const StreamRecord& record) {
  const std::uint64_t number = record.number;
  passed_.clear();
  io_.filter(record, passed_);
  if (passed_.empty() && broken(Mutant::kFilteredBlocks)) return;
  for (const PassedPart& passed : passed_) {
    if (place_of(number, passed.part) < shard.skip_below) continue;
    std::uint64_t lane = 0;
    if (shard.lanes.size() > 1) {
      lane = spread(io_.partition_hash(record)) % shard.lanes.size();
      if (broken(Mutant::kLaneByNumber)) lane = number % shard.lanes.size();
    }
    shard.lanes[lane].push({record, passed.part, passed.size_bytes, now});
  }
  shard.next_number = number + 1;
}

// ---------------------------------------------------------------- invoking

LaneContext EventSourceMapping::lane_context(Instant now, ShardState& shard, std::size_t index,
                                             std::size_t lane) {
  LaneContext context;
  context.now = now;
  context.region_clock = io_.region_clock();
  context.shard = index;
  context.shard_id = shard.id;
  context.lane = lane;
  context.shard_ended = shard.read_to_end;
  context.read_up_to_now = shard.read_up_to_now_at == now || stopped_;
  context.next_invocation = &next_invocation_;
  return context;
}

void EventSourceMapping::work(Instant now, ShardState& shard, std::size_t index) {
  for (std::size_t i = 0; i < shard.lanes.size(); ++i) {
    if (stopped_) break;
    const LaneContext context = lane_context(now, shard, index, i);
    if (const auto invocation = shard.lanes[i].work(context)) {
      under_way_[*invocation] = {index, i};
      shard.lanes[i].invoke(context);
    }
  }
  save_checkpoint(shard, index);
  const bool idle = std::all_of(shard.lanes.begin(), shard.lanes.end(),
                                [](const ShardLane& lane) { return lane.idle(); });
  if (shard.read_to_end && idle && !shard.done) {
    shard.done = true;
    // With their buffers: there are more shards with every roll-over.
    std::vector<ShardLane>().swap(shard.lanes);
    list_later(now);
  }
}

void EventSourceMapping::on_end(Instant now, std::uint64_t invocation, const InvocationEnd& end) {
  const auto found = under_way_.find(invocation);
  if (found == under_way_.end()) return;
  const auto [index, lane] = found->second;
  under_way_.erase(found);
  ShardState& shard = shards_[index];
  shard.lanes[lane].on_end(lane_context(now, shard, index, lane), end);
  if (shard.more && !stopped_) read(now, shard, index);
  work(now, shard, index);
}

void EventSourceMapping::save_checkpoint(ShardState& shard, std::size_t index) {
  StreamPlace place = place_of(shard.next_number);
  for (const ShardLane& lane : shard.lanes) {
    if (broken(Mutant::kCheckpointBeforeSuccess)) break;
    if (const auto first = lane.first_place()) place = std::min(place, *first);
  }
  if (place <= shard.checkpoint) return;
  shard.checkpoint = place;
  io_.on_checkpoint(index, place);
}

bool EventSourceMapping::invoking() const {
  return !under_way_.empty();
}

bool EventSourceMapping::drained(Instant since) const {
  if (stopped_ || !started_) return under_way_.empty();
  if (crashed_ || !under_way_.empty() || relist_at_ || !listed_) return false;
  return std::all_of(shards_.begin(), shards_.end(), [&](const ShardState& shard) {
    if (shard.done) return true;
    return shard.active && shard.read_up_to_now_at >= since &&
           std::all_of(shard.lanes.begin(), shard.lanes.end(),
                       [](const ShardLane& lane) { return lane.idle(); });
  });
}

// ---------------------------------------------------------------- crashes

void EventSourceMapping::crash() {
  crashed_ = true;
  under_way_.clear();
  for (ShardState& shard : shards_) {
    if (!shard.active) continue;
    if (shard.done) continue;
    shard.lanes.clear();
    for (std::int64_t i = 0; i < spec_.parallelization_factor; ++i) {
      shard.lanes.emplace_back(spec_, io_);
    }
    shard.read_to_end = false;
    shard.more = false;
    shard.next_number = shard.checkpoint / 2;
    shard.skip_below = shard.checkpoint;
    shard.read_up_to_now_at = Instant{-1};
  }
}

void EventSourceMapping::resume(Instant now) {
  if (!crashed_) return;
  crashed_ = false;
  if (!started_) return;
  next_poll_ = now;
  tick(now);
}

}  // namespace gtsim
