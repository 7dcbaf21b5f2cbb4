#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "coordinator/report/consumer_report.h"
#include "coordinator/report/report.h"

namespace gtsim {
namespace {

constexpr std::size_t kMostLinksShown = 12;
constexpr std::size_t kMostStoryLines = 30;

class Page {
 public:
  explicit Page(bool color) : color_(color) {}
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<T>(values)...);
    text_ += '\n';
  }
  [[nodiscard]] std::string good(std::string_view text) const { return paint("32", text); }
  [[nodiscard]] std::string bad(std::string_view text) const { return paint("1;31", text); }
  [[nodiscard]] std::string strong(std::string_view text) const { return paint("1", text); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  [[nodiscard]] std::string paint(const char* code, std::string_view text) const {
    return color_ ? fmt::format("\033[{}m{}\033[0m", code, text) : std::string{text};
  }
  bool color_;
  std::string text_;
};

std::string short_duration(Duration duration) {
  const std::int64_t us = duration.count();
  if (us >= 100'000'000) return fmt::format("{}s", us / 1'000'000);
  if (us >= 1'000'000) return fmt::format("{:.2f}s", static_cast<double>(us) / 1e6);
  if (us >= 1'000) return fmt::format("{:.1f}ms", static_cast<double>(us) / 1e3);
  return fmt::format("{}us", us);
}

RegionId region_id(std::size_t index) {
  return RegionId{static_cast<std::uint16_t>(index)};
}
TableId table_id(std::size_t index) {
  return TableId{static_cast<std::uint16_t>(index)};
}

std::size_t name_width(const Scenario& scenario) {
  std::size_t width = 6;
  for (const RegionSpec& region : scenario.regions) width = std::max(width, region.name.size());
  return width;
}

void add_writes(Page& page, const RunReport& report) {
  const Scenario& scenario = report.scenario;
  const std::size_t width = name_width(scenario);
  page.line("  {:<{}}  {:>10} {:>10} {:>10}   {:>12} {:>12}", "region", width, "writes",
            "effective", "refused", "APPLICATION", "REPLICATION");
  for (std::size_t r = 0; r < scenario.regions.size(); ++r) {
    std::uint64_t asked = 0, effective = 0, refused = 0, application = 0, replication = 0;
    for (std::size_t t = 0; t < scenario.tables.size(); ++t) {
      const WriteCounts& writes = report.result.statistics.writes(region_id(r), table_id(t));
      for (std::size_t outcome = 0; outcome < writes.by_outcome.size(); ++outcome) {
        asked += writes.by_outcome[outcome];
        if (outcome != 0) refused += writes.by_outcome[outcome];
      }
      effective += writes.effective;
      for (std::size_t o = 0; o < scenario.regions.size(); ++o) {
        const auto& records =
            report.result.statistics.records(region_id(r), table_id(t), region_id(o));
        for (const std::uint64_t count : records.by_event)
          (o == r ? application : replication) += count;
      }
    }
    page.line("  {:<{}}  {:>10} {:>10} {:>10}   {:>12} {:>12}", scenario.regions[r].name, width,
              asked, effective, refused, application, replication);
  }
}

void add_conflicts(Page& page, const RunReport& report) {
  const Scenario& scenario = report.scenario;
  std::uint64_t overwritten = 0, acknowledged = 0, discarded = 0;
  std::vector<std::string> pairs;
  for (std::size_t w = 0; w < scenario.regions.size(); ++w) {
    for (std::size_t l = 0; l < scenario.regions.size(); ++l) {
      std::uint64_t lost = 0;
      for (std::size_t t = 0; t < scenario.tables.size(); ++t) {
        const auto& counts =
            report.result.statistics.conflicts(table_id(t), region_id(w), region_id(l));
        lost += counts.lost;
        acknowledged += counts.lost_acknowledged;
        discarded += counts.discarded;
      }
      overwritten += lost;
      if (lost > 0) {
        pairs.push_back(fmt::format("{:>8}  {} over {}", lost, scenario.regions[w].name,
                                    scenario.regions[l].name));
      }
    }
  }
  if (overwritten == 0) {
    page.line("  conflicts: none ({} replicated changes came too late to be applied)", discarded);
    return;
  }
  page.line("  conflicts: {} {} lost to a concurrent one, {} acknowledged", overwritten,
            overwritten == 1 ? "write" : "writes", acknowledged);
  for (std::size_t i = 0; i < pairs.size() && i < kMostLinksShown; ++i) page.line("  {}", pairs[i]);
  if (pairs.size() > kMostLinksShown) {
    page.line("  ... and {} more pairs of regions", pairs.size() - kMostLinksShown);
  }
}

// Nobody asked what would become of them, but they did not happen.
void add_refused_orders(Page& page, const RunReport& report) {
  const auto& refused = report.result.verdict.refused_orders;
  for (std::size_t i = 0; i < refused.size() && i < kMostLinksShown; ++i) {
    page.line("  refused at {}: {} ({}: {})", to_text(refused[i].at), refused[i].step,
              refused[i].outcome, refused[i].detail);
  }
  if (refused.size() > kMostLinksShown) {
    page.line("  ... and {} more refused orders", refused.size() - kMostLinksShown);
  }
}

void add_lag(Page& page, const RunReport& report) {
  const Scenario& scenario = report.scenario;
  struct Row {
    std::string link;
    const LagHistogram* lag;
  };
  std::vector<Row> rows;
  for (std::size_t from = 0; from < scenario.regions.size(); ++from) {
    for (std::size_t to = 0; to < scenario.regions.size(); ++to) {
      const LagHistogram& lag = report.result.statistics.lag(region_id(from), region_id(to));
      if (lag.count() > 0) {
        rows.push_back({scenario.regions[from].name + " -> " + scenario.regions[to].name, &lag});
      }
    }
  }
  if (rows.empty()) return;
  const std::size_t all = rows.size();
  if (all > kMostLinksShown) {
    std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
      return a.lag->percentile(0.99) > b.lag->percentile(0.99);
    });
    rows.resize(kMostLinksShown);
  }
  const std::size_t width = 2 * name_width(scenario) + 4;
  page.line("  {:<{}}  {:>10} {:>10} {:>10} {:>10}", "replication lag", width, "changes", "p50",
            "p99", "max");
  for (const Row& row : rows) {
    page.line("  {:<{}}  {:>10} {:>10} {:>10} {:>10}", row.link, width, row.lag->count(),
              short_duration(row.lag->percentile(0.5)), short_duration(row.lag->percentile(0.99)),
              short_duration(row.lag->largest()));
  }
  if (all > rows.size()) page.line("  ... and {} quicker links", all - rows.size());
}

