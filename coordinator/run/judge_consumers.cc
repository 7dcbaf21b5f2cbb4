// Expectations about consumers: their ledgers are compared with what the scenario says.
#include <fmt/format.h>

#include "coordinator/consumer/consumer_host.h"
#include "coordinator/language/expectation_text.h"
#include "coordinator/run/expectation_state.h"

namespace gtsim {
namespace {

using CountBound = Bound<std::int64_t>;

// Figures of one judgement, joined to one line.
class Findings {
 public:
  void add(const char* name, const std::optional<CountBound>& bound, std::int64_t found) {
    if (!bound) return;
    judgement_.holds = judgement_.holds && bound->holds(found);
    if (!judgement_.found.empty()) judgement_.found += ", ";
    judgement_.found += fmt::format("{} {}", name, found);
  }
  void differs(const std::string& how) {
    judgement_.holds = false;
    judgement_.found += (judgement_.found.empty() ? "" : ", ") + how;
  }
  void agrees(const std::string& how) {
    judgement_.found += (judgement_.found.empty() ? "" : ", ") + how;
  }
  [[nodiscard]] Judgement take() { return std::move(judgement_); }

 private:
  Judgement judgement_{true, {}};
};

template <class E>
bool chosen(const E& expected, const RecordClass& record) {
  return (!expected.event || *expected.event == to_text(record.event)) &&
         (!expected.origin_region || *expected.origin_region == record.origin_region);
}

void compare_golden(const ExpectationState& state, bool update, Findings& findings) {
  const std::string difference = state.golden_file->finish();
  if (difference.empty()) {
    findings.agrees(fmt::format("{} lines are equal", state.golden_file->lines()));
  } else if (update) {
    findings.agrees("rewritten: " + difference);
  } else {
    findings.differs(difference + "\n  (--update-golden rewrites it)");
  }
}

}  // namespace

Judgement judge(const FilterExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  std::int64_t missed = 0;
  std::int64_t let_through = 0;
  std::int64_t duplicates = 0;
  for (const Consumer* consumer : context.consumers.find(expected.consumer)) {
    for (const ClassVerdict& kind : consumer->ledger().classes()) {
      if (!chosen(expected, kind.record)) continue;
      if (kind.wanted) {
        missed += kind.counts.records - kind.counts.processed;
        duplicates += kind.counts.duplicates;
      } else {
        let_through += kind.counts.delivered;
      }
    }
  }
  Findings findings;
  findings.add("missed", expected.missed, missed);
  findings.add("let through", expected.let_through, let_through);
  findings.add("duplicates", expected.duplicates, duplicates);
  return findings.take();
}

Judgement judge(const DeliveriesExpectation& expected, const ExpectationState& state,
                const EvaluationContext& context) {
  RecordCounts sum;
  std::int64_t out_of_order = 0;
  std::int64_t behind = 0;
  std::int64_t invocations = 0;
  std::int64_t failed = 0;
  for (const Consumer* consumer : context.consumers.find(expected.consumer)) {
    for (const ClassVerdict& kind : consumer->ledger().classes()) {
      if (!chosen(expected, kind.record)) continue;
      if (expected.origin && *expected.origin != to_text(kind.record.origin)) continue;
      sum.delivered += kind.counts.delivered;
      sum.duplicates += kind.counts.duplicates;
      sum.given_up += kind.counts.given_up;
      sum.expired += kind.counts.expired;
    }
    out_of_order += consumer->ledger().out_of_order();
    behind += consumer->ledger().behind();
    invocations += consumer->counts().invocations;
    failed += consumer->counts().failed_invocations;
  }
  Findings findings;
  findings.add("records", expected.records, sum.delivered);
  findings.add("duplicates", expected.duplicates, sum.duplicates);
  findings.add("out of order", expected.out_of_order, out_of_order);
  findings.add("given up", expected.given_up, sum.given_up);
  findings.add("expired", expected.expired, sum.expired);
  findings.add("behind", expected.behind, behind);
  findings.add("invocations", expected.invocations, invocations);
  findings.add("failed invocations", expected.failed_invocations, failed);
  if (expected.matches) compare_golden(state, context.update_golden, findings);
  return findings.take();
}

Judgement judge(const PerWriteExpectation& expected, const ExpectationState& state,
                const EvaluationContext&) {
  const PerWriteTally::Counts counts = state.tally->counts();
  Findings findings;
  findings.add("missed", expected.missed, counts.missed);
  findings.add("once", expected.once, counts.once);
  findings.add("more than once", expected.more_than_once, counts.more_than_once);
  return findings.take();
}

Judgement judge(const IteratorAgeExpectation& expected, const ExpectationState&,
                const EvaluationContext& context) {
  LagHistogram ages;
  for (const Consumer* consumer : context.consumers.find(expected.consumer)) {
    ages.add_all(consumer->counts().iterator_age);
  }
  if (ages.count() == 0) return {false, "the function was never called with a record"};
  Judgement judgement{true, {}};
  for (const auto& [share, bound] : expected.percentiles) {
    const Duration found = ages.percentile(share);
    judgement.holds = judgement.holds && bound.holds(found);
    if (!judgement.found.empty()) judgement.found += ", ";
    judgement.found += fmt::format("{} {}", language::percentile_name(share), to_text(found));
  }
  return judgement;
}

Judgement judge(const OutputExpectation& expected, const ExpectationState& state,
                const EvaluationContext& context) {
  Findings findings;
  if (expected.contains) {
    std::int64_t lines = 0;
    for (const Consumer* consumer : context.consumers.find(expected.consumer)) {
      lines += context.files.error_lines(consumer->spec().name, *expected.contains);
    }
    findings.add("lines", expected.lines, lines);
  }
  if (expected.matches) compare_golden(state, context.update_golden, findings);
  return findings.take();
}

}  // namespace gtsim
