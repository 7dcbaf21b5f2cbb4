// A Lambda event source mapping on one stream: polls shards in the order of their lineage, filters,
// batches, retries, bisects, keeps checkpoints. Pure: the time is an argument, everything else goes
// through MappingIo.
//
// Sources: Lambda developer guide, "Using AWS Lambda with Amazon DynamoDB" (polling, batching,
// parallelization), "Retain discarded records", "Configuring partial batch response", "Implementing
// stateful processing"; API reference, CreateEventSourceMapping.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/consumer/mapping_io.h"
#include "coordinator/consumer/shard_lane.h"
#include "coordinator/scenario/consumer_spec.h"

namespace gtsim {

// The base rate of the service: four polls a second on each shard.
inline constexpr Duration kPollInterval{250'000};

class EventSourceMapping {
 public:
  EventSourceMapping(const ConsumerSpec& spec, MappingIo& io);

  // Polling begins; later calls of tick() keep it going.
  void start(Instant now);
  // Polls when it is time to, and does what was waiting for its time.
  void tick(Instant now);
  // An invocation ended. Ignored when a crash came in between.
  void on_end(Instant now, std::uint64_t invocation, const InvocationEnd& end);

  // The poller forgets everything but its checkpoints.
  void crash();
  void resume(Instant now);
  // Reads and invokes no more; what is under way comes to its end.
  void stop() { stopped_ = true; }

  [[nodiscard]] bool running() const { return started_ && !crashed_ && !stopped_; }
  [[nodiscard]] bool invoking() const;
  // Nothing is waiting or under way, and every shard has been read to its newest record since
  // `since`.
  [[nodiscard]] bool drained(Instant since) const;

 private:
  struct ShardState {
    std::string id;
    std::optional<std::string> parent_id;
    bool active = false;            // its parent is done
    bool read_to_end = false;       // closed, and everything has been read
    bool done = false;              // and processed
    bool more = false;              // reading stopped for want of room
    std::uint64_t next_number = 0;  // to be read next
    StreamPlace skip_below = 0;     // of the first record: what an earlier poller had done
    StreamPlace checkpoint = 0;
    Instant read_up_to_now_at{-1};  // when the last poll came to the newest record
    std::vector<ShardLane> lanes;
  };

  void list_shards(Instant now, bool first);
  void list_later(Instant now);
  void activate(ShardState& shard, std::size_t index, IteratorType from);
  void activate_children();
  void poll(Instant now);
  void read(Instant now, ShardState& shard, std::size_t index);
  void take(Instant now, ShardState& shard, const StreamRecord& record);
  void work(Instant now, ShardState& shard, std::size_t index);
  void save_checkpoint(ShardState& shard, std::size_t index);
  [[nodiscard]] std::size_t pending(const ShardState& shard) const;
  [[nodiscard]] LaneContext lane_context(Instant now, ShardState& shard, std::size_t index,
                                         std::size_t lane);

  const ConsumerSpec& spec_;
  MappingIo& io_;
  std::size_t most_pending_;
  std::vector<ShardState> shards_;
  std::map<std::uint64_t, std::pair<std::size_t, std::size_t>> under_way_;  // shard, lane
  std::vector<PassedPart> passed_;                                          // scratch
  std::uint64_t next_invocation_ = 0;
  Instant next_poll_ = kNever;
  bool started_ = false;
  bool listed_ = false;
  std::optional<Instant> relist_at_{};  // shards have ended, and their children are not known yet
  bool crashed_ = false;
  bool stopped_ = false;
};

}  // namespace gtsim
