#include "coordinator/run/runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/cluster/client_patience.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

constexpr Duration kSettlePollInterval{50'000};
constexpr std::uint64_t kIndexMask = (std::uint64_t{1} << 56) - 1;

Runner::Options with_files(Runner::Options options, RunFiles& otherwise) {
  if (options.files == nullptr) options.files = &otherwise;
  return options;
}

}  // namespace

Runner::Runner(const Scenario& scenario, Cluster& cluster, std::vector<ReplayWrite> replay,
               Options options)
    : scenario_(scenario),
      cluster_(cluster),
      options_(with_files(std::move(options), no_files_)),
      checker_(scenario, cluster),
      consumers_({.scenario = &scenario,
                  .cluster = &cluster,
                  .seed = options_.seed,
                  .errors_path =
                      [this](const std::string& consumer) {
                        return options_.files->errors_path(consumer);
                      },
                  .with_consumers = options_.with_consumers,
                  .interrupted = options_.interrupted,
                  .call_at =
                      [this](Instant at, std::uint64_t token) {
                        cluster_.call_at(
                            at, (static_cast<std::uint64_t>(kConsumer) << kKindShift) | token);
                      }}),
      statistics_(scenario.regions.size(), scenario.tables.size()),
      fault_dice_(Dice{options_.seed}.of("faults")),
      steps_(scenario.steps.size()),
      replay_(std::move(replay)),
      expectations_(scenario.expect.size()),
      door_(cluster, faults_,
            [this](Instant at, std::uint64_t number) { schedule(at, kAdmitted, number); }) {
  cluster_.set_client(this);
  cluster_.add_observer(&checker_);
  cluster_.add_observer(&statistics_);
  checker_.add_listener(&statistics_);
  if (!consumers_.empty()) cluster_.add_observer(&consumers_);
  cluster_.add_observer(this);
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    if (const auto* golden = std::get_if<StreamExpectation>(&scenario.expect[i].kind)) {
      expectations_[i].golden_file = golden_file(golden->path, "the stream");
      expectations_[i].golden_stream = std::make_unique<GoldenStream>(
          scenario, cluster, golden->region, golden->table, *expectations_[i].golden_file);
      cluster_.add_observer(expectations_[i].golden_stream.get());
    }
    attach_consumer_listeners(i);
  }
}

std::unique_ptr<GoldenFile> Runner::golden_file(const std::string& path, std::string whose) {
  return std::make_unique<GoldenFile>(path, std::move(whose), options_.update_golden,
                                      options_.files->golden(path));
}

void Runner::attach_consumer_listeners(std::size_t expectation) {
  const ExpectationKind& kind = scenario_.expect[expectation].kind;
  ExpectationState& state = expectations_[expectation];
  if (const auto* per_write = std::get_if<PerWriteExpectation>(&kind)) {
    state.tally = &consumers_.tally(per_write->consumers);
    return;
  }
  const auto* deliveries = std::get_if<DeliveriesExpectation>(&kind);
  const auto* output = std::get_if<OutputExpectation>(&kind);
  if (deliveries == nullptr && output == nullptr) return;
  const auto& matches = deliveries != nullptr ? deliveries->matches : output->matches;
  if (!matches) return;
  const std::string& name = deliveries != nullptr ? deliveries->consumer : output->consumer;
  state.golden_file = golden_file(*matches, name);
  const ConsumerLog::Listener listener = [file = state.golden_file.get()](std::string_view line) {
    file->line(line);
  };
  for (const auto& consumer : consumers_.consumers()) {
    if (!consumer->is_called(name)) continue;
    auto& listeners = deliveries != nullptr ? consumer->log().records : consumer->log().answers;
    listeners.push_back(listener);
  }
}

void Runner::schedule(Instant at, TimerKind kind, std::uint64_t index) {
  const bool background = kind == kSettlePoll || kind == kMarkPoll || kind == kConsumer;
  if (!background) {
    ++open_work_;
    planned_end_ = std::max(planned_end_, at);
  }
  cluster_.call_at(at, (static_cast<std::uint64_t>(kind) << kKindShift) | index);
}

