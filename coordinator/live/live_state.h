// The inside of LiveCluster, for the .cc files that share the work: live_cluster.cc (time),
// live_hearing.cc (what regions say), live_connection.cc (sessions, crashes), live_orders.cc
// (faults; replicas and streams), live_truth.cc (reading back).
#pragma once

#include <deque>
#include <queue>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/cluster/start_clock.h"
#include "coordinator/live/call_book.h"
#include "coordinator/live/control_client.h"
#include "coordinator/live/inbox.h"
#include "coordinator/live/live_cluster.h"
#include "coordinator/live/region_mirror.h"
#include "coordinator/live/run_session.h"
#include "coordinator/live/wire.h"
#include "region-node/link/link_model.h"

namespace gtsim {

// Ids of questions about where a region stands: rounds count from 1, these have a mark.
inline constexpr std::uint64_t kAttachQuery = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kBarrierQuery = std::uint64_t{1} << 62;

// Where a region's tables stand, as it said last.
struct TablePosition {
  std::uint64_t log_end = 0;
  std::vector<std::optional<std::uint64_t>> acknowledged;  // by RegionId index; of this log
  std::vector<std::uint64_t> received;                     // by RegionId index; of theirs
  std::uint64_t keys = 0;
  bool paused = false;
  bool backfilling = false;
  bool settled = false;  // no operation of the control plane is under way
  [[nodiscard]] bool drained() const;
};
struct RegionPosition {
  bool idle = false;
  std::vector<TablePosition> tables;  // by TableId index
};
[[nodiscard]] Result<RegionPosition> position_of(const wire::RegionStatus& status,
                                                 const WireNames& names);

struct HeardResult {
  std::uint64_t id = 0;
  wire::WriteResult result;
  Instant at;
};
struct HeardStatus {
  std::uint64_t id = 0;
  wire::RegionStatus status;
};
struct HeardOrder {
  std::uint64_t tag = 0;
  OrderOutcome outcome = OrderOutcome::kOk;
  std::string detail;
};
using Heard = std::variant<Fact, HeardResult, HeardStatus, HeardOrder>;

struct LiveRegion {
  // What stands between the region and its calls.
  enum class Phase {
    kReady,
    kProcess,    // it is being started
    kAttaching,  // it tells what this coordinator has not heard
    kBroken,     // the session is over; to be attached again at retry_at, unless it is down
  };

  LiveRegion(RegionId region, const WireNames& names, WallTime start, const RegionSpec& spec,
             std::vector<bool> keep_records)
      : id(region),
        name(spec.name),
        reader(names, region),
        mirror(names.scenario.tables.size(), std::move(keep_records)),
        clock(start_clock(start, spec.clock)),
        drift_ppm(spec.clock.drift_ppm) {}

  RegionId id;
  std::string name;
  RegionState state = RegionState::kUp;
  bool comes_up_frozen = false;  // while it is down
  bool is_being_crashed = false;
  Phase phase = Phase::kAttaching;

  std::unique_ptr<ControlClient> control;
  std::unique_ptr<RunSession> session;
  std::uint64_t session_number = 0;
  RunClock::Real retry_at;
  RunClock::Real give_up_at;
  int failed_attaches = 0;
  std::string broken_because;  // what the end of the latest session said

  WireReader reader;
  std::uint64_t heard_entries = 0;  // journal entries below this number have come
  std::uint64_t told_entries = 0;   // … and observers know of them
  std::uint64_t confirmed_entries = 0;
  std::deque<Heard> waiting;  // heard, not told yet

  RegionMirror mirror;
  RegionClock clock;
  double drift_ppm;
  CallBook calls;
  std::vector<std::uint64_t> open_orders;  // tags of those that were not answered
  std::optional<RegionPosition> position;
  std::uint64_t asked_round = 0;
  std::uint64_t answered_round = 0;

  // By TableId index; what a restarted node has to be told again.
  std::vector<ReplicaStatus> status;
  std::vector<bool> paused;
  std::vector<std::optional<std::int64_t>> capacity;
  std::vector<bool> capacity_changed;
  std::vector<std::pair<Duration, std::optional<double>>>
      clock_steps_due;  // missed while frozen, or coming up
};

struct LiveCluster::State {
  State(const Scenario& the_scenario, NodeHost& the_host, RunClock the_clock,
        LiveOptions the_options);

  struct Timer {
    Instant at;
    std::uint64_t order;
    std::uint64_t token;
    friend bool operator<(const Timer& a, const Timer& b) {  // the queue's top is its largest
      return a.at != b.at ? a.at > b.at : a.order > b.order;
    }
  };

  // --- Time (live_cluster.cc)
  void refresh_now();
  void fire_timers();
  void look_around();
  // Hears and tells until `done` or until then. True: done.
  bool pump(std::chrono::milliseconds limit, const std::function<bool()>& done);
  // The run cannot go on; the first reason counts.
  void fail(std::string reason);

