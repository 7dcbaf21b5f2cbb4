#include "coordinator/scenario/step_timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "coordinator/scenario/actions.h"
#include "coordinator/scenario/text_forms.h"

namespace gtsim::language {
namespace {

constexpr Duration kForEver = Duration::max();

class Timeline {
 public:
  Timeline(ReadContext& context, const std::vector<TableSpec>& tables, ReplicaHistory& history)
      : context_(context), history_(history) {
    for (const TableSpec& table : tables) streams_.push_back({table.stream, Duration{0}});
  }

  bool check(Step& step) {
    step_ = &step;
    now_ = step.at;
    until_ = step.for_duration ? now_ + *step.for_duration : kForEver;
    if (until_ != kForEver && until_ > kLongestDuration) {
      return refuse(fmt::format("it ends later than {}", to_text(kLongestDuration)));
    }
    return std::visit([this](auto& action) { return apply(action); }, step.action);
  }

 private:
  struct StreamState {
    std::optional<StreamViewType> view;
    Duration changing_until{0};
  };

  bool refuse(const std::string& message) { return context_.error(step_->position, message); }

  [[nodiscard]] const std::string& name(RegionId region) const { return context_.name(region); }
  [[nodiscard]] const std::string& name(TableId table) const { return context_.name(table); }

  // --- what is cut, down, frozen or paused, and until when

  template <class Key>
  [[nodiscard]] static bool lasts(const std::map<Key, Duration>& states, const Key& key,
                                  Duration at) {
    const auto found = states.find(key);
    return found != states.end() && found->second > at;
  }

  void cut(RegionId from, RegionId to) {
    Duration& until = cuts_[{from, to}];
    until = std::max(until, until_);
  }

  // At the very moment when a cut ends by itself it may still be healed: that is no contradiction.
  [[nodiscard]] bool is_cut(const std::pair<RegionId, RegionId>& link) const {
    const auto found = cuts_.find(link);
    return found != cuts_.end() && found->second >= now_;
  }

  [[nodiscard]] bool is_down(RegionId region) const { return lasts(down_, region, now_); }

