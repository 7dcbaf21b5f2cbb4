// All that there is to be told of a run that is over. What people and programs read of a run
// (coordinator/report) is made of this and of the scenario, so that one result gives one report.
// The cluster, the consumers and the files that the run had are not needed any more.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/consumer/consumer_host.h"
#include "coordinator/run/statistics.h"
#include "coordinator/run/verdict.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

// What became of one consumer.
struct ConsumerResult {
  // A record that shows what happened to others like it.
  struct Example {
    std::string key;         // the item's key attributes as DynamoDB JSON
    std::string decided_by;  // the leaf of the filter, in words
  };
  // Records that are alike, as ClassVerdict has them.
  struct Records {
    RecordClass record;
    bool wanted = false;
    RecordCounts counts;
    std::vector<Example> passed;   // the first three that passed the filter
    std::vector<Example> dropped;  // the first three that did not
  };

  std::string name;
  RegionId region;
  TableId table;
  ConsumerCounts counts;
  std::int64_t behind = 0;        // records that passed the filter, not processed and not given up
  std::int64_t out_of_order = 0;  // deliveries after a later record of the same key
  std::vector<Records> records;
};

struct RunResult {
  Verdict verdict;        // with expectations, violation, the violated key's story, and digests
  Statistics statistics;  // writes, records, conflicts, lags
  std::vector<ConsumerResult> consumers;    // in the scenario's order; empty: it has none
  std::vector<std::string> handler_errors;  // what was amiss with functions at their end
  std::string live;  // on what real nodes it was played; empty: in virtual time
};

[[nodiscard]] std::vector<ConsumerResult> consumer_results(const ConsumerHost& host,
                                                           Cluster& cluster);

// Of a run that never told its result: nothing is known but how it ended.
[[nodiscard]] RunResult lost_result(const Scenario& scenario, std::uint64_t seed, VerdictKind kind,
                                    std::string reason);

}  // namespace gtsim