void add_violation(Page& page, const RunReport& report) {
  const Violation& violation = *report.result.verdict.violation;
  page.line("");
  page.line("  {} {}", page.bad("CHECK FAILED"), page.strong(violation.check));
  page.line("    {} at {} in table {}: {}", report.scenario.regions[violation.region.index()].name,
            to_text(violation.at - Instant{}), report.scenario.tables[violation.table.index()].name,
            violation.message);
  if (report.result.verdict.story.empty()) return;
  page.line("    the key's story:");
  const auto& story = report.result.verdict.story;
  const std::size_t first = story.size() > kMostStoryLines ? story.size() - kMostStoryLines : 0;
  if (first > 0) page.line("    ({} earlier lines are in verdict.json)", first);
  for (std::size_t i = first; i < story.size(); ++i) page.line("    {}", story[i]);
}

void add_expectations(Page& page, const RunReport& report) {
  for (const ExpectationResult& result : report.result.verdict.expectations) {
    const std::string mark = !result.evaluated ? std::string{" -- "}
                             : result.holds    ? page.good(" ok ")
                                               : page.bad("FAIL");
    page.line("  {} {}: {}", mark, result.text, result.found);
    if (result.evaluated && !result.holds) {
      page.line("       expected at {}:{}:{}", report.scenario.path, result.position.line,
                result.position.column);
    }
  }
}