FaultSet::Normal Runner::normal() const {
  FaultSet::Normal normal;
  for (std::size_t i = 0; i < scenario_.regions.size(); ++i) {
    const RegionId region{static_cast<std::uint16_t>(i)};
    normal.drift_ppm.emplace(region, scenario_.regions[i].clock.drift_ppm);
    for (std::size_t j = 0; j < scenario_.regions.size(); ++j) {
      const RegionId to{static_cast<std::uint16_t>(j)};
      if (i != j) normal.links.emplace(LinkId{region, to}, cluster_.link_settings(region, to));
    }
    for (std::size_t t = 0; t < scenario_.tables.size(); ++t) {
      const auto& capacity = scenario_.tables[t].write_capacity;
      if (capacity.empty()) continue;
      normal.capacity.emplace(std::pair{TableId{static_cast<std::uint16_t>(t)}, region},
                              capacity[i]);
    }
  }
  return normal;
}

void Runner::start() {
  faults_ = FaultSet(normal());
  for (std::size_t i = 0; i < scenario_.steps.size(); ++i) {
    const Step& step = scenario_.steps[i];
    if (const auto* write = std::get_if<WriteStep>(&step.action)) {
      steps_[i].write = resolved_write(write->writes, write->transaction, scenario_, cluster_);
      steps_[i].write.tag = kStepTag | i;
    }
    schedule(Instant{} + step.at, kStep, i);
  }
  for (std::size_t i = 0; i < scenario_.workload.size(); ++i) {
    add_writers(i);
  }
  for (const ReplayWrite& write : replay_) {
    replay_calls_.push_back(resolved_write(write.writes, write.transaction, scenario_, cluster_));
  }
  if (!replay_.empty()) {
    schedule(Instant{} + replay_.front().at, kReplay, 0);
    planned_end_ = std::max(planned_end_, Instant{} + replay_.back().at);
  }
  for (std::size_t i = 0; i < scenario_.expect.size(); ++i) {
    const ExpectationKind& kind = scenario_.expect[i].kind;
    const auto timed = [&](const std::optional<Duration>& at) {
      if (at) schedule(Instant{} + *at, kTimed, i);
    };
    if (const auto* item = std::get_if<ItemExpectation>(&kind)) {
      expectations_[i].key =
          intern_key(item->key, scenario_.tables[item->table.index()], cluster_.keys(item->table));
      timed(item->at);
    } else if (const auto* counter = std::get_if<CounterExpectation>(&kind)) {
      expectations_[i].key = intern_key(counter->key, scenario_.tables[counter->table.index()],
                                        cluster_.keys(counter->table));
      counters_.push_back(i);
    } else if (const auto* read = std::get_if<StreamReadExpectation>(&kind)) {
      timed(read->at);
      if (read->iterator_at) schedule(Instant{} + *read->iterator_at, kIterator, i);
    } else if (const auto* replica = std::get_if<ReplicaExpectation>(&kind)) {
      timed(replica->at);
    } else if (const auto* table = std::get_if<TableExpectation>(&kind)) {
      timed(table->at);
    } else if (const auto* status = std::get_if<StreamStatusExpectation>(&kind)) {
      timed(status->at);
    } else if (const auto* converged = std::get_if<ConvergedExpectation>(&kind)) {
      if (converged->after.kind == AfterSpec::Kind::kTime) {
        schedule(Instant{} + converged->after.time, kMarkStart, i);
      }
    }
  }
  if (!consumers_.empty()) schedule(consumers_.start(), kConsumersStarted, 0);
  schedule(Instant{} + scenario_.duration.value_or(Duration{0}), kDurationEnd, 0);
}

