#include "coordinator/language/step_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "coordinator/fault/fault_set.h"
#include "coordinator/language/actions.h"
#include "coordinator/language/text_forms.h"
#include "coordinator/scenario/step_fault.h"
#include "region-node/control_plane/refusals.h"
#include "region-node/control_plane/rules.h"

namespace gtsim::language {
namespace {

constexpr Duration kForEver = Duration::max();

class Timeline {
 public:
  Timeline(ReadContext& context, const Scenario& scenario, ReplicaHistory& history)
      : context_(context),
        history_(history),
        source_lock_(scenario.control_plane.source_lock),
        durations_(durations_of(scenario.control_plane.durations)) {
    for (const TableSpec& table : scenario.tables) {
      TableState& state = tables_.emplace_back();
      state.has_stream = table.stream.has_value();
      if (table.ttl) state.ttl_attribute = table.ttl->attribute;
      state.configured_ttl = state.ttl_attribute;
    }
    for (const RegionSpec& region : scenario.regions) region_names_.push_back(region.name);
  }

  bool check(Step& step, std::size_t index) {
    step_ = &step;
    now_ = step.at;
    advance();
    until_ = step.for_duration ? now_ + *step.for_duration : kForEver;
    if (until_ != kForEver && until_ > kLongestDuration) {
      return refuse(fmt::format("it ends later than {}", to_text(kLongestDuration)));
    }
    if (!std::visit([this](auto& action) { return apply(action); }, step.action)) return false;
    begin(index);
    return true;
  }

 private:
  struct TableState {
    bool has_stream = false;
    bool stream_changes_to_enabled = false;
    Duration stream_changing_until{0};
    std::vector<TableView::Copy> copies;  // in the order in which they were made
    std::set<RegionId> is_protected;
    std::optional<std::string> ttl_attribute;
    std::optional<std::string> configured_ttl;
    Duration updating_until{0};
    Duration may_be_over_at = kForEver;  // the addition under way
  };

  bool refuse(const std::string& message) { return context_.error(step_->position, message); }

  [[nodiscard]] const std::string& name(RegionId region) const { return context_.name(region); }
  [[nodiscard]] const std::string& name(TableId table) const { return context_.name(table); }

  // --- what is cut, down, frozen or paused, and until when

  // Lets go of what has ended before now. What ends at this very moment is still there: in a run,
  // too, a step begins before another ends.
  void advance() {
    while (!ends_.empty() && ends_.begin()->first < now_) {
      static_cast<void>(faults_.end(ends_.begin()->second));
      ends_.erase(ends_.begin());
    }
  }

  // What the step holds from here on.
  void begin(std::size_t holder) {
    const auto fault = fault_of(step_->action, region_names_.size(), tables_.size());
    if (!fault) return;
    static_cast<void>(faults_.begin(holder, *fault));
    if (until_ == kForEver) return;
    ends_.emplace(until_, holder);
  }

  [[nodiscard]] bool is_down(RegionId region) const { return faults_.is_down(region); }

  [[nodiscard]] std::string down_until(RegionId region) const {
    const Duration until = comes_back_at_.at(region);
    return until == kForEver ? "" : fmt::format(" until {}", to_text(until));
  }

  // --- writes

  bool apply(WriteStep& step) {
    const auto told = step.outcome;
    if (told == WriteOutcome::kOk && is_down(step.region)) {
      return refuse(fmt::format("outcome ok is impossible: region `{}` is down at {}{}",
                                name(step.region), to_text(now_), down_until(step.region)));
    }
    for (const SingleWrite& write : step.writes) {
      const ReplicaState state = history_.state(write.table, step.region, now_);
      if (state == ReplicaState::kActive && told == WriteOutcome::kNotFound &&
          step.writes.size() == 1) {
        return refuse(fmt::format("outcome not-found is impossible: region `{}` has table `{}`",
                                  name(step.region), name(write.table)));
      }
      if (state == ReplicaState::kNone) {
        if (told && *told != WriteOutcome::kOk) continue;
        return refuse(
            fmt::format("region `{}` has no replica of table `{}` at {}; expected one of "
                        "{}, or `outcome: not-found`",
                        name(step.region), name(write.table), to_text(now_),
                        context_.names(history_.members(write.table, now_))));
      }
    }
    return true;
  }

