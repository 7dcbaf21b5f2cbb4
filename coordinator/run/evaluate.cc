// When expectations are looked at: at their time, when everybody has caught up, or at the end.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/run/runner.h"
#include "coordinator/run/step_text.h"

namespace gtsim {

EvaluationContext Runner::context() const {
  return {scenario_, cluster_, statistics_, consumers_, *options_.files, options_.update_golden};
}

void Runner::evaluate_timed(Instant now, std::size_t index) {
  ExpectationState& state = expectations_[index];
  const EvaluationContext here = context();
  state.judgement = std::visit([&](const auto& expected) { return judge(expected, state, here); },
                               scenario_.expect[index].kind);
  // Whatever part of the stream the scenario asks for, the retention is checked on all of it.
  if (const auto* read = std::get_if<StreamReadExpectation>(&scenario_.expect[index].kind)) {
    const StreamView view = cluster_.stream(read->region, read->table);
    if (view.stream != nullptr) {
      const std::vector<StreamRecord> read_now = read_whole_stream(view, now);
      std::vector<const StreamRecord*> records;
      for (const StreamRecord& record : read_now) records.push_back(&record);
      checker_.on_stream_read(now, read->region, read->table, records);
    }
  }
}

void Runner::take_iterator(Instant, std::size_t index) {
  const auto& read = std::get<StreamReadExpectation>(scenario_.expect[index].kind);
  expectations_[index].iterators = take_iterators(read, context());
  expectations_[index].iterators_of = cluster_.stream(read.region, read.table).stream;
}

void Runner::start_mark(Instant now, std::size_t index) {
  ExpectationState& state = expectations_[index];
  state.marked_at = now;
  state.reached_at.reset();
  state.marks.clear();
  for (std::size_t t = 0; t < scenario_.tables.size(); ++t) {
    for (std::size_t r = 0; r < scenario_.regions.size(); ++r) {
      state.marks.push_back(cluster_.log_end(RegionId{static_cast<std::uint16_t>(r)},
                                             TableId{static_cast<std::uint16_t>(t)}));
    }
  }
  poll_mark(now, index);
}

// Converged since the mark: whatever had been written by then has reached every region.
void Runner::poll_mark(Instant now, std::size_t index) {
  ExpectationState& state = expectations_[index];
  if (!state.marked_at || state.reached_at) return;
  const std::size_t regions = scenario_.regions.size();
  bool reached = true;
  for (std::size_t t = 0; t < scenario_.tables.size() && reached; ++t) {
    const TableId table{static_cast<std::uint16_t>(t)};
    for (std::size_t to = 0; to < regions && reached; ++to) {
      const RegionId receiver{static_cast<std::uint16_t>(to)};
      if (cluster_.replica_status(receiver, table) != ReplicaStatus::kActive) continue;
      reached = cluster_.region_state(receiver) == RegionState::kUp;
      for (std::size_t from = 0; from < regions && reached; ++from) {
        const RegionId origin{static_cast<std::uint16_t>(from)};
        if (from == to || cluster_.replica_status(origin, table) != ReplicaStatus::kActive)
          continue;
        reached = cluster_.received(receiver, table, origin) >= state.marks[t * regions + from];
      }
    }
  }
  if (reached) {
    state.reached_at = now;
    return;
  }
  const auto& converged = std::get<ConvergedExpectation>(scenario_.expect[index].kind);
  const Duration interval =
      std::clamp(converged.within / 100, Duration{1'000}, Duration{1'000'000});
  schedule(now + interval, kMarkPoll, index);
}

void Runner::evaluate_end(Instant now) {
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    if (!expectations_[i].judgement) evaluate_timed(now, i);
  }
}

// Of a run that does not come to its end: what should have come true by now and has not.
void Runner::evaluate_overdue(Instant now) {
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    const auto* converged = std::get_if<ConvergedExpectation>(&scenario_.expect[i].kind);
    const ExpectationState& state = expectations_[i];
    if (converged == nullptr || !state.marked_at || state.judgement) continue;
    if (state.reached_at || now - *state.marked_at > converged->within) evaluate_timed(now, i);
  }
}

namespace {

// What the step must be told, in the file's words; nothing: anything will do.
const char* wanted_outcome(const StepAction& action) {
  if (const auto* write = std::get_if<WriteStep>(&action)) {
    return write->outcome ? to_text(*write->outcome) : nullptr;
  }
  if (const auto* order = std::get_if<ControlStep>(&action)) {
    return order->outcome ? to_text(*order->outcome) : nullptr;
  }
  return nullptr;
}

}  // namespace

// A step that says what it must be told is an expectation too.
void Runner::add_outcomes(Verdict& verdict) const {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const char* wanted = wanted_outcome(scenario_.steps[i].action);
    const StepState& state = steps_[i];
    if (wanted == nullptr) {
      const bool ordered = std::holds_alternative<ControlStep>(scenario_.steps[i].action);
      if (ordered && !state.outcome.empty() && state.outcome != to_text(OrderOutcome::kOk)) {
        verdict.refused_orders.push_back({describe_step(scenario_.steps[i], scenario_),
                                          scenario_.steps[i].at, state.outcome,
                                          state.outcome_detail});
      }
      continue;
    }
    ExpectationResult result;
    result.text = fmt::format("{} at {} ends with {}", describe_step(scenario_.steps[i], scenario_),
                              to_text(scenario_.steps[i].at), wanted);
    result.position = scenario_.steps[i].position;
    // A run that came to its end has no excuse for an answer that never came.
    result.evaluated = !state.outcome.empty() || verdict.kind == VerdictKind::kHolds;
    if (state.outcome.empty()) {
      result.found = "it was never answered";
    } else {
      result.holds = state.outcome == wanted;
      result.found = fmt::format("found {}", state.outcome);
      if (!state.outcome_detail.empty()) result.found += ": " + state.outcome_detail;
    }
    verdict.expectations.push_back(std::move(result));
  }
}

}  // namespace gtsim