void Runner::add_writers(std::size_t workload) {
  const Dice dice = Dice{options_.seed}.of("workload").of(workload);
  const WorkloadSpec& spec = scenario_.workload[workload];
  const TableSpec& table = scenario_.tables[spec.table.index()];
  auto sampler = std::make_shared<const KeySampler>(spec.keys);
  auto factory = std::make_shared<ItemFactory>(table, cluster_.keys(spec.table), sampler->keys(),
                                               spec.region_attribute);
  for (const RegionId region : spec.regions) {
    const std::string& name = scenario_.regions[region.index()].name;
    Writer& writer = writers_.emplace_back(
        std::make_unique<Generator>(spec, table, region, name, dice.of(name), sampler, factory),
        spec.fail_over);
    if (const auto at = writer.generator().next()) schedule(*at, kWriter, writers_.size() - 1);
  }
  const Duration length =
      spec.for_duration
          ? *spec.for_duration
          : Duration{static_cast<std::int64_t>(static_cast<double>(spec.count.value_or(0)) /
                                               spec.rate_per_second * 1e6)};
  planned_end_ = std::max(planned_end_, Instant{} + spec.start + length);
}

void Runner::on_timer(Instant now, std::uint64_t token) {
  const auto kind = static_cast<TimerKind>(token >> kKindShift);
  const std::size_t index = token & kIndexMask;
  switch (kind) {
    case kWriter:
      run_writer(index);
      return;
    case kPatience:
      schedule_patience(writers_[index].give_up(now), index);
      return;
    case kAdmitted:
      door_.on_timer(index);
      break;
    case kReplay:
      run_replay();
      break;
    case kStep:
      begin_step(now, index);
      break;
    case kStepEnd:
      end_step(now, index);
      break;
    case kFlapDown:
      flap(now, index, /*down=*/true);
      break;
    case kFlapUp:
      flap(now, index, /*down=*/false);
      break;
    case kPauseOnset:
      set_in(now, index);
      break;
    case kRestart:
      comes_back(now, index);
      break;
    case kTimed:
      evaluate_timed(now, index);
      break;
    case kIterator:
      take_iterator(now, index);
      break;
    case kMarkStart:
      start_mark(now, index);
      break;
    case kDurationEnd:
    case kConsumersStarted:
      break;
    case kConsumer:
      consumers_.on_timer(now, index);
      return;
    case kMarkPoll:
      poll_mark(now, index);
      return;
    case kSettlePoll:
      poll_settling(now);
      return;
  }
  work_done();
}

void Runner::on_progress(Instant now) {
  if (!options_.progress) return;
  const auto end = static_cast<double>(planned_end_.us);
  options_.progress(end > 0 ? std::min(1.0, static_cast<double>(now.us) / end) : 0);
}

void Runner::work_done() {
  CHECK(open_work_ > 0);
  --open_work_;
  if (open_work_ == 0 && !settling_) begin_settling(cluster_.now());
}

void Runner::run_writer(std::size_t index) {
  Writer& writer = writers_[index];
  Generator& generator = writer.generator();
  const Instant now = cluster_.now();
  const std::uint64_t number = generator.made();
  const RegionId region = writer.next_region(now);
  WriteCall call = generator.take(cluster_.clock(region), scenario_.regions[region.index()].name);
  call.tag = writer.listens() ? kHeardTag | (number << kWriterBits) | index : index;
  if (!call.operations.empty()) {
    if (writer.on_sent(number, now)) schedule_patience(now + kClientPatience, index);
    door_.write(region, std::move(call), generator.dice_of(number));
  }
  if (const auto at = generator.next()) {
    cluster_.call_at(*at, (static_cast<std::uint64_t>(kWriter) << kKindShift) | index);
  } else {
    work_done();
  }
}

void Runner::schedule_patience(Instant at, std::size_t index) {
  if (at != kNever) {
    cluster_.call_at(at, (static_cast<std::uint64_t>(kPatience) << kKindShift) | index);
  }
}

