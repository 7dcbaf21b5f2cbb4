#include "coordinator/report/consumer_report.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <iterator>

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

namespace json = boost::json;

std::string key_text(Cluster& cluster, TableId table, KeyId key) {
  std::string text;
  append_item_json(text, cluster.keys(table).bytes(key));
  return text;
}

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
  Table(const Scenario& scenario, Cluster& cluster, const Consumer& consumer)
      : scenario_(scenario), cluster_(cluster), consumer_(consumer) {}

  [[nodiscard]] std::string text() {
    head();
    for (const ClassVerdict& kind : consumer_.ledger().classes()) row(kind);
    return std::move(out_);
  }

 private:
  template <class... T>
  void line(fmt::format_string<T...> format, T&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<T>(values)...);
    out_ += '\n';
  }

  void head() {
    const ConsumerSpec& spec = consumer_.spec();
    const ConsumerCounts& counts = consumer_.counts();
    std::string failed;
    if (counts.failed_invocations > 0)
      failed = fmt::format(", {} failed", counts.failed_invocations);
    const std::int64_t behind = consumer_.ledger().behind();
    if (behind > 0) failed += fmt::format(", {} records not processed at the end", behind);
    if (counts.throttled_reads > 0)
      failed += fmt::format(", {} reads throttled", counts.throttled_reads);
    line("  consumer {} in {}: {} {}{}", spec.name, scenario_.regions[spec.region.index()].name,
         counts.invocations, plural(counts.invocations, "invocation", "invocations"), failed);
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
  void row(const ClassVerdict& kind) {
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

  void examples(const char* verb, const std::vector<RecordExample>& all) {
    for (const RecordExample& example : all) {
      line("      {}: {}{}{}", verb, key_text(cluster_, consumer_.spec().table, example.key),
           example.decided_by.empty() ? "" : ": ", example.decided_by);
    }
  }

  const Scenario& scenario_;
  Cluster& cluster_;
  const Consumer& consumer_;
  std::string out_;
};

json::array examples_json(Cluster& cluster, TableId table,
                          const std::vector<RecordExample>& examples) {
  json::array all;
  for (const RecordExample& example : examples) {
    all.push_back({{"key", json::parse(key_text(cluster, table, example.key))},
                   {"decided_by", example.decided_by}});
  }
  return all;
}

}  // namespace

std::string consumers_text(const Scenario& scenario, const ConsumerHost& host, Cluster& cluster) {
  std::string text;
  for (const auto& consumer : host.consumers()) {
    text += Table{scenario, cluster, *consumer}.text();
  }
  return text;
}

boost::json::value consumers_json(const Scenario& scenario, const ConsumerHost& host,
                                  Cluster& cluster) {
  json::array all;
  for (const auto& consumer : host.consumers()) {
    const ConsumerSpec& spec = consumer->spec();
    const ConsumerCounts& counts = consumer->counts();
    json::array classes;
    for (const ClassVerdict& kind : consumer->ledger().classes()) {
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
           {"examples_passed", examples_json(cluster, spec.table, kind.passed)},
           {"examples_dropped", examples_json(cluster, spec.table, kind.dropped)}});
    }
    all.push_back({{"name", spec.name},
                   {"region", scenario.regions[spec.region.index()].name},
                   {"table", scenario.tables[spec.table.index()].name},
                   {"invocations", counts.invocations},
                   {"failed_invocations", counts.failed_invocations},
                   {"given_up_batches", counts.given_up_batches},
                   {"throttled_reads", counts.throttled_reads},
                   {"behind", consumer->ledger().behind()},
                   {"out_of_order", consumer->ledger().out_of_order()},
                   {"iterator_age_p50_us", counts.iterator_age.percentile(0.5).count()},
                   {"iterator_age_p99_us", counts.iterator_age.percentile(0.99).count()},
                   {"iterator_age_max_us", counts.iterator_age.largest().count()},
                   {"last_error", counts.last_error},
                   {"records", std::move(classes)}});
  }
  return all;
}

}  // namespace gtsim
