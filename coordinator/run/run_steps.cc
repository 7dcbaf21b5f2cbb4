// The steps of a scenario: what each does when its time has come, and how it is undone.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "coordinator/run/runner.h"
#include "coordinator/run/step_text.h"
#include "coordinator/scenario/step_fault.h"
#include "region-node/link/delay_draw.h"

namespace gtsim {
namespace {

class Teller {
 public:
  explicit Teller(Cluster& cluster) : cluster_(cluster) {}

  void operator()(const SetLinkCut& told) {
    cluster_.set_link_cut(told.link.first, told.link.second, told.cut);
  }
  void operator()(const ChangeLink& told) {
    cluster_.change_link(told.link.first, told.link.second, told.settings);
  }
  void operator()(const SetReplicationPaused& told) {
    cluster_.set_replication_paused(told.region, told.table, told.paused);
  }
  void operator()(const SetRegionDown& told) {
    if (told.down) {
      cluster_.crash(told.region);
    } else if (cluster_.region_state(told.region) == RegionState::kDown) {
      cluster_.restart(told.region);
    }
  }
  void operator()(const SetRegionFrozen& told) { cluster_.set_frozen(told.region, told.frozen); }
  void operator()(const StepClock& told) {
    cluster_.step_clock(told.region, told.step, told.drift_ppm);
  }
  void operator()(const SetCapacity& told) {
    cluster_.set_capacity(told.region, told.table, told.units_per_second);
  }

 private:
  Cluster& cluster_;
};

void erase_links(std::vector<LinkId>& links, const std::vector<LinkId>& gone) {
  std::erase_if(links, [&](const LinkId& link) {
    return std::find(gone.begin(), gone.end(), link) != gone.end();
  });
}

}  // namespace

void Runner::carry_out(const FaultSet::Effects& effects) {
  Teller teller(cluster_);
  for (const FaultEffect& effect : effects) std::visit(teller, effect);
}

void Runner::begin_step(Instant now, std::size_t index) {
  const Step& step = scenario_.steps[index];
  StepState& state = steps_[index];
  if (!std::holds_alternative<WriteStep>(step.action)) note(now, describe_step(step, scenario_));
  const auto fault = fault_of(step.action, scenario_.regions.size(), scenario_.tables.size());
  state.began = fault.has_value();

  if (const auto* write = std::get_if<WriteStep>(&step.action)) {
    state.ended = true;
    const Dice fate = fate_of(step, state.write);
    door_.write(write->region, std::move(state.write), fate);
  } else if (const auto* control = std::get_if<ControlStep>(&step.action)) {
    state.ended = true;
    door_.order(control->asked, control->order, kStepTag | index, dice_of(step));
  } else if (const auto* split = std::get_if<SplitStep>(&step.action)) {
    state.ended = true;
    cluster_.split_shard(split->region, split->table);
  } else if (const auto* crashed = std::get_if<CrashConsumerStep>(&step.action)) {
    consumers_.crash(crashed->consumer, index);
  } else if (const auto* healing = std::get_if<HealStep>(&step.action)) {
    heal(*healing);
  } else if (const auto* resumed = std::get_if<ResumeReplicationStep>(&step.action)) {
    resume(*resumed);
  } else if (const auto* restart = std::get_if<RestartStep>(&step.action)) {
    carry_out(faults_.restart(restart->region));
    // It may have gone down by itself.
    if (cluster_.region_state(restart->region) == RegionState::kDown) {
      cluster_.restart(restart->region);
    }
  } else if (const auto* flapping = std::get_if<FlapStep>(&step.action)) {
    state.flaps_left = flapping->times;
    state.flaps = flapping->links;
    return flap(now, index, /*down=*/true);
  } else if (const auto* pause = std::get_if<PauseReplicationStep>(&step.action)) {
    state.sets_in = std::get<ReplicationPaused>(*fault).tables;
    schedule(now + draw_delay(pause->onset, dice_of(step)), kPauseOnset, index);
  } else if (std::holds_alternative<UnavailableStep>(step.action)) {
    ClientFault drawn = std::get<ClientFault>(*fault);
    drawn.salt = dice_of(step).word();
    carry_out(faults_.begin(index, drawn));
  } else if (fault) {
    carry_out(faults_.begin(index, *fault));
  }
  if (const auto* crash = std::get_if<CrashStep>(&step.action); crash && crash->restart_after) {
    schedule(now + *crash->restart_after, kRestart, index);
  }
  if (step.for_duration) schedule(now + *step.for_duration, kStepEnd, index);

  const bool ends_others = std::holds_alternative<HealStep>(step.action) ||
                           std::holds_alternative<ResumeReplicationStep>(step.action) ||
                           std::holds_alternative<RestartStep>(step.action);
  if (ends_others) note_ended(now, index);
  // From here on it is how things are, not a fault that will end.
  const bool stays = !step.for_duration && (std::holds_alternative<ClockStep>(step.action) ||
                                            std::holds_alternative<CapacityStep>(step.action));
  if (ends_others || stays) fault_ended(now, index);
}

void Runner::note_ended(Instant now, std::size_t index) {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StepState& state = steps_[i];
    if (i == index || !state.began || state.ended || faults_.holds(i)) continue;
    if (state.flaps.empty() && state.sets_in.empty()) fault_ended(now, i);
  }
}

