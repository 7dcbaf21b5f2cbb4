// `network: aws-lag` and `lag`: how long replication takes besides the network.
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

class ReplicationLag : public OnBothStorages {};
GTSIM_ON_BOTH_STORAGES(ReplicationLag);

TEST_P(ReplicationLag, OfThePresetIsAsTheServiceShowsIt) {
  holds(R"(
regions: [us-east-1, eu-west-1, ap-northeast-1]
network: aws-lag
workload:
  - {regions: all, rate: 2/s, keys: uniform(100000), for: 30m}
expect:
  - lag: {p50: 500ms..1s, p90: 1s..2s, p99: 1500ms..4s, max: "< 15s"}
  - converged: {within: 15s, after: last-write}
)");
}

// The nearer, the sooner.
TEST_P(ReplicationLag, OfAnEmptyNetworkAddsToItsLatency) {
  holds(R"(
regions: [a, b, c]
network:
  default: {latency: 10ms, lag: 700ms}
  links: [{from: a, to: c, latency: 200ms}]
steps:
  - {at: 10s, in: a, put: {PK: "1"}}
expect:
  - item: {in: b, key: {PK: "1"}, absent: true, at: 10700ms}
  - item: {in: b, key: {PK: "1"}, has: {PK: "1"}, at: 10720ms}
  - item: {in: c, key: {PK: "1"}, absent: true, at: 10890ms}
  - item: {in: c, key: {PK: "1"}, has: {PK: "1"}, at: 10910ms}
)");
}

TEST(ReplicationLagText, MakesTheUsualRetryLonger) {
  const auto retry = [](const char* text) { return scenario_of_text(text).replication.retry; };
  EXPECT_EQ(retry("regions: [us-east-1, eu-west-1]\nnetwork: aws\n"), Duration{1'000'000});
  EXPECT_EQ(retry("regions: [us-east-1, eu-west-1]\nnetwork: aws-lag\n"), Duration{10'000'000});
  EXPECT_EQ(retry("regions: [us-east-1, eu-west-1]\nnetwork: aws-lag\nreplication: {batch: 5}\n"),
            Duration{10'000'000});
  EXPECT_EQ(retry("regions: [us-east-1, eu-west-1]\nnetwork: aws-lag\nreplication: {retry: 3s}\n"),
            Duration{3'000'000});
}

}  // namespace
}  // namespace gtsim
