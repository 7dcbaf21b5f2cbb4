// How long a consumer takes to find the children of a shard that has ended.
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

class ShardDiscovery : public OnBothStorages {};
GTSIM_ON_BOTH_STORAGES(ShardDiscovery);

// What is written after the split waits until the children are found; what was there before does
// not.
TEST_P(ShardDiscovery, HoldsUpWhatComesAfterASplit) {
  holds(R"(
regions: [a, b]
network: 20ms
consumers:
  quick: {region: a}
  late: {region: a, shard_discovery: 2m, maximum_record_age: 60s}
steps:
  - {at: 10s, in: a, put: {PK: before}}
  - {at: 20s, split: {region: a}}
  - {at: 30s, in: a, put: {PK: after}}
  - {at: 150s, in: a, put: {PK: found}}
expect:
  - deliveries: {consumer: quick, records: 3, given_up: 0}
  - deliveries: {consumer: late, records: 2, given_up: 1, out_of_order: 0}
)");
}

// Whatever comes meanwhile is delivered in the end, in order.
TEST_P(ShardDiscovery, LosesNothing) {
  holds(R"(
regions: [a, b]
network: 20ms
tables:
  table: {key: {PK: S}, shards: 2, rollover: 30s}
consumers:
  late: {region: a, shard_discovery: 20s, parallelization_factor: 3}
steps:
  - {at: 40s, split: {region: a}}
  - {at: 70s, crash_consumer: late, for: 15s}
workload:
  - {regions: [a], rate: 20/s, keys: uniform(50), for: 4m}
expect:
  - deliveries: {consumer: late, given_up: 0, expired: 0, behind: 0, out_of_order: 0}
)");
}

}  // namespace
}  // namespace gtsim