void Runner::heal(const HealStep& step) {
  carry_out(step.all ? faults_.heal_all() : faults_.heal(step.links));
  // Also what is up just now, and would go down again.
  for (StepState& state : steps_) {
    if (step.all) {
      state.flaps.clear();
    } else {
      erase_links(state.flaps, step.links);
    }
  }
}

void Runner::resume(const ResumeReplicationStep& step) {
  const std::vector<TableId> tables = tables_or_all(step.table, scenario_.tables.size());
  carry_out(faults_.resume(step.region, tables));
  // Also what has not set in.
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].sets_in.empty()) continue;
    if (std::get<PauseReplicationStep>(scenario_.steps[i].action).region != step.region) continue;
    std::erase_if(steps_[i].sets_in, [&](TableId table) {
      return std::find(tables.begin(), tables.end(), table) != tables.end();
    });
  }
}

void Runner::comes_back(Instant now, std::size_t index) {
  if (steps_[index].ended) return;
  const RegionId region = std::get<CrashStep>(scenario_.steps[index].action).region;
  carry_out(faults_.end(index));
  note(now, fmt::format("restart {}", scenario_.regions[region.index()].name));
  fault_ended(now, index);
}

// By when and what, not by its place in the file.
Dice Runner::dice_of(const Step& step) const {
  return fault_dice_.of(static_cast<std::uint64_t>(step.at.count()))
      .of(describe_step(step, scenario_));
}

// Of several at one time each has its own.
Dice Runner::fate_of(const Step& step, const WriteCall& call) const {
  Dice fate = dice_of(step);
  for (const Operation& operation : call.operations) {
    fate = fate.of(cluster_.keys(operation.table).bytes(operation.key));
  }
  return fate;
}

// A pause sets in after its onset, unless it has been ended before.
void Runner::set_in(Instant now, std::size_t index) {
  StepState& state = steps_[index];
  const std::vector<TableId> tables = std::exchange(state.sets_in, {});
  if (state.ended || tables.empty()) return;
  const auto& pause = std::get<PauseReplicationStep>(scenario_.steps[index].action);
  carry_out(faults_.begin(index, ReplicationPaused{pause.region, tables}));
  note(now,
       fmt::format("the pause of {} has set in", scenario_.regions[pause.region.index()].name));
}

void Runner::flap(Instant now, std::size_t index, bool down) {
  const auto& flapping = std::get<FlapStep>(scenario_.steps[index].action);
  StepState& state = steps_[index];
  if (state.ended) return;  // healed
  carry_out(down ? faults_.begin(index, LinksCut{state.flaps}) : faults_.end(index));
  note(now, down ? "the link goes down" : "the link comes up");
  if (down) {
    schedule(now + flapping.down, kFlapUp, index);
  } else if (--state.flaps_left > 0) {
    schedule(now + flapping.up, kFlapDown, index);
  } else {
    state.flaps.clear();
    fault_ended(now, index);
  }
}

void Runner::end_step(Instant now, std::size_t index) {
  const Step& step = scenario_.steps[index];
  StepState& state = steps_[index];
  if (state.ended) return;
  note(now, "end of: " + describe_step(step, scenario_));
  if (const auto* consumer = std::get_if<CrashConsumerStep>(&step.action)) {
    consumers_.resume(now, consumer->consumer, index);
    state.ended = true;
    return;  // no fault of the cluster: convergence does not wait for it
  }
  carry_out(faults_.end(index));
  fault_ended(now, index);
}

void Runner::fault_ended(Instant now, std::size_t index) {
  steps_[index].ended = true;
  last_fault_end_ = now;
  for (std::size_t i = 0; i < expectations_.size(); ++i) {
    const auto* converged = std::get_if<ConvergedExpectation>(&scenario_.expect[i].kind);
    if (converged == nullptr) continue;
    const bool this_step = converged->after.kind == AfterSpec::Kind::kStep &&
                           converged->after.step == scenario_.steps[index].name;
    if (converged->after.kind == AfterSpec::Kind::kLastFault || this_step) start_mark(now, i);
  }
}

}  // namespace gtsim