  // --- the network

  bool apply(PartitionStep&) { return true; }
  bool apply(CutStep&) { return true; }

  bool apply(IsolateStep&) {
    return context_.regions().size() > 1 || refuse("a single region has no links to cut");
  }

  bool apply(FlapStep& step) {
    until_ = now_ + (step.down + step.up) * step.times;
    return until_ <= kLongestDuration ||
           refuse(fmt::format("it ends later than {}", to_text(kLongestDuration)));
  }

  bool apply(HealStep& step) {
    const auto healed = step.all ? faults_.heal_all() : faults_.heal(step.links);
    return !healed.empty() ||
           refuse(fmt::format("{} cut at {}, so there is nothing to heal",
                              step.all ? "nothing is" : "none of these links is", to_text(now_)));
  }

  bool apply(LinkStep&) { return true; }

  // --- replication

  bool apply(PauseReplicationStep& step) {
    return !step.table || require_replica(*step.table, step.region);
  }

  bool apply(ResumeReplicationStep& step) {
    const auto resumed = faults_.resume(step.region, tables_or_all(step.table, tables_.size()));
    return !resumed.empty() || refuse(fmt::format("replication of region `{}` is not paused at {}",
                                                  name(step.region), to_text(now_)));
  }

  // --- regions

  bool apply(CrashStep& step) {
    if (is_down(step.region)) {
      return refuse(fmt::format("region `{}` is already down at {}{}", name(step.region),
                                to_text(now_), down_until(step.region)));
    }
    const Duration until = step.restart_after ? now_ + *step.restart_after : kForEver;
    if (step.restart_after && until > kLongestDuration) {
      return refuse(fmt::format("it comes back later than {}", to_text(kLongestDuration)));
    }
    comes_back_at_[step.region] = until;
    until_ = until;
    return true;
  }

  bool apply(RestartStep& step) {
    if (!is_down(step.region)) {
      return refuse(fmt::format("region `{}` is not down at {}, so it cannot be restarted",
                                name(step.region), to_text(now_)));
    }
    static_cast<void>(faults_.restart(step.region));
    return true;
  }

  bool apply(FreezeStep& step) {
    if (is_down(step.region)) {
      return refuse(fmt::format("region `{}` is down at {}{}, so it cannot be frozen",
                                name(step.region), to_text(now_), down_until(step.region)));
    }
    return true;
  }

  bool apply(ClockStep&) { return true; }
  bool apply(UnavailableStep&) { return true; }

  // --- tables

  bool require_replica(TableId table, RegionId region) {
    const ReplicaState state = history_.state(table, region, now_);
    if (state == ReplicaState::kActive || state == ReplicaState::kCreating) return true;
    return refuse(fmt::format("region `{}` has no replica of table `{}` at {}; expected one of {}",
                              name(region), name(table), to_text(now_),
                              context_.names(history_.members(table, now_))));
  }

  bool apply(CapacityStep& step) { return require_replica(step.table, step.region); }

