#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "coordinator/language/expectation_text.h"
#include "coordinator/language/step_timeline.h"

namespace gtsim::language {
namespace {

class Finisher {
 public:
  Finisher(ReadContext& context, const ReplicaHistory& history)
      : context_(context), history_(history) {}

  bool finish(Expectation& expectation) {
    position_ = expectation.position;
    if (!std::visit([this](auto& kind) { return check(kind); }, expectation.kind)) return false;
    expectation.text = expectation_text(context_, expectation.kind);
    return true;
  }

 private:
  template <class Kind>
  bool check(Kind&) {
    return true;
  }

  bool check(ItemExpectation& e) {
    const Duration at = e.at.value_or(Duration::max() / 2);
    const std::vector<RegionId> active = history_.active(e.table, at);
    if (e.regions.empty()) e.regions = active;
    for (const RegionId region : e.regions) {
      if (std::find(active.begin(), active.end(), region) != active.end()) continue;
      return context_.error(
          position_,
          fmt::format("region `{}` has no ACTIVE replica of table `{}` {}; expected "
                      "one of {}",
                      context_.name(region), context_.name(e.table),
                      e.at ? "at " + to_text(*e.at) : "at the end", context_.names(active)));
    }
    return true;
  }

  bool check(StreamExpectation& e) {
    const auto [first, added] = golden_lines_.emplace(e.path, position_.line);
    if (!added) {
      return context_.error(position_,
                            fmt::format("another stream (line {}) has the same golden file "
                                        "{}",
                                        first->second, quote_for_message(e.path)));
    }
    return require_replica(e.table, e.region);
  }

  bool check(StreamReadExpectation& e) { return require_replica(e.table, e.region); }

  bool check(StreamStatusExpectation& e) {
    return e.status == "absent" || require_replica(e.table, e.region);
  }

  bool check(ReplicaExpectation& e) {
    return e.status == "absent" || require_replica(e.table, e.region);
  }

  bool check(TableExpectation& e) {
    return !e.status || e.status == "absent" || require_replica(e.table, e.region);
  }

  bool require_replica(TableId table, RegionId region) {
    if (history_.ever(table, region)) return true;
    return context_.error(position_, fmt::format("region `{}` never has a replica of table `{}`",
                                                 context_.name(region), context_.name(table)));
  }

  ReadContext& context_;
  const ReplicaHistory& history_;
  SourcePosition position_;
  std::map<std::string, int> golden_lines_;
};

}  // namespace

bool finish_expectations(ReadContext& context, const ReplicaHistory& history,
                         std::vector<Expectation>& expectations) {
  Finisher finisher(context, history);
  bool good = true;
  for (std::size_t i = 0; i < expectations.size(); ++i) {
    const ReadContext::Scope section(context, "expect");
    const ReadContext::Scope scope(context, i);
    good = finisher.finish(expectations[i]) && good;
  }
  return good;
}

bool check_sources(ReadContext& context, const ReplicaHistory& history, const Scenario& scenario) {
  bool good = true;
  const auto require = [&](SourcePosition position, TableId table, RegionId region) {
    if (history.ever(table, region)) return;
    good = context.error(position, fmt::format("region `{}` never has a replica of table `{}`",
                                               context.name(region), context.name(table)));
  };
  for (std::size_t i = 0; i < scenario.workload.size(); ++i) {
    const ReadContext::Scope section(context, "workload");
    const ReadContext::Scope scope(context, i);
    const WorkloadSpec& workload = scenario.workload[i];
    for (const RegionId region : workload.regions)
      require(workload.position, workload.table, region);
  }
  for (const ConsumerSpec& consumer : scenario.consumers) {
    const ReadContext::Scope section(context, "consumers");
    const ReadContext::Scope scope(context, consumer.group);
    require(consumer.position_in_file, consumer.table, consumer.region);
  }
  for (std::size_t i = 0; i < scenario.replay.size(); ++i) {
    const ReadContext::Scope section(context, "replay");
    const ReadContext::Scope scope(context, i);
    const ReplaySpec& replay = scenario.replay[i];
    if (replay.table && replay.region) require(replay.position, *replay.table, *replay.region);
  }
  return good;
}

}  // namespace gtsim::language