void Runner::hear(Instant now, const WriteEvent& event) {
  const std::uint64_t tag = event.tag & ~kHeardTag;
  const std::uint64_t index = tag & ((std::uint64_t{1} << kWriterBits) - 1);
  writers_[index].on_end(tag >> kWriterBits, event.outcome, now);
}

void Runner::run_replay() {
  const RegionId region = replay_[replay_next_].region;
  WriteCall call = std::move(replay_calls_[replay_next_]);
  ++replay_next_;
  door_.write(region, std::move(call), fault_dice_.of("replay").of(replay_next_));
  if (replay_next_ < replay_.size()) schedule(Instant{} + replay_[replay_next_].at, kReplay, 0);
}

void Runner::on_order(Instant now, const OrderEvent& event) {
  StepState& step = steps_[event.tag & ~kStepTag];
  step.outcome = to_text(event.outcome);
  step.outcome_detail = std::string{event.detail};
  if (event.outcome != OrderOutcome::kOk) {
    note(now, fmt::format("refused ({}): {}", step.outcome, event.detail));
  }
}

void Runner::on_write(Instant now, const WriteEvent& event) {
  if ((event.tag & kHeardTag) != 0) hear(now, event);
  if ((event.tag & kStepTag) != 0) {
    StepState& step = steps_[event.tag & ~kStepTag];
    step.outcome = to_text(event.outcome);
    step.outcome_detail = std::string{event.detail};
  }
  if (event.outcome != WriteOutcome::kOk) return;
  for (const std::size_t i : counters_) {
    const auto* counter = std::get_if<CounterExpectation>(&scenario_.expect[i].kind);
    for (const Operation& operation : event.operations) {
      if (operation.table != counter->table || operation.key != expectations_[i].key ||
          operation.update == nullptr) {
        continue;
      }
      const auto added = operation.update->add.find(counter->attribute);
      if (added == operation.update->add.end()) continue;
      if (auto sum = expectations_[i].acknowledged.plus(added->second)) {
        expectations_[i].acknowledged = *sum;
      }
    }
  }
}

void Runner::begin_settling(Instant now) {
  settling_ = true;
  activity_ended_at_ = now;
  faults_.clear();
  cluster_.lift_all_faults();
  bool lifted = false;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (!steps_[i].began || steps_[i].ended) continue;
    if (!lifted) note(now, "end of activity: every fault is lifted");
    lifted = true;
    fault_ended(now, i);
  }
  settle_deadline_ = now + scenario_.limits.settle;
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    const auto* converged = std::get_if<ConvergedExpectation>(&scenario_.expect[i].kind);
    if (converged == nullptr || expectations_[i].marked_at) continue;
    const bool after_write =
        converged->after.kind == AfterSpec::Kind::kLastWrite ||
        (converged->after.kind == AfterSpec::Kind::kLastFault && !last_fault_end_);
    if (!after_write) continue;
    start_mark(now, i);
    ExpectationState& state = expectations_[i];
    state.marked_at = statistics_.last_write();
    // It was so before anybody looked: writes that change nothing may come long after the last
    // one that did.
    if (state.reached_at) {
      state.reached_at = std::max(*state.marked_at, statistics_.last_arrival());
    }
  }
  poll_settling(now);
}

void Runner::poll_settling(Instant now) {
  if (cluster_.quiescent()) {
    for (std::size_t i = 0; i < expectations_.size(); ++i) {
      if (std::holds_alternative<ConvergedExpectation>(scenario_.expect[i].kind)) poll_mark(now, i);
    }
    // Then consumers may go on for a while. Nobody writes any more, but TTL may still delete: what
    // comes of that has as long to reach every region, and the consumers are to read it.
    if (!settled_at_) settled_at_ = now;
    settle_deadline_ = std::max(settle_deadline_, now + scenario_.limits.settle);
    const Instant deadline = drain_deadline();
    if (consumers_.drained(*settled_at_) || now >= deadline) {
      cluster_.stop();
      return;
    }
    schedule(std::min(now + kSettlePollInterval, deadline), kSettlePoll, 0);
    return;
  }
  if (now >= settle_deadline_) {
    undecided_ =
        fmt::format("settle: the regions have not converged within {} after {}",
                    to_text(scenario_.limits.settle),
                    settled_at_ ? "they last had, while consumers went on" : "the end of activity");
    cluster_.stop();
    return;
  }
  // A deadline between two looks is looked at too: what is over is over.
  schedule(std::min(now + kSettlePollInterval, settle_deadline_), kSettlePoll, 0);
}