  // What the region that is asked knows by then, if every operation takes no longer than it must.
  [[nodiscard]] TableView view(const ControlStep& step) const {
    const TableId table = step.order.table;
    const TableState& state = tables_[table.index()];
    TableView view;
    view.table = name(table);
    view.region_names = region_names_;
    view.asked = step.asked;
    view.now = Instant{0} + now_;
    view.source_lock = source_lock_;
    for (const RegionId region : context_.all_regions()) {
      switch (history_.state(table, region, now_)) {
        case ReplicaState::kNone:
          continue;
        case ReplicaState::kCreating:
          view.members.push_back({region, ReplicaStatus::kCreating});
          view.membership_changes = true;
          break;
        case ReplicaState::kActive:
          view.members.push_back({region, ReplicaStatus::kActive});
          break;
        case ReplicaState::kDeleting:
          view.members.push_back({region, ReplicaStatus::kDeleting});
          view.membership_changes = true;
          break;
      }
    }
    for (const TableView::Copy& copy : state.copies) {
      if (history_.state(table, copy.replica, now_) != ReplicaState::kNone) {
        view.copies.push_back(copy);
      }
    }
    view.membership_changes = view.membership_changes || now_ < state.updating_until;
    view.ttl_attribute = state.ttl_attribute;
    view.deletion_protection = state.is_protected.contains(step.asked);
    view.stream.enabled = state.has_stream;
    if (now_ < state.stream_changing_until) {
      view.stream.changes_to_enabled = state.stream_changes_to_enabled;
    }
    return view;
  }

  [[nodiscard]] std::optional<Refusal> refused(const ControlStep& step) const {
    if (auto refusal = refusal_of(view(step), step.order)) return refusal;
    // What only the region that is to go knows.
    const auto* remove = std::get_if<RemoveReplicaOrder>(&step.order.action);
    const TableState& state = tables_[step.order.table.index()];
    if (remove == nullptr || !state.is_protected.contains(remove->region)) return std::nullopt;
    return Refusal{is_protected(name(step.order.table), name(remove->region))};
  }

  bool apply(ControlStep& step) {
    if (auto* add = std::get_if<AddReplicaOrder>(&step.order.action)) {
      if (!choose_source(step, *add)) return false;
    }
    const bool told_ok = step.outcome == OrderOutcome::kOk;
    if (told_ok && is_down(step.asked)) {
      return refuse(fmt::format("outcome ok is impossible: region `{}` is down at {}{}",
                                name(step.asked), to_text(now_), down_until(step.asked)));
    }
    if (told_ok && faults_.is_frozen(step.asked)) {
      return refuse(fmt::format("outcome ok is impossible: region `{}` is frozen at {}",
                                name(step.asked), to_text(now_)));
    }
    if (is_down(step.asked) || faults_.is_frozen(step.asked)) {
      history_.attempt_in_vain(step.order.table, subject(step));
      return true;
    }
    if (std::holds_alternative<CreateTableOrder>(step.order.action) && !is_nowhere_else(step)) {
      return false;
    }
    if (const auto refusal = refused(step)) {
      const OrderOutcome outcome = order_outcome_of(refusal->error);
      const bool may_have_passed =
          refusal->passes && now_ >= tables_[step.order.table.index()].may_be_over_at;
      if (told_ok && may_have_passed) {
        std::visit([&](const auto& order) { believe(step, order); }, step.order.action);
        return true;
      }
      if (told_ok) {
        return refuse(
            fmt::format("outcome ok is impossible: region `{}` refuses this at {} ({}): "
                        "{}",
                        name(step.asked), to_text(now_), to_text(outcome), refusal->error.detail));
      }
      attempt(step);
      if (step.outcome || refusal->passes) return true;
      std::string_view why = refusal->error.detail;
      if (why.ends_with('.')) why.remove_suffix(1);
      return refuse(
          fmt::format("region `{}` refuses this at {}: {}. If that is meant, add `outcome: {}`",
                      name(step.asked), to_text(now_), why, to_text(outcome)));
    }
    if (!told_ok && step.outcome) {
      attempt(step);
      return true;
    }
    if (std::holds_alternative<DeleteTableOrder>(step.order.action) && !step.may_take_last &&
        history_.members(step.order.table, now_).size() == 1) {
      return refuse(
          fmt::format("region `{}` has the last replica of table `{}`; `delete_table` deletes it",
                      name(step.asked), name(step.order.table)));
    }
    std::visit([&](const auto& order) { believe(step, order); }, step.order.action);
    return true;
  }

