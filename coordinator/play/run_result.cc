#include "coordinator/play/run_result.h"

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

std::vector<ConsumerResult::Example> examples_of(const std::vector<RecordExample>& examples,
                                                 const KeySpace& keys) {
  std::vector<ConsumerResult::Example> all;
  for (const RecordExample& example : examples) {
    std::string key;
    append_item_json(key, keys.bytes(example.key));
    all.push_back({std::move(key), example.decided_by});
  }
  return all;
}

ConsumerResult result_of(const Consumer& consumer, const KeySpace& keys) {
  ConsumerResult result{.name = consumer.spec().name,
                        .region = consumer.spec().region,
                        .table = consumer.spec().table,
                        .counts = consumer.counts(),
                        .behind = consumer.ledger().behind(),
                        .out_of_order = consumer.ledger().out_of_order(),
                        .records = {}};
  for (const ClassVerdict& kind : consumer.ledger().classes()) {
    result.records.push_back({.record = kind.record,
                              .wanted = kind.wanted,
                              .counts = kind.counts,
                              .passed = examples_of(kind.passed, keys),
                              .dropped = examples_of(kind.dropped, keys)});
  }
  return result;
}

}  // namespace

std::vector<ConsumerResult> consumer_results(const ConsumerHost& host, Cluster& cluster) {
  std::vector<ConsumerResult> results;
  for (const auto& consumer : host.consumers()) {
    results.push_back(result_of(*consumer, cluster.keys(consumer->spec().table)));
  }
  return results;
}

RunResult lost_result(const Scenario& scenario, std::uint64_t seed, VerdictKind kind,
                      std::string reason) {
  RunResult result{.verdict = {},
                   .statistics = {scenario.regions.size(), scenario.tables.size()},
                   .consumers = {},
                   .handler_errors = {},
                   .live = {}};
  result.verdict.kind = kind;
  result.verdict.reason = std::move(reason);
  result.verdict.seed = seed;
  result.verdict.lost = true;
  for (const Expectation& expectation : scenario.expect) {
    result.verdict.expectations.push_back({.text = expectation.text,
                                           .found = "the run ended before",
                                           .evaluated = false,
                                           .position = expectation.position});
  }
  return result;
}

}  // namespace gtsim
