#include <boost/json.hpp>

#include "coordinator/report/consumer_report.h"
#include "coordinator/report/report.h"

namespace gtsim {
namespace {

namespace json = boost::json;

RegionId region_id(std::size_t index) {
  return RegionId{static_cast<std::uint16_t>(index)};
}
TableId table_id(std::size_t index) {
  return TableId{static_cast<std::uint16_t>(index)};
}

json::array writes_json(const RunReport& report) {
  json::array all;
  for (std::size_t t = 0; t < report.scenario.tables.size(); ++t) {
    for (std::size_t r = 0; r < report.scenario.regions.size(); ++r) {
      const WriteCounts& writes = report.result.statistics.writes(region_id(r), table_id(t));
      json::object outcomes;
      for (std::size_t i = 0; i < writes.by_outcome.size(); ++i) {
        if (writes.by_outcome[i] > 0) {
          outcomes[to_text(static_cast<WriteOutcome>(i))] = writes.by_outcome[i];
        }
      }
      if (outcomes.empty()) continue;
      all.push_back({{"table", report.scenario.tables[t].name},
                     {"region", report.scenario.regions[r].name},
                     {"outcomes", std::move(outcomes)},
                     {"effective", writes.effective}});
    }
  }
  return all;
}

json::array records_json(const RunReport& report) {
  json::array all;
  for (std::size_t t = 0; t < report.scenario.tables.size(); ++t) {
    for (std::size_t r = 0; r < report.scenario.regions.size(); ++r) {
      for (std::size_t o = 0; o < report.scenario.regions.size(); ++o) {
        const auto& records =
            report.result.statistics.records(region_id(r), table_id(t), region_id(o));
        for (std::size_t event = 0; event < records.by_event.size(); ++event) {
          if (records.by_event[event] == 0) continue;
          all.push_back(
              {{"table", report.scenario.tables[t].name},
               {"region", report.scenario.regions[r].name},
               {"event", to_text(static_cast<EventName>(event))},
               {"origin", to_text(o == r ? OriginKind::kApplication : OriginKind::kReplication)},
               {"origin_region", report.scenario.regions[o].name},
               {"count", records.by_event[event]},
               {"with_ttl_identity", records.with_ttl_identity[event]}});
        }
      }
    }
  }
  return all;
}

json::array conflicts_json(const RunReport& report) {
  json::array all;
  for (std::size_t t = 0; t < report.scenario.tables.size(); ++t) {
    for (std::size_t w = 0; w < report.scenario.regions.size(); ++w) {
      for (std::size_t l = 0; l < report.scenario.regions.size(); ++l) {
        const auto& counts =
            report.result.statistics.conflicts(table_id(t), region_id(w), region_id(l));
        if (counts.conflicts == 0 && counts.discarded == 0) continue;
        all.push_back({{"table", report.scenario.tables[t].name},
                       {"winner", report.scenario.regions[w].name},
                       {"loser", report.scenario.regions[l].name},
                       {"conflicts", counts.conflicts},
                       {"overwritten", counts.lost},
                       {"overwritten_acknowledged", counts.lost_acknowledged},
                       {"discarded", counts.discarded}});
      }
    }
  }
  return all;
}

json::array lag_json(const RunReport& report) {
  json::array all;
  for (std::size_t from = 0; from < report.scenario.regions.size(); ++from) {
    for (std::size_t to = 0; to < report.scenario.regions.size(); ++to) {
      const LagHistogram& lag = report.result.statistics.lag(region_id(from), region_id(to));
      if (lag.count() == 0) continue;
      all.push_back({{"from", report.scenario.regions[from].name},
                     {"to", report.scenario.regions[to].name},
                     {"changes", lag.count()},
                     {"p50_us", lag.percentile(0.5).count()},
                     {"p90_us", lag.percentile(0.9).count()},
                     {"p99_us", lag.percentile(0.99).count()},
                     {"max_us", lag.largest().count()}});
    }
  }
  return all;
}

}  // namespace

std::string verdict_json(const RunReport& report) {
  const Verdict& verdict = report.result.verdict;
  json::array expectations;
  for (const ExpectationResult& result : verdict.expectations) {
    expectations.push_back(
        {{"expectation", result.text},
         {"line", result.position.line},
         {"holds", result.evaluated ? json::value(result.holds) : json::value(nullptr)},
         {"found", result.found}});
  }
  json::object root{{"scenario", report.scenario.name},
                    {"path", report.scenario.path},
                    {"seed", verdict.seed},
                    {"verdict", to_text(verdict.kind)},
                    {"exit_code", exit_code(verdict.kind)},
                    {"reason", verdict.reason}};
  if (!verdict.lost) {
    root["virtual_time_us"] = verdict.ended_at.us;
    root["history_digest"] = to_hex(verdict.history_digest);
    root["tables_digest"] = to_hex(verdict.tables_digest);
  }
  root["reproduce"] = report.reproduce;
  root["expectations"] = std::move(expectations);
  if (!verdict.lost) {
    root["writes"] = writes_json(report);
    root["records"] = records_json(report);
    root["conflicts"] = conflicts_json(report);
    root["lag"] = lag_json(report);
  }
  if (!verdict.refused_orders.empty()) {
    json::array refused;
    for (const RefusedOrder& order : verdict.refused_orders) {
      refused.push_back({{"step", order.step},
                         {"at_us", order.at.count()},
                         {"outcome", order.outcome},
                         {"detail", order.detail}});
    }
    root["refused_orders"] = std::move(refused);
  }
  if (!report.profile.empty()) root["profile"] = report.profile;
  if (!report.storage.empty()) root["storage"] = report.storage;
  if (!report.mutant.empty()) root["mutant"] = report.mutant;
  if (!report.result.live.empty()) root["live"] = report.result.live;
  if (!report.result.consumers.empty()) {
    root["consumers"] = consumers_json(report.scenario, report.result.consumers);
  }
  if (verdict.violation) {
    json::array story(verdict.story.begin(), verdict.story.end());
    root["violation"] = {
        {"check", verdict.violation->check},
        {"message", verdict.violation->message},
        {"at_us", verdict.violation->at.us},
        {"region", report.scenario.regions[verdict.violation->region.index()].name},
        {"table", report.scenario.tables[verdict.violation->table.index()].name},
        {"story", std::move(story)}};
  }
  return json::serialize(root) + "\n";
}

}  // namespace gtsim
