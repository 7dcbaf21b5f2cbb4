// One simulated region: the pure state machine and what a machine adds to it: a clock, a disk that
// takes time, a state (up, frozen, down).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/cluster/region_clock.h"
#include "region-node/base/ring_queue.h"
#include "region-node/replica.h"
#include "sim/storage/region_disk.h"
#include "sim/world/journaling_store.h"

namespace gtsim {

// A client's call that waits: for the disk, or for a frozen region to go on.
struct PendingCall {
  std::vector<WriteRequest> requests;
  bool transaction = false;
  std::uint64_t tag = 0;
  Instant asked_at;
};

struct HeldReply {
  PendingCall call;
  WriteOutcome outcome = WriteOutcome::kOk;
  std::string detail;
  std::vector<WriteReply> replies;
};

// Commits that become durable together, with everything that must not leave the region before.
struct CommitGroup {
  Effects effects;
  std::vector<HeldReply> replies;
  std::vector<std::size_t> puts;           // by TableId index: journal entries of this group
  std::vector<DurablePosition> positions;  // by TableId index: after this group
  CommitBatch batch;                       // with a database: what is written

  [[nodiscard]] bool empty() const {
    return effects.facts.empty() && effects.messages.empty() && replies.empty();
  }
};

struct RegionRuntime {
  RegionRuntime(RegionId id, WallTime start, const RegionSpec& spec)
      : replica(id), clock(start_clock(start, spec.clock)), fsync(spec.fsync) {}

  Replica replica;
  RegionClock clock;
  Duration fsync;
  RegionState state = RegionState::kUp;
  std::vector<std::unique_ptr<Store>> stores;  // by TableId index
  std::vector<JournalingStore*> journals;      // the same stores when fsync takes time
  std::unique_ptr<RegionDisk> disk;            // instead of both: a database
  // Settings by TableId index, which survive a crash.
  std::vector<std::optional<std::int64_t>> capacities;
  Instant wake_at = kNever;  // the earliest wake that is in the queue

  // With a slow disk: the group being written, the one that fills meanwhile, what is durable.
  CommitGroup syncing;
  CommitGroup filling;
  bool sync_under_way = false;
  std::uint64_t sync_number = 0;  // a crash makes older completions void
  std::vector<DurablePosition> durable;

  // While frozen: what arrives waits, in order.
  RingQueue<Message> waiting_messages;
  RingQueue<PendingCall> waiting_calls;
};

}  // namespace gtsim
