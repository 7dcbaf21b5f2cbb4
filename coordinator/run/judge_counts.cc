#include <fmt/format.h>

#include "coordinator/language/expectation_text.h"
#include "coordinator/run/expectation_state.h"

namespace gtsim {
namespace {

bool chosen(const std::optional<RegionId>& wanted, RegionId region) {
  return !wanted || *wanted == region;
}

bool chosen(const std::optional<TableId>& wanted, TableId table) {
  return !wanted || *wanted == table;
}

template <class F>
void for_each_region(const EvaluationContext& context, F visit) {
  for (std::size_t i = 0; i < context.scenario.regions.size(); ++i) {
    visit(RegionId{static_cast<std::uint16_t>(i)});
  }
}

template <class F>
void for_each_table(const EvaluationContext& context, const std::optional<TableId>& wanted,
                    F visit) {
  for (std::size_t i = 0; i < context.scenario.tables.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    if (chosen(wanted, table)) visit(table);
  }
}

Judgement count_judgement(const Bound<std::int64_t>& bound, std::uint64_t count) {
  return {bound.holds(static_cast<std::int64_t>(count)), fmt::format("found {}", count)};
}

}  // namespace

Judgement judge(const LagExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  Judgement judgement{true, {}};
  std::uint64_t samples = 0;
  for_each_region(context, [&](RegionId from) {
    for_each_region(context, [&](RegionId to) {
      if (from == to || !chosen(expected.from, from) || !chosen(expected.to, to)) return;
      const LagHistogram& lag = context.statistics.lag(from, to);
      samples += lag.count();
      if (lag.count() == 0) return;
      for (const auto& [share, bound] : expected.percentiles) {
        const Duration found = lag.percentile(share);
        const bool holds = bound.holds(found);
        // All of a single link's figures, or those that break the bound.
        if (holds && !(expected.from && expected.to)) continue;
        if (!judgement.found.empty()) judgement.found += ", ";
        if (!(expected.from && expected.to)) {
          judgement.found += fmt::format("{} -> {} ", context.scenario.regions[from.index()].name,
                                         context.scenario.regions[to.index()].name);
        }
        judgement.found += fmt::format("{} {}", language::percentile_name(share), to_text(found));
        judgement.holds = judgement.holds && holds;
      }
    });
  });
  if (samples == 0) return {false, "nothing was replicated on this link"};
  if (judgement.found.empty()) judgement.found = "holds on every link";
  return judgement;
}

Judgement judge(const ConflictsExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  std::uint64_t count = 0;
  for_each_table(context, expected.table, [&](TableId table) {
    for_each_region(context, [&](RegionId winner) {
      for_each_region(context, [&](RegionId loser) {
        if (chosen(expected.winner, winner) && chosen(expected.loser, loser)) {
          count += context.statistics.conflicts(table, winner, loser).conflicts;
        }
      });
    });
  });
  return count_judgement(expected.count, count);
}

Judgement judge(const LostWritesExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  std::uint64_t count = 0;
  for_each_table(context, expected.table, [&](TableId table) {
    for_each_region(context, [&](RegionId winner) {
      for_each_region(context, [&](RegionId loser) {
        if (chosen(expected.region, loser)) {
          count += context.statistics.conflicts(table, winner, loser).lost_acknowledged;
        }
      });
    });
  });
  return count_judgement(expected.acknowledged, count);
}

Judgement judge(const RecordsExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  std::uint64_t count = 0;
  for_each_table(context, expected.table, [&](TableId table) {
    for_each_region(context, [&](RegionId region) {
      if (!chosen(expected.region, region)) return;
      for_each_region(context, [&](RegionId origin) {
        if (!chosen(expected.origin_region, origin)) return;
        const OriginKind kind =
            origin == region ? OriginKind::kApplication : OriginKind::kReplication;
        if (expected.origin && *expected.origin != to_text(kind)) return;
        const auto& records = context.statistics.records(region, table, origin);
        for (std::size_t event = 0; event < records.by_event.size(); ++event) {
          if (expected.event && *expected.event != to_text(static_cast<EventName>(event))) continue;
          const std::uint64_t with_identity = records.with_ttl_identity[event];
          if (!expected.ttl) {
            count += records.by_event[event];
          } else {
            count += *expected.ttl ? with_identity : records.by_event[event] - with_identity;
          }
        }
      });
    });
  });
  return count_judgement(expected.count, count);
}

Judgement judge(const WritesExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  std::uint64_t count = 0;
  for_each_table(context, expected.table, [&](TableId table) {
    for_each_region(context, [&](RegionId region) {
      if (!chosen(expected.region, region)) return;
      const WriteCounts& writes = context.statistics.writes(region, table);
      for (std::size_t outcome = 0; outcome < writes.by_outcome.size(); ++outcome) {
        if (!expected.outcome || static_cast<std::size_t>(*expected.outcome) == outcome) {
          count += writes.by_outcome[outcome];
        }
      }
    });
  });
  return count_judgement(expected.count, count);
}

}  // namespace gtsim