  // --- Hearing (live_hearing.cc)
  void hear(Arrival arrival);
  void hear_report(LiveRegion& region, const wire::RunReport& report);
  void hear_entries(LiveRegion& region, const wire::RunReport::Entries& entries);
  void tell_all();
  [[nodiscard]] bool must_wait(const LiveRegion& region, const Heard& heard) const;
  [[nodiscard]] bool origin_has_told(const LiveRegion& region, TableId table, KeyId key,
                                     Version version) const;
  void tell(LiveRegion& region, Fact& fact);
  void tell(LiveRegion& region, HeardResult& heard);
  void tell(LiveRegion& region, HeardStatus& heard);
  void tell(LiveRegion& region, HeardOrder& heard);
  void tell_table_fact(LiveRegion& region, const TableFact& fact, Instant when);
  void confirm_told(LiveRegion& region, bool now_too);
  void want_status() const;
  void start_round();
  void end_round();

  // --- Connections (live_connection.cc)
  [[nodiscard]] Result<void> attach_all();
  [[nodiscard]] Result<void> check_fresh(LiveRegion& region, const wire::RegionStatus& status);
  [[nodiscard]] Result<void> open_session(LiveRegion& region);
  void end_session(LiveRegion& region);
  void on_session_over(LiveRegion& region, const Arrival& arrival);
  void on_attached(LiveRegion& region);
  void step_connections();
  void watch_processes();
  void crash(LiveRegion& region);
  void restart(LiveRegion& region);
  void set_frozen(LiveRegion& region, bool frozen);
  [[nodiscard]] NodeTime node_time(const LiveRegion& region) const;
  void set_state(LiveRegion& region, RegionState state);

  // --- Calls (live_hearing.cc)
  void write(LiveRegion& region, WriteCall call);
  void refuse(RegionId region, const WriteCall& call, WriteOutcome outcome,
              std::string_view detail);
  [[nodiscard]] std::size_t most_outstanding() const;

  // --- Orders (live_orders.cc)
  // To a region that can take orders; others are told when they can. A refusal ends the run.
  void order(LiveRegion& region, const wire::Order& order);
  [[nodiscard]] Result<std::string> execute(LiveRegion& region, const wire::Order& order);
  void order_link(RegionId from, RegionId to, bool restore);
  void apply_volatile(LiveRegion& region);
  // Tells the region where the other one is; it dials at once.
  void introduce(LiveRegion& region, RegionId other);
  void step_clock(LiveRegion& region, Duration step, std::optional<double> drift_ppm);
  void set_paused(LiveRegion& region, TableId table, bool paused);
  void set_capacity(LiveRegion& region, TableId table, std::optional<std::int64_t> units);
  void lift_all_faults();
  [[nodiscard]] const std::string& table_name(TableId table) const {
    return scenario.tables[table.index()].name;
  }
  [[nodiscard]] LinkModel& link(RegionId from, RegionId to) {
    return *links[from.index() * regions.size() + to.index()];
  }

  // --- Replicas and streams (live_orders.cc)
  void order(LiveRegion& region, const ControlOrder& order, std::uint64_t tag);
  void tell_order(RegionId asked, std::uint64_t tag, OrderOutcome outcome, std::string_view detail);
  void split_shard(LiveRegion& region, TableId table);
  // Everything that the region had said when it was asked has been told. Gives up after a while.
  void barrier(LiveRegion& region);

  [[nodiscard]] LiveRegion& at(RegionId region) { return *regions[region.index()]; }
  [[nodiscard]] const LiveRegion& at(RegionId region) const { return *regions[region.index()]; }

  // Constant after construction.
  const Scenario& scenario;
  NodeHost& host;
  const RunClock clock;
  const LiveOptions options;
  std::vector<std::unique_ptr<KeySpace>> keys;
  const WireNames names;

  ClusterClient* client = nullptr;
  std::vector<ClusterObserver*> observers;
  Inbox inbox;  // outlives the sessions
  std::vector<std::unique_ptr<LiveRegion>> regions;
  std::vector<std::unique_ptr<LinkModel>> links;  // from * regions + to; none to itself

  Instant now{0};
  std::priority_queue<Timer> timers;
  std::uint64_t next_order = 0;
  std::uint64_t next_call = 0;
  std::uint64_t next_session = 0;
  std::uint64_t next_barrier = 0;
  std::uint64_t barrier_reached = 0;
  std::chrono::microseconds most_late{0};
  RunClock::Real looked_around_at;
  bool stopped = false;
  std::string failure;

  // Rounds of asking every region where it stands.
  mutable RunClock::Real status_wanted_until;
  std::uint64_t round = 0;
  bool round_open = false;
  RunClock::Real round_ended_at;
  std::uint64_t activity = 0;  // counts whatever happens
  std::uint64_t activity_at_round = 0;
  int quiet_rounds = 0;  // in a row, without any activity
};

}  // namespace gtsim
