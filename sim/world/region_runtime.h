// One simulated region: the pure state machine and what a machine adds to it: a clock, a disk that
// takes time, a state (up, frozen, down).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/cluster/start_clock.h"
#include "region-node/base/ring_queue.h"
#include "region-node/commit/commit_pipeline.h"
#include "region-node/control_plane/control_plane.h"
#include "region-node/replica.h"
#include "sim/storage/region_disk.h"
#include "sim/storage/undo_store.h"

namespace gtsim {

// A client's call that waits for a frozen region to go on.
struct WaitingCall {
  WriteCall call;
  Instant asked_at;
};

// What the control plane did in a group that has not left yet.
struct HeldControl {
  std::uint64_t group = 0;
  ControlEffects effects;
};

struct RegionRuntime {
  RegionRuntime(RegionId id, WallTime start, const RegionSpec& spec)
      : replica(id), clock(start_clock(start, spec.clock)), fsync(spec.fsync) {}

  Replica replica;
  RegionClock clock;
  Duration fsync;
  RegionState state = RegionState::kUp;
  std::vector<std::unique_ptr<Store>> stores;  // by TableId index
  std::vector<UndoStore*> undo_stores;         // the same stores when the disk takes time
  std::unique_ptr<RegionDisk> disk;            // instead of both: a database
  // Settings by TableId index, which survive a crash.
  std::vector<std::optional<std::int64_t>> capacities;
  Instant wake_at = kNever;  // the earliest wake that is in the queue

  // Nothing: the disk is memory and takes no time, so that all that was done is durable.
  std::unique_ptr<CommitPipeline> pipeline;
  // Of the group that is being written: what is put when it is done.
  std::vector<std::size_t> writing_puts;  // by TableId index: entries of the undo stores
  CommitBatch writing_batch;              // with a database
  std::uint64_t written_revision = 0;     // of the tables' structure, as it was given to the disk
  std::uint64_t durable_revision = 0;     // the same, as the disk has it
  std::uint64_t sync_number = 0;          // a crash makes older completions void

  std::unique_ptr<ControlPlane> control;  // survives crashes
  Instant control_wake_at = kNever;
  std::deque<HeldControl> control_held;

  // While frozen: what arrives waits, in order.
  RingQueue<Message> waiting_messages;
  RingQueue<WaitingCall> waiting_calls;
};

}  // namespace gtsim
