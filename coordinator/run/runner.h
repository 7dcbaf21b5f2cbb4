// Plays a scenario on a cluster: starts its writes, faults and reads at their times, waits until
// everything has settled, and evaluates the expectations.
//
// A run has three parts: activity (steps, workloads, replays, timed expectations), then every fault
// is lifted and the cluster settles, then what is expected of the end is looked at.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/check/checker.h"
#include "coordinator/cluster/cluster.h"
#include "coordinator/cluster/resolved_write.h"
#include "coordinator/consumer/consumer_host.h"
#include "coordinator/fault/fault_set.h"
#include "coordinator/run/client_door.h"
#include "coordinator/run/expectation_state.h"
#include "coordinator/run/run_files.h"
#include "coordinator/run/statistics.h"
#include "coordinator/run/verdict.h"
#include "coordinator/workload/replay.h"
#include "coordinator/workload/writer.h"

namespace gtsim {

class Runner final : public ClusterClient, public ClusterObserver {
 public:
  struct Options {
    std::uint64_t seed = 1;
    std::function<void(Instant, std::string_view)> note;  // a fault began or ended; may be empty
    // Now and then, which share of the planned virtual time has passed, 0 to 1; may be empty.
    std::function<void(double)> progress;
    RunFiles* files = nullptr;   // of the run, while it is played; null: there are none
    bool with_consumers = true;  // they read, and change nothing in the tables
    bool update_golden = false;
    InterruptFlag interrupted = nullptr;  // ends what a handler is waited for
  };
  Runner(const Scenario& scenario, Cluster& cluster, std::vector<ReplayWrite> replay,
         Options options);

  // The whole run. Call once.
  [[nodiscard]] Verdict run();

  // Hears of conflicts and lost writes.
  void add_listener(ConflictListener* listener) { checker_.add_listener(listener); }

  [[nodiscard]] const Statistics& statistics() const { return statistics_; }
  [[nodiscard]] const ConsumerHost& consumers() const { return consumers_; }
  // What was amiss with functions at their end.
  [[nodiscard]] const std::vector<std::string>& handler_errors() const { return handler_errors_; }

  void on_timer(Instant now, std::uint64_t token) override;
  void on_progress(Instant now) override;
  void on_write(Instant now, const WriteEvent& event) override;
  void on_order(Instant now, const OrderEvent& event) override;

 private:
  enum TimerKind : std::uint64_t {
    kStep,
    kStepEnd,
    kFlapDown,
    kFlapUp,
    kPauseOnset,
    kRestart,
    kWriter,
    kReplay,
    kTimed,
    kIterator,
    kMarkPoll,
    kMarkStart,
    kDurationEnd,
    kSettlePoll,
    kConsumer,
    kConsumersStarted,
    kAdmitted,
    kPatience
  };
  static constexpr int kKindShift = 56;
  static constexpr std::uint64_t kStepTag = std::uint64_t{1}
                                            << 62;  // of writes and orders made by steps
  // Of writes whose writer listens: with its number above that of the writer.
  static constexpr std::uint64_t kHeardTag = std::uint64_t{1} << 61;
  static constexpr int kWriterBits = 20;

  struct StepState {
    WriteCall write;      // of a write step
    std::string outcome;  // of a write or an order; empty: not answered
    std::string outcome_detail;
    std::int64_t flaps_left = 0;
    std::vector<LinkId> flaps;     // links that still go down and up
    std::vector<TableId> sets_in;  // a pause: of these tables, when its onset has passed
    bool began = false;            // a fault, which is over when it has ended
    bool ended = false;
  };

  // --- Activity (runner.cc)
  void start();
  [[nodiscard]] FaultSet::Normal normal() const;
  void schedule(Instant at, TimerKind kind, std::uint64_t index);
  void work_done();
  void add_writers(std::size_t workload);
  void run_writer(std::size_t index);
  void hear(Instant now, const WriteEvent& event);
  void schedule_patience(Instant at, std::size_t index);
  void run_replay();
  void begin_settling(Instant now);
  void poll_settling(Instant now);

  // --- Steps (run_steps.cc)
  void begin_step(Instant now, std::size_t index);
  void end_step(Instant now, std::size_t index);
  void flap(Instant now, std::size_t index, bool down);
  void set_in(Instant now, std::size_t index);  // a pause's onset has passed
  [[nodiscard]] Dice dice_of(const Step& step) const;
  [[nodiscard]] Dice fate_of(const Step& step, const WriteCall& call) const;
  // Tells the cluster.
  void carry_out(const FaultSet::Effects& effects);
  void heal(const HealStep& step);
  void resume(const ResumeReplicationStep& step);
  // Steps but `index` that hold nothing any more, because somebody ended it for them.
  void note_ended(Instant now, std::size_t index);
  void comes_back(Instant now, std::size_t index);  // a region that a step crashed
  void fault_ended(Instant now, std::size_t index);
  void note(Instant now, std::string_view text) {
    if (options_.note) options_.note(now, text);
  }
  void attach_consumer_listeners(std::size_t expectation);
  [[nodiscard]] std::unique_ptr<GoldenFile> golden_file(const std::string& path, std::string whose);
  [[nodiscard]] Instant drain_deadline() const;

  // --- Expectations (evaluate.cc)
  void evaluate_timed(Instant now, std::size_t index);
  void take_iterator(Instant now, std::size_t index);
  void start_mark(Instant now, std::size_t index);
  void poll_mark(Instant now, std::size_t index);
  void evaluate_end(Instant now);
  void evaluate_overdue(Instant now);
  void add_outcomes(Verdict& verdict) const;
  [[nodiscard]] EvaluationContext context() const;

  const Scenario& scenario_;
  Cluster& cluster_;
  RunFiles no_files_;  // for whoever gives none
  Options options_;
  Checker checker_;
  ConsumerHost consumers_;
  Statistics statistics_;
  Dice fault_dice_;

  std::vector<StepState> steps_;
  std::vector<Writer> writers_;
  std::vector<ReplayWrite> replay_;
  std::vector<WriteCall> replay_calls_;  // by place in replay_
  std::size_t replay_next_ = 0;
  std::vector<ExpectationState> expectations_;
  std::vector<std::size_t> counters_;  // expectations that count increments
  FaultSet faults_;                    // by the number of the step
  ClientDoor door_;

  std::int64_t open_work_ = 0;  // timers of the activity that have not fired
  bool settling_ = false;
  Instant activity_ended_at_;
  Instant settle_deadline_;
  std::optional<Instant> settled_at_;  // consumers go on from here
  std::vector<std::string> handler_errors_;
  std::optional<Instant> last_fault_end_;
  Instant planned_end_;  // of the last thing that is sure to happen
  std::string undecided_;
};

}  // namespace gtsim
