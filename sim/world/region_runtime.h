// One simulated region: the pure state machine and what a machine adds to it: a clock, a disk that
// takes time, a state (up, frozen, down).
#pragma once

#include <map>
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

namespace gtsim {

// A client's call that waits for a frozen region to go on.
struct WaitingCall {
  WriteCall call;
  Instant asked_at;
};

struct RegionRuntime {
  RegionRuntime(RegionId id, WallTime start, const RegionSpec& spec)
      : replica(id), clock(start_clock(start, spec.clock)), fsync(spec.fsync) {}

  Replica replica;
  RegionClock clock;
  Duration fsync;
  RegionState state = RegionState::kUp;
  bool comes_up_frozen = false;          // while it is down
  std::map<TableId, bool> pauses_due{};  // ordered while it was not up
  // A database, when the disk takes time or the run asks for one; else the memory is the disk: it
  // takes no time, and a crash loses nothing of it.
  std::unique_ptr<RegionDisk> disk;
  std::unique_ptr<CommitPipeline> pipeline;    // with a database
  std::vector<std::unique_ptr<Store>> stores;  // without one; by TableId index
  Instant wake_at = kNever;                    // the earliest wake that is in the queue

  CommitBatch writing_batch;      // of the group that is being written
  std::uint64_t sync_number = 0;  // a crash makes older completions void

  std::unique_ptr<ControlPlane> control;
  std::vector<std::uint64_t> open_orders;  // tags of those who were not answered yet

  // While frozen: what arrives waits, in order.
  RingQueue<Message> waiting_messages;
  RingQueue<WaitingCall> waiting_calls;
};

}  // namespace gtsim
