#include "coordinator/report/consumer_report.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

namespace gtsim {
namespace {

namespace json = boost::json;

// "INSERT written here", "REMOVE replicated from us-east-1"
std::string class_text(const Scenario& scenario, const RecordClass& record) {
  const char* event = to_text(record.event);
  const std::string& origin = scenario.regions[record.origin_region.index()].name;
  const bool here = record.origin == OriginKind::kApplication;
  if (record.extra) {
    return here ? fmt::format("{} that stamps a write made here", event)
                : fmt::format("{} that announces a delete from {}", event, origin);
  }
  const char* by = record.ttl ? " by TTL" : "";
  return here ? fmt::format("{}{} {}", event, by, record.ttl ? "carried out here" : "written here")
              : fmt::format("{}{} replicated from {}", event, by, origin);
}

const char* plural(std::int64_t count, const char* one, const char* many) {
  return count == 1 ? one : many;
}

class Table {
 public:
  Table(const Scenario& scenario, const ConsumerResult& consumer)
      : scenario_(scenario), consumer_(consumer) {}

  [[nodiscard]] std::string text() {
    head();
    for (const ConsumerResult::Records& kind : consumer_.records) row(kind);
    return std::move(out_);
  }

 private:
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
    out_ += '\n';
  }

  void head() {
    const ConsumerCounts& counts = consumer_.counts;
    std::string failed;
    if (counts.failed_invocations > 0)
      failed = fmt::format(", {} failed", counts.failed_invocations);
    if (consumer_.behind > 0) {
      failed += fmt::format(", {} records not processed at the end", consumer_.behind);
    }
    if (counts.throttled_reads > 0)
      failed += fmt::format(", {} reads throttled", counts.throttled_reads);
    line("  consumer {} in {}: {} {}{}", consumer_.name,
         scenario_.regions[consumer_.region.index()].name, counts.invocations,
         plural(counts.invocations, "invocation", "invocations"), failed);
    if (!counts.last_error.empty()) line("    last failure: {}", counts.last_error);
    row("records", "in stream", "processed", "missed", "twice", "let through");
  }

  void row(std::string_view what, std::string_view records, std::string_view processed,
           std::string_view missed, std::string_view twice, std::string_view let_through) {
    line("    {:<48} {:>9} {:>9} {:>9} {:>9} {:>11}", what, records, processed, missed, twice,
         let_through);
    out_.resize(out_.find_last_not_of(" \n") + 1);
    out_ += '\n';
  }

  // What is wanted can be missed or repeated, what is not can be let through.
  void row(const ConsumerResult::Records& kind) {
    const RecordCounts& counts = kind.counts;
    const std::string what = class_text(scenario_, kind.record);
    const auto number = [](std::int64_t count) { return fmt::format("{}", count); };
    if (!kind.wanted) {
      row(what, number(counts.records), "", "", "", number(counts.delivered));
      if (counts.delivered > 0) examples("let through", kind.passed);
      return;
    }
    row(what, number(counts.records), number(counts.processed),
        number(counts.records - counts.processed), number(counts.duplicates), "");
    if (counts.given_up > 0) line("      {} given up after failures", counts.given_up);
    if (counts.expired > 0) line("      {} left the stream unread", counts.expired);
    if (counts.passed < counts.records) examples("missed by the filter", kind.dropped);
  }

  void examples(const char* verb, const std::vector<ConsumerResult::Example>& all) {
    for (const ConsumerResult::Example& example : all) {
      line("      {}: {}{}{}", verb, example.key, example.decided_by.empty() ? "" : ": ",
           example.decided_by);
    }
  }

  const Scenario& scenario_;
  const ConsumerResult& consumer_;
  std::string out_;
};

json::array examples_json(const std::vector<ConsumerResult::Example>& examples) {
  json::array all;
  for (const ConsumerResult::Example& example : examples) {
    all.push_back({{"key", json::parse(example.key)}, {"decided_by", example.decided_by}});
  }
  return all;
}

}  // namespace

std::string consumers_text(const Scenario& scenario, const std::vector<ConsumerResult>& consumers) {
  std::string text;
  for (const ConsumerResult& consumer : consumers) text += Table{scenario, consumer}.text();
  return text;
}

boost::json::value consumers_json(const Scenario& scenario,
                                  const std::vector<ConsumerResult>& consumers) {
  json::array all;
  for (const ConsumerResult& consumer : consumers) {
    const ConsumerCounts& counts = consumer.counts;
    json::array classes;
    for (const ConsumerResult::Records& kind : consumer.records) {
      classes.push_back(
          {{"event", to_text(kind.record.event)},
           {"origin", to_text(kind.record.origin)},
           {"origin_region", scenario.regions[kind.record.origin_region.index()].name},
           {"by_ttl", kind.record.ttl},
           {"made_by_replication", kind.record.extra},
           {"wanted", kind.wanted},
           {"records", kind.counts.records},
           {"passed", kind.counts.passed},
           {"delivered", kind.counts.delivered},
           {"duplicates", kind.counts.duplicates},
           {"processed", kind.counts.processed},
           {"given_up", kind.counts.given_up},
           {"expired", kind.counts.expired},
           {"examples_passed", examples_json(kind.passed)},
           {"examples_dropped", examples_json(kind.dropped)}});
    }
    all.push_back({{"name", consumer.name},
                   {"region", scenario.regions[consumer.region.index()].name},
                   {"table", scenario.tables[consumer.table.index()].name},
                   {"invocations", counts.invocations},
                   {"failed_invocations", counts.failed_invocations},
                   {"given_up_batches", counts.given_up_batches},
                   {"throttled_reads", counts.throttled_reads},
                   {"behind", consumer.behind},
                   {"out_of_order", consumer.out_of_order},
                   {"iterator_age_p50_us", counts.iterator_age.percentile(0.5).count()},
                   {"iterator_age_p99_us", counts.iterator_age.percentile(0.99).count()},
                   {"iterator_age_max_us", counts.iterator_age.largest().count()},
                   {"last_error", counts.last_error},
                   {"records", std::move(classes)}});
  }
  return all;
}

}  // namespace gtsim