  [[nodiscard]] std::string down_until(RegionId region) const {
    const Duration until = down_.at(region);
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

  bool apply(PartitionStep& step) {
    for (std::size_t i = 0; i < step.sides.size(); ++i) {
      for (std::size_t j = i + 1; j < step.sides.size(); ++j) {
        for (const RegionId a : step.sides[i]) {
          for (const RegionId b : step.sides[j]) {
            cut(a, b);
            cut(b, a);
          }
        }
      }
    }
    return true;
  }

  bool apply(CutStep& step) {
    for (const auto& [from, to] : step.links) cut(from, to);
    return true;
  }

  bool apply(IsolateStep& step) {
    if (context_.regions().size() < 2) return refuse("a single region has no links to cut");
    for (const RegionId other : context_.all_regions()) {
      if (other == step.region) continue;
      cut(step.region, other);
      cut(other, step.region);
    }
    return true;
  }

  bool apply(FlapStep& step) {
    until_ = now_ + (step.down + step.up) * step.times;
    if (until_ > kLongestDuration) {
      return refuse(fmt::format("it ends later than {}", to_text(kLongestDuration)));
    }
    for (const auto& [from, to] : step.links) cut(from, to);
    return true;
  }

  bool apply(HealStep& step) {
    bool any = false;
    if (step.all) {
      for (const auto& [link, until] : cuts_) any |= is_cut(link);
      cuts_.clear();
    } else {
      for (const auto& link : step.links) {
        any |= is_cut(link);
        cuts_.erase(link);
      }
    }
    if (any) return true;
    return refuse(
        step.all ? fmt::format("nothing is cut at {}, so there is nothing to heal", to_text(now_))
                 : fmt::format("none of these links is cut at {}, so there is nothing to heal",
                               to_text(now_)));
  }

  bool apply(LinkStep&) { return true; }

  // --- replication

  using Pause = std::pair<RegionId, std::optional<TableId>>;

  bool apply(PauseReplicationStep& step) {
    if (step.table && !require_replica(*step.table, step.region)) return false;
    Duration& until = pauses_[Pause{step.region, step.table}];
    until = std::max(until, until_);
    return true;
  }

  bool apply(ResumeReplicationStep& step) {
    bool any = false;
    for (auto& [pause, until] : pauses_) {
      const bool meant = pause.first == step.region &&
                         (!step.table || !pause.second || *pause.second == *step.table);
      any |= meant && until >= now_;
    }
    if (!any) {
      return refuse(fmt::format("replication of region `{}` is not paused at {}", name(step.region),
                                to_text(now_)));
    }
    std::erase_if(pauses_, [&](const auto& entry) {
      return entry.first.first == step.region && (!step.table || entry.first.second == step.table);
    });
    return true;
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
    down_[step.region] = until;
    return true;
  }

  bool apply(RestartStep& step) {
    if (!is_down(step.region)) {
      return refuse(fmt::format("region `{}` is not down at {}, so it cannot be restarted",
                                name(step.region), to_text(now_)));
    }
    down_.erase(step.region);
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

  // --- tables

  bool require_replica(TableId table, RegionId region) {
    const ReplicaState state = history_.state(table, region, now_);
    if (state == ReplicaState::kActive || state == ReplicaState::kCreating) return true;
    return refuse(fmt::format("region `{}` has no replica of table `{}` at {}; expected one of {}",
                              name(region), name(table), to_text(now_),
                              context_.names(history_.members(table, now_))));
  }

  bool apply(CapacityStep& step) { return require_replica(step.table, step.region); }

  bool apply(AddReplicaStep& step) {
    const ReplicaState state = history_.state(step.table, step.region, now_);
    if (state == ReplicaState::kDeleting) {
      return refuse(
          fmt::format("the former replica of table `{}` in region `{}` is still DELETING at "
                      "{}",
                      name(step.table), name(step.region), to_text(now_)));
    }
    if (state != ReplicaState::kNone) {
      return refuse(fmt::format("region `{}` already has a replica of table `{}` at {}",
                                name(step.region), name(step.table), to_text(now_)));
    }
    const std::vector<RegionId> active = history_.active(step.table, now_);
    if (step.source == kFirstReplica) {
      if (active.empty()) return refuse("there is no ACTIVE replica to copy from");
      step.source = active.front();
    } else if (std::find(active.begin(), active.end(), step.source) == active.end()) {
      return refuse(
          fmt::format("region `{}` has no ACTIVE replica of table `{}` to copy from at {}; "
                      "expected one of {}",
                      name(step.source), name(step.table), to_text(now_), context_.names(active)));
    }
    history_.add(step.table, step.region, now_, step.takes);
    // The service turns the stream on when a table gets its second replica.
    StreamState& stream = streams_[step.table.index()];
    if (!stream.view) stream.view = StreamViewType::kNewAndOldImages;
    return true;
  }

  bool apply(RemoveReplicaStep& step) {
    if (!require_replica(step.table, step.region)) return false;
    if (history_.state(step.table, step.region, now_) == ReplicaState::kCreating) {
      return refuse(
          fmt::format("the replica of table `{}` in region `{}` is still CREATING at {}; it "
                      "cannot be removed before it is ACTIVE",
                      name(step.table), name(step.region), to_text(now_)));
    }
    if (history_.members(step.table, now_).size() == 1) {
      return refuse(fmt::format("region `{}` has the last replica of table `{}`", name(step.region),
                                name(step.table)));
    }
    history_.remove(step.table, step.region, now_, step.takes);
    return true;
  }

  bool apply(StreamStep& step) {
    if (!require_replica(step.table, step.region)) return false;
    const bool several =
        history_.members(step.table, now_).size() > 1 || history_.any_deleting(step.table, now_);
    StreamState& stream = streams_[step.table.index()];
    if (several && !step.enable) {
      return refuse(
          "One or more parameter values were invalid: Disabling Stream is not allowed for a "
          "Global Table replica.");
    }
    if (now_ < stream.changing_until) {
      return refuse(fmt::format("the last change of this stream lasts until {}",
                                to_text(stream.changing_until)));
    }
    if (step.enable && stream.view) {
      return refuse(
          fmt::format("One or more parameter values were invalid: Table already has an "
                      "enabled stream: TableName: {}",
                      name(step.table)));
    }
    if (!step.enable && !stream.view) {
      return refuse(
          fmt::format("One or more parameter values were invalid: Table has no stream to "
                      "disable: TableName: {}",
                      name(step.table)));
    }
    stream = {step.enable, now_ + step.takes};
    return true;
  }

  bool apply(CrashConsumerStep&) { return true; }

  bool apply(SplitStep& step) {
    if (!require_replica(step.table, step.region)) return false;
    if (streams_[step.table.index()].view) return true;
    return refuse(fmt::format("table `{}` has no stream at {}, so there is no shard to split",
                              name(step.table), to_text(now_)));
  }

  ReadContext& context_;
  ReplicaHistory& history_;
  const Step* step_ = nullptr;
  Duration now_{0};
  Duration until_{0};
  std::map<std::pair<RegionId, RegionId>, Duration> cuts_;
  std::map<RegionId, Duration> down_;
  std::map<Pause, Duration> pauses_;
  std::vector<StreamState> streams_;  // by TableId
};

}  // namespace

bool check_timeline(ReadContext& context, const std::vector<TableSpec>& tables,
                    std::vector<Step>& steps, ReplicaHistory& history) {
  std::vector<std::size_t> order(steps.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return steps[a].at < steps[b].at; });
  Timeline timeline(context, tables, history);
  bool good = true;
  for (const std::size_t index : order) {
    const ReadContext::Scope steps_scope(context, "steps");
    const ReadContext::Scope scope(context, index);
    good = timeline.check(steps[index]) && good;
  }
  return good;
}

}  // namespace gtsim::language
