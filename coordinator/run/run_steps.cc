// The steps of a scenario: what each does when its time has come, and how it is undone.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/run/runner.h"
#include "coordinator/run/step_text.h"
#include "region-node/base/check.h"
#include "region-node/link/delay_draw.h"

namespace gtsim {
namespace {

using Links = std::vector<std::pair<RegionId, RegionId>>;

// What ends a change of a link: the members that it named go back to what stood before. One that
// was not set before gets the value that does nothing, because an unset one would leave the change.
LinkSettings undoing(const LinkSettings& change, const LinkSettings& before) {
  LinkSettings undo;
  if (change.latency) undo.latency = before.latency;
  if (change.jitter) undo.jitter = before.jitter.value_or(DelayModel{});
  if (change.loss) undo.loss = before.loss.value_or(0);
  if (change.duplicate) undo.duplicate = before.duplicate.value_or(0);
  if (change.reorder) undo.reorder = before.reorder.value_or(0);
  if (change.bandwidth_bytes_per_second) {
    undo.bandwidth_bytes_per_second = before.bandwidth_bytes_per_second.value_or(INT64_MAX);
  }
  return undo;
}

Links links_between(const std::vector<std::vector<RegionId>>& sides) {
  Links links;
  for (std::size_t a = 0; a < sides.size(); ++a) {
    for (std::size_t b = 0; b < sides.size(); ++b) {
      if (a == b) continue;
      for (const RegionId from : sides[a]) {
        for (const RegionId to : sides[b]) links.emplace_back(from, to);
      }
    }
  }
  return links;
}

Links links_of(RegionId region, std::size_t regions) {
  Links links;
  for (std::size_t i = 0; i < regions; ++i) {
    const RegionId other{static_cast<std::uint16_t>(i)};
    if (other == region) continue;
    links.emplace_back(region, other);
    links.emplace_back(other, region);
  }
  return links;
}

// The links that a step holds cut; none for other steps.
Links cut_links(const StepAction& action, std::size_t regions) {
  if (const auto* partition = std::get_if<PartitionStep>(&action))
    return links_between(partition->sides);
  if (const auto* cut = std::get_if<CutStep>(&action)) return cut->links;
  if (const auto* isolate = std::get_if<IsolateStep>(&action))
    return links_of(isolate->region, regions);
  if (const auto* flap = std::get_if<FlapStep>(&action)) return flap->links;
  return {};
}

}  // namespace

std::vector<TableId> Runner::tables_or_all(std::optional<TableId> table) const {
  if (table) return {*table};
  std::vector<TableId> all;
  for (std::size_t i = 0; i < scenario_.tables.size(); ++i) {
    all.push_back(TableId{static_cast<std::uint16_t>(i)});
  }
  return all;
}

// Overlapping steps may hold one link cut; it is whole again when the last of them lets go.
void Runner::cut(RegionId from, RegionId to, bool cut) {
  int& holders = cuts_[{from, to}];
  holders = std::max(0, holders + (cut ? 1 : -1));
  cluster_.set_link_cut(from, to, holders > 0);
}

void Runner::begin_step(Instant now, std::size_t index) {
  const Step& step = scenario_.steps[index];
  StepState& state = steps_[index];
  const std::size_t regions = scenario_.regions.size();
  if (!std::holds_alternative<WriteStep>(step.action)) note(now, describe_step(step, scenario_));
  bool lasts = step.for_duration.has_value();
  bool instant_fault = false;

  for (const auto& [from, to] : cut_links(step.action, regions)) {
    if (std::holds_alternative<FlapStep>(step.action)) break;
    cut(from, to, true);
    lasts = true;
  }
  if (const auto* write = std::get_if<WriteStep>(&step.action)) {
    state.ended = true;
    cluster_.write(write->region, std::move(state.write));
  } else if (const auto* heal = std::get_if<HealStep>(&step.action)) {
    if (heal->all) {
      for (auto& [link, holders] : cuts_) {
        holders = 0;
        cluster_.set_link_cut(link.first, link.second, false);
      }
    }
    for (const auto& [from, to] : heal->links) {
      cuts_[{from, to}] = 0;
      cluster_.set_link_cut(from, to, false);
    }
    // What a step cut and nothing holds any more has ended, also for `after:` of that step.
    for (std::size_t i = 0; i < index; ++i) {
      const Links links = cut_links(scenario_.steps[i].action, regions);
      const bool whole =
          !links.empty() && std::none_of(links.begin(), links.end(), [&](const auto& link) {
            const auto found = cuts_.find(link);
            return found != cuts_.end() && found->second > 0;
          });
      if (whole && !steps_[i].ended && steps_[i].flaps_left == 0) fault_ended(now, i);
    }
    instant_fault = true;
  } else if (const auto* flapping = std::get_if<FlapStep>(&step.action)) {
    state.flaps_left = flapping->times;
    flap(now, index, /*down=*/true);
    return;
  } else if (const auto* change = std::get_if<LinkStep>(&step.action)) {
    for (const auto& [from, to] : change->links) {
      state.link_settings_before.push_back(cluster_.link_settings(from, to));
      cluster_.change_link(from, to, change->settings);
    }
    lasts = true;
  } else if (const auto* pause = std::get_if<PauseReplicationStep>(&step.action)) {
    schedule(now + draw_delay(pause->onset, dice_of(step)), kPauseOnset, index);
    lasts = true;
  } else if (const auto* resume = std::get_if<ResumeReplicationStep>(&step.action)) {
    for (const TableId table : tables_or_all(resume->table)) {
      cluster_.set_replication_paused(resume->region, table, false);
    }
    instant_fault = true;
  } else if (const auto* crash = std::get_if<CrashStep>(&step.action)) {
    if (cluster_.region_state(crash->region) != RegionState::kDown) cluster_.crash(crash->region);
    if (crash->restart_after) schedule(now + *crash->restart_after, kRestart, index);
    lasts = true;
  } else if (const auto* restart = std::get_if<RestartStep>(&step.action)) {
    if (cluster_.region_state(restart->region) == RegionState::kDown)
      cluster_.restart(restart->region);
    instant_fault = true;
  } else if (const auto* freeze = std::get_if<FreezeStep>(&step.action)) {
    cluster_.set_frozen(freeze->region, true);
    lasts = true;
  } else if (const auto* clock = std::get_if<ClockStep>(&step.action)) {
    cluster_.step_clock(clock->region, clock->step, clock->drift_ppm);
    instant_fault = !lasts;
  } else if (const auto* capacity = std::get_if<CapacityStep>(&step.action)) {
    cluster_.set_capacity(capacity->region, capacity->table, capacity->write_units_per_second);
    instant_fault = !lasts;
  } else if (const auto* control = std::get_if<ControlStep>(&step.action)) {
    state.ended = true;
    cluster_.order(control->asked, control->order, kStepTag | index);
  } else if (const auto* crashed = std::get_if<CrashConsumerStep>(&step.action)) {
    consumers_.crash(crashed->consumer);
    lasts = true;
  } else if (const auto* split = std::get_if<SplitStep>(&step.action)) {
    cluster_.split_shard(split->region, split->table);
    state.ended = true;
  }
  if (step.for_duration) schedule(now + *step.for_duration, kStepEnd, index);
  if (instant_fault && !lasts) fault_ended(now, index);
}

// A pause sets in after its onset, unless it has been ended before.
// By when and what, not by its place in the file.
Dice Runner::dice_of(const Step& step) const {
  return fault_dice_.of(static_cast<std::uint64_t>(step.at.count()))
      .of(describe_step(step, scenario_));
}

void Runner::set_in(Instant now, std::size_t index) {
  if (steps_[index].ended) return;
  const auto& pause = std::get<PauseReplicationStep>(scenario_.steps[index].action);
  steps_[index].paused = true;
  for (const TableId table : tables_or_all(pause.table)) {
    cluster_.set_replication_paused(pause.region, table, true);
  }
  note(now,
       fmt::format("the pause of {} has set in", scenario_.regions[pause.region.index()].name));
}

void Runner::flap(Instant now, std::size_t index, bool down) {
  const auto& flapping = std::get<FlapStep>(scenario_.steps[index].action);
  StepState& state = steps_[index];
  for (const auto& [from, to] : flapping.links) cut(from, to, down);
  note(now, down ? "the link goes down" : "the link comes up");
  if (down) {
    schedule(now + flapping.down, kFlapUp, index);
  } else if (--state.flaps_left > 0) {
    schedule(now + flapping.up, kFlapDown, index);
  } else {
    fault_ended(now, index);
  }
}

void Runner::end_step(Instant now, std::size_t index) {
  const Step& step = scenario_.steps[index];
  StepState& state = steps_[index];
  if (state.ended) return;
  note(now, "end of: " + describe_step(step, scenario_));
  for (const auto& [from, to] : cut_links(step.action, scenario_.regions.size()))
    cut(from, to, false);
  if (const auto* change = std::get_if<LinkStep>(&step.action)) {
    for (std::size_t i = 0; i < change->links.size(); ++i) {
      cluster_.change_link(change->links[i].first, change->links[i].second,
                           undoing(change->settings, state.link_settings_before[i]));
    }
  } else if (const auto* pause = std::get_if<PauseReplicationStep>(&step.action)) {
    for (const TableId table : tables_or_all(pause->table)) {
      cluster_.set_replication_paused(pause->region, table, false);
    }
  } else if (const auto* freeze = std::get_if<FreezeStep>(&step.action)) {
    cluster_.set_frozen(freeze->region, false);
  } else if (const auto* clock = std::get_if<ClockStep>(&step.action)) {
    const auto normal =
        clock->drift_ppm
            ? std::optional<double>{scenario_.regions[clock->region.index()].clock.drift_ppm}
            : std::nullopt;
    cluster_.step_clock(clock->region, -clock->step, normal);
  } else if (const auto* capacity = std::get_if<CapacityStep>(&step.action)) {
    const auto& configured = scenario_.tables[capacity->table.index()].write_capacity;
    cluster_.set_capacity(capacity->region, capacity->table,
                          configured.empty() ? std::nullopt : configured[capacity->region.index()]);
  } else if (const auto* crash = std::get_if<CrashStep>(&step.action)) {
    if (cluster_.region_state(crash->region) == RegionState::kDown) cluster_.restart(crash->region);
  } else if (const auto* consumer = std::get_if<CrashConsumerStep>(&step.action)) {
    consumers_.resume(now, consumer->consumer);
    state.ended = true;
    return;  // no fault of the cluster: convergence does not wait for it
  }
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