// An open tumbling window ends when its time is over.
Instant Runner::drain_deadline() const {
  Duration drain = scenario_.limits.drain;
  for (const ConsumerSpec& consumer : scenario_.consumers) {
    if (consumer.tumbling_window.count() == 0) continue;
    drain = std::max(drain, consumer.tumbling_window + Duration{60'000'000});
  }
  return *settled_at_ + drain;
}

Verdict Runner::run() {
  start();
  const RunEnd end = cluster_.run();
  Verdict verdict;
  verdict.seed = options_.seed;
  const Instant now = cluster_.now();
  const bool settled = end == RunEnd::kStopped && undecided_.empty() && !checker_.violation() &&
                       !consumers_.violation() && consumers_.unusable().empty();
  if (settled) checker_.check_end(now);
  checker_.close_ledger(now);
  handler_errors_ = consumers_.finish(now, settled_at_.value_or(now), settled);
  const bool unusable = !consumers_.unusable().empty() && undecided_.empty();
  if (unusable) undecided_ = consumers_.unusable();
  const auto& violation = checker_.violation() ? checker_.violation() : consumers_.violation();
  if (violation) {
    verdict.kind = VerdictKind::kCheckFailed;
    verdict.violation = violation;
  } else if (end == RunEnd::kInterrupted) {
    verdict.kind = VerdictKind::kInterrupted;
  } else if (end == RunEnd::kLimit || !undecided_.empty()) {
    verdict.kind = VerdictKind::kUndecided;
    verdict.reason = end == RunEnd::kLimit ? cluster_.limit_message() : undecided_;
    evaluate_overdue(now);
  } else {
    evaluate_end(now);
  }
  bool all_hold = true;
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    ExpectationResult result;
    result.text = scenario_.expect[i].text;
    result.position = scenario_.expect[i].position;
    result.evaluated = expectations_[i].judgement.has_value();
    if (result.evaluated) {
      result.holds = expectations_[i].judgement->holds;
      result.found = expectations_[i].judgement->found;
      all_hold = all_hold && result.holds;
    } else {
      result.found = "the run ended before";
    }
    verdict.expectations.push_back(std::move(result));
  }
  add_outcomes(verdict);
  for (const ExpectationResult& result : verdict.expectations) {
    all_hold = all_hold && (result.holds || !result.evaluated);
  }
  // What was looked at and found wrong stays wrong, even if the run could not come to its end.
  const bool open = verdict.kind == VerdictKind::kHolds || verdict.kind == VerdictKind::kUndecided;
  if (open && !all_hold) verdict.kind = VerdictKind::kExpectationFailed;
  verdict.ended_at = settled ? std::max(activity_ended_at_, statistics_.last_arrival()) : now;
  verdict.history_digest = statistics_.digest();
  if (!consumers_.empty()) {
    Digest both;
    both.add(verdict.history_digest);
    both.add(consumers_.digest());
    verdict.history_digest = both.value();
  }
  Digest tables;
  for (std::size_t i = 0; i < scenario_.tables.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    for (std::size_t r = 0; r < scenario_.regions.size(); ++r) {
      const RegionId region{static_cast<std::uint16_t>(r)};
      if (cluster_.replica_status(region, table) != ReplicaStatus::kActive) continue;
      tables.add(table_digest(cluster_, cluster_.keys(table), region, table));
      break;
    }
  }
  verdict.tables_digest = tables.value();
  return verdict;
}

}  // namespace gtsim