  // Else both would be there, and have nothing but the name in common. Whether a region has the
  // table is not always known for sure: an order that was to bring it, or to take it away, may have
  // been refused.
  bool is_nowhere_else(const ControlStep& step) {
    std::vector<RegionId> others = context_.all_regions();
    std::erase_if(others, [&](RegionId region) {
      return region == step.asked || !history_.may_be_there(step.order.table, region, now_);
    });
    const bool is_refused =
        step.outcome && *step.outcome != OrderOutcome::kOk &&
        history_.state(step.order.table, step.asked, now_) != ReplicaState::kNone;
    if (others.empty() || is_refused) return true;
    return refuse(fmt::format(
        "table `{}` is, or may be, in {} at {}; a table of a scenario is one group, so it can be "
        "created when it is nowhere, and comes to other regions with `add_replica`",
        name(step.order.table), context_.names(others), to_text(now_)));
  }

  bool choose_source(ControlStep& step, const AddReplicaOrder& add) {
    const std::vector<RegionId> active = history_.active(step.order.table, now_);
    if (step.asked != kFirstReplica) {
      if (history_.state(step.order.table, step.asked, now_) != ReplicaState::kNone) return true;
      if (step.outcome) return true;
      return refuse(fmt::format(
          "region `{}` has no replica of table `{}` to copy from at {}; expected one "
          "of {}",
          name(step.asked), name(step.order.table), to_text(now_), context_.names(active)));
    }
    for (const RegionId region : active) {
      if (region == add.region && active.size() > 1) continue;  // it cannot be its own source
      step.asked = region;
      return true;
    }
    return refuse("there is no ACTIVE replica to copy from");
  }

  [[nodiscard]] static RegionId subject(const ControlStep& step) {
    if (const auto* add = std::get_if<AddReplicaOrder>(&step.order.action)) return add->region;
    if (const auto* gone = std::get_if<RemoveReplicaOrder>(&step.order.action)) return gone->region;
    return step.asked;
  }

  // Something else than what must come of it fails the run.
  void attempt(const ControlStep& step) {
    const auto& action = step.order.action;
    const bool brings_or_takes = std::holds_alternative<AddReplicaOrder>(action) ||
                                 std::holds_alternative<RemoveReplicaOrder>(action) ||
                                 std::holds_alternative<CreateTableOrder>(action) ||
                                 std::holds_alternative<DeleteTableOrder>(action);
    const bool must_fail = step.outcome && *step.outcome != OrderOutcome::kOk;
    if (brings_or_takes && !must_fail) {
      history_.attempt(step.order.table, subject(step));
    } else {
      history_.attempt_in_vain(step.order.table, subject(step));
    }
  }