void add_handler_errors(Page& page, const RunReport& report) {
  const auto& errors = report.result.handler_errors;
  for (const std::string& error : errors) page.line("  handler of {}", error);
  if (!errors.empty()) page.line("");
}

// Of a run that told nothing: who it was, what is known of its end, how to have it again.
std::string lost_report(Page page, const RunReport& report) {
  const Verdict& verdict = report.result.verdict;
  page.line("{}", page.strong(report.scenario.name));
  page.line("  {}, seed {}", report.scenario.path, verdict.seed);
  page.line("");
  page.line("  verdict: {} ({})", page.bad(to_text(verdict.kind)), verdict.reason);
  if (verdict.kind == VerdictKind::kDied) page.line("  this is a fault of gtsim: please report it");
  if (!report.folder.empty()) page.line("  run folder: {}", report.folder);
  if (!report.output_error.empty())
    page.line("  {} {}", page.bad("not written in full:"), report.output_error);
  page.line("  again: {}", report.reproduce);
  return page.take();
}

}  // namespace

std::string human_report(const RunReport& report, bool color) {
  const Scenario& scenario = report.scenario;
  const Verdict& verdict = report.result.verdict;
  Page page{color};
  if (verdict.lost) return lost_report(std::move(page), report);
  page.line("{}", page.strong(scenario.name));
  if (!report.result.live.empty()) page.line("  {}", report.result.live);
  if (!report.profile.empty()) page.line("  records as with the profile {}", report.profile);
  if (!report.storage.empty()) page.line("  tables in {}", report.storage);
  if (!report.mutant.empty()) page.line("  broken on purpose: {}", report.mutant);
  const double virtual_seconds = static_cast<double>(verdict.ended_at.us) / 1e6;
  std::string speed;
  if (report.wall_seconds > 0.001) {
    speed = fmt::format(" in {:.2f}s ({:.0f} times real time)", report.wall_seconds,
                        virtual_seconds / report.wall_seconds);
  }
  page.line("  {}, seed {}: {} {}, {} of {} time{}", scenario.path, verdict.seed,
            scenario.regions.size(), scenario.regions.size() == 1 ? "region" : "regions",
            to_text(Duration{verdict.ended_at.us / 1000 * 1000}),
            report.result.live.empty() ? "virtual" : "the scenario's", speed);
  page.line("");
  add_writes(page, report);
  page.line("");
  add_conflicts(page, report);
  add_refused_orders(page, report);
  add_lag(page, report);
  page.line("");
  if (!report.result.consumers.empty()) {
    page.line("{}", consumers_text(scenario, report.result.consumers));
  }
  add_expectations(page, report);
  if (verdict.violation) {
    add_violation(page, report);
  } else if (verdict.reason.empty() && (verdict.kind == VerdictKind::kHolds ||
                                        verdict.kind == VerdictKind::kExpectationFailed)) {
    // A run that never settled has not been checked to its end.
    page.line("  {} always-on checks: every record, order, image and version accounted for",
              page.good(" ok "));
  }
  page.line("");
  const std::string word = to_text(verdict.kind);
  page.line("  verdict: {}{}",
            verdict.kind == VerdictKind::kHolds ? page.good(word) : page.bad(word),
            verdict.reason.empty() ? "" : " (" + verdict.reason + ")");
  page.line("  history digest {}, tables digest {}", to_hex(verdict.history_digest),
            to_hex(verdict.tables_digest));
  if (!report.folder.empty()) page.line("  run folder: {}", report.folder);
  add_handler_errors(page, report);
  if (!report.output_error.empty())
    page.line("  {} {}", page.bad("not written in full:"), report.output_error);
  if (verdict.kind != VerdictKind::kHolds) page.line("  again: {}", report.reproduce);
  return page.take();
}

}  // namespace gtsim