  void believe(const ControlStep& step, const AddReplicaOrder& order) {
    TableState& state = tables_[step.order.table.index()];
    // Whether the source has items by then, nobody knows.
    const Duration least = whole(durations_of(order, durations_, /*source_has_items=*/false));
    const Duration most = whole(durations_of(order, durations_, /*source_has_items=*/true));
    history_.add(step.order.table, order.region, now_, most);
    state.may_be_over_at = least < most ? now_ + least : kForEver;
    // An earlier replica there is gone, and its copy with it.
    std::erase_if(state.copies, [&](const auto& copy) { return copy.replica == order.region; });
    state.copies.push_back({step.asked, order.region, Instant{0} + now_});
    state.is_protected.erase(order.region);
    // The service turns the stream on when a table gets its second replica.
    state.has_stream = true;
  }
  // Somebody who is asked may not answer, and then nothing happens.
  [[nodiscard]] bool may_be_in_vain(TableId table) const {
    const std::vector<RegionId> members = history_.members(table, now_);
    return std::any_of(members.begin(), members.end(), [&](RegionId member) {
      return faults_.is_down(member) || faults_.is_frozen(member) ||
             std::any_of(members.begin(), members.end(), [&](RegionId other) {
               return faults_.is_cut({member, other});
             });
    });
  }
  void removes(TableId table, RegionId region) {
    if (may_be_in_vain(table)) {
      history_.attempt(table, region);
    } else {
      history_.settle(table, region);
    }
  }
  void believe(const ControlStep& step, const RemoveReplicaOrder& order) {
    removes(step.order.table, order.region);
    history_.remove(step.order.table, order.region, now_, whole(durations_of(order, durations_)));
  }
  void believe(const ControlStep& step, const CreateTableOrder& order) {
    history_.add(step.order.table, step.asked, now_, order.takes.value_or(durations_.table_create));
    TableState& state = tables_[step.order.table.index()];
    state.is_protected.erase(step.asked);
    state.ttl_attribute = state.configured_ttl;
    state.has_stream = order.stream.has_value();
    state.copies.clear();
  }
  void believe(const ControlStep& step, const DeleteTableOrder& order) {
    const bool last = history_.members(step.order.table, now_).size() == 1;
    removes(step.order.table, step.asked);
    history_.remove(step.order.table, step.asked, now_,
                    whole(durations_of(order, durations_, last)));
  }
  void believe(const ControlStep& step, const ChangeStreamOrder& order) {
    TableState& state = tables_[step.order.table.index()];
    state.has_stream = order.enable.has_value();
    state.stream_changes_to_enabled = state.has_stream;
    state.stream_changing_until = now_ + order.takes.value_or(durations_.stream_toggle);
  }
  void believe(const ControlStep& step, const ChangeProtectionOrder& order) {
    TableState& state = tables_[step.order.table.index()];
    if (order.on) {
      state.is_protected.insert(step.asked);
    } else {
      state.is_protected.erase(step.asked);
    }
    if (history_.members(step.order.table, now_).size() > 1) {
      state.updating_until = now_ + order.takes.value_or(durations_.update);
    }
  }
  void believe(const ControlStep& step, const ChangeTimeToLiveOrder& order) {
    TableState& state = tables_[step.order.table.index()];
    state.ttl_attribute.reset();
    if (order.enabled) state.ttl_attribute = order.attribute;
  }
  void believe(const ControlStep&, const ChangeTagsOrder&) {}
  [[nodiscard]] static Duration whole(const ReplicaCreation& waits) {
    return waits.hidden + waits.invisible + waits.creating + waits.updating;
  }
  [[nodiscard]] static Duration whole(const ReplicaRemoval& waits) {
    return waits.updating + waits.deleting + waits.second_updating + waits.tail;
  }

  bool apply(CrashConsumerStep&) { return true; }

  bool apply(SplitStep& step) {
    if (!require_replica(step.table, step.region)) return false;
    if (tables_[step.table.index()].has_stream) return true;
    return refuse(fmt::format("table `{}` has no stream at {}, so there is no shard to split",
                              name(step.table), to_text(now_)));
  }

  ReadContext& context_;
  ReplicaHistory& history_;
  const Step* step_ = nullptr;
  Duration now_{0};
  Duration until_{0};
  FaultSet faults_;  // by the number of the step
  std::set<std::pair<Duration, FaultSet::Holder>> ends_;
  std::map<RegionId, Duration> comes_back_at_;  // of the latest crash
  std::vector<TableState> tables_;              // by TableId
  std::vector<std::string> region_names_;
  Duration source_lock_;
  ControlDurations durations_;
};

}  // namespace

bool check_timeline(ReadContext& context, Scenario& scenario, ReplicaHistory& history) {
  std::vector<Step>& steps = scenario.steps;
  std::vector<std::size_t> order(steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return steps[a].at < steps[b].at; });
  Timeline timeline(context, scenario, history);
  bool good = true;
  for (const std::size_t index : order) {
    const ReadContext::Scope steps_scope(context, "steps");
    const ReadContext::Scope scope(context, index);
    good = timeline.check(steps[index], index) && good;
  }
  return good;
}

}  // namespace gtsim::language
