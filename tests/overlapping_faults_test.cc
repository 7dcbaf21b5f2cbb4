// Steps that overlap, played: each fault lasts until its own end.
#include "tests/scenario_run.h"

namespace gtsim {
namespace {

class OverlappingFaults : public OnBothStorages {};
GTSIM_ON_BOTH_STORAGES(OverlappingFaults);

TEST_P(OverlappingFaults, HealedInPartAndCutAgain) {
  holds(R"(
regions: [a, b, c]
network: 20ms
steps:
  - {at: 10s, name: first, partition: [[a], [b, c]], for: 20s}
  - {at: 15s, heal: {between: [a, b]}}
  - {at: 20s, cut: {between: [a, b]}, for: 40s}
  - {at: 40s, in: a, put: {PK: "1"}}
duration: 2m
expect:
  - item: {in: b, key: {PK: "1"}, absent: true, at: 59s}
  - item: {in: c, key: {PK: "1"}, has: {PK: "1"}, at: 41s}
  - item: {in: b, key: {PK: "1"}, has: {PK: "1"}, at: 70s}
)");
}

TEST_P(OverlappingFaults, AHealEndsWhatIsCutNowAndNothingLater) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, cut: {between: [a, b]}}
  - {at: 12s, cut: {between: [a, b]}, for: 30s}
  - {at: 20s, heal: all}
  - {at: 21s, in: a, put: {PK: "1"}}
  - {at: 30s, cut: {between: [a, b]}, for: 30s}
  - {at: 45s, in: a, put: {PK: "2"}}
duration: 2m
expect:
  - item: {in: b, key: {PK: "1"}, has: {PK: "1"}, at: 25s}
  - item: {in: b, key: {PK: "2"}, absent: true, at: 59s}
)");
}

TEST_P(OverlappingFaults, OfTwoChangesOfALinkTheNewerCounts) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, link: {from: a, to: b, latency: 3s}, for: 30s}
  - {at: 20s, link: {from: a, to: b, latency: 8s}, for: 40s}
  - {at: 41s, in: a, put: {PK: still-slow}}
  - {at: 80s, in: a, put: {PK: quick}}
duration: 2m
expect:
  - item: {in: b, key: {PK: still-slow}, absent: true, at: 48s}
  - item: {in: b, key: {PK: still-slow}, has: {PK: still-slow}, at: 50s}
  - item: {in: b, key: {PK: quick}, has: {PK: quick}, at: 80100ms}
)");
}

TEST_P(OverlappingFaults, WhenTheNewerEndsFirstTheOlderCountsAgain) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, link: {from: a, to: b, latency: 8s}, for: 60s}
  - {at: 20s, link: {from: a, to: b, latency: 1s, loss: 0%}, for: 10s}
  - {at: 25s, in: a, put: {PK: quicker}}
  - {at: 40s, in: a, put: {PK: slow-again}}
duration: 2m
expect:
  - item: {in: b, key: {PK: quicker}, has: {PK: quicker}, at: 27s}
  - item: {in: b, key: {PK: slow-again}, absent: true, at: 47s}
  - item: {in: b, key: {PK: slow-again}, has: {PK: slow-again}, at: 49s}
)");
}

TEST_P(OverlappingFaults, TwoPauses) {
  holds(R"(
regions: [a, b]
network: 20ms
tables:
  one: {key: {PK: S}}
  two: {key: {PK: S}}
steps:
  - {at: 10s, pause_replication: {region: a, onset: 0s}, for: 20s}
  - {at: 20s, pause_replication: {region: a, table: two, onset: 0s}, for: 40s}
  - {at: 31s, in: a, table: one, put: {PK: "1"}}
  - {at: 31s, in: a, table: two, put: {PK: "1"}}
duration: 2m
expect:
  - item: {in: b, table: one, key: {PK: "1"}, has: {PK: "1"}, at: 32s}
  - item: {in: b, table: two, key: {PK: "1"}, absent: true, at: 59s}
  - item: {in: b, table: two, key: {PK: "1"}, has: {PK: "1"}, at: 61s}
)");
}

TEST_P(OverlappingFaults, APauseThatIsResumedBeforeItSetsInNeverDoes) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, pause_replication: {region: a, onset: 30s}, for: 5m}
  - {at: 20s, resume_replication: a}
  - {at: 60s, in: a, put: {PK: "1"}}
duration: 2m
expect:
  - item: {in: b, key: {PK: "1"}, has: {PK: "1"}, at: 61s}
)");
}

TEST_P(OverlappingFaults, TwoFreezes) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, freeze: a, for: 20s}
  - {at: 20s, freeze: a, for: 40s}
  - {at: 25s, in: b, put: {PK: "1"}}
duration: 2m
expect:
  - item: {in: a, key: {PK: "1"}, absent: true, at: 59s}
  - item: {in: a, key: {PK: "1"}, has: {PK: "1"}, at: 61s}
)");
}

// Whoever froze it does so to the machine, not to one process.
TEST_P(OverlappingFaults, ARegionThatCrashesWhileItIsFrozenComesBackFrozen) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, freeze: a, for: 50s}
  - {at: 20s, crash: a, restart_after: 10s}
  - {at: 25s, in: b, put: {PK: "1"}}
  - {at: 61s, in: a, put: {PK: "2"}, outcome: ok}
duration: 2m
expect:
  - item: {in: a, key: {PK: "1"}, absent: true, at: 59s}
  - item: {in: a, key: {PK: "1"}, has: {PK: "1"}, at: 65s}
)");
}

// The second one is not ended by what was to end the first.
TEST_P(OverlappingFaults, ARestartBeforeTheTimeEndsTheWholeCrash) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, crash: a, restart_after: 30s}
  - {at: 20s, restart: a}
  - {at: 30s, crash: a, restart_after: 30s}
  - {at: 45s, in: a, put: {PK: "1"}, outcome: unavailable}
  - {at: 61s, in: a, put: {PK: "2"}, outcome: ok}
duration: 2m
)");
}

TEST_P(OverlappingFaults, TwoChangesOfTheClock) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, clock: {region: a, step: 10s}, for: 20s}
  - {at: 20s, clock: {region: a, step: 1m}, for: 40s}
  - {at: 15s, in: a, put: {PK: "0", from: a}}
  - {at: 15010ms, in: b, put: {PK: "0", from: b}}
  - {at: 31s, in: a, put: {PK: "1", from: a}}
  - {at: 31010ms, in: b, put: {PK: "1", from: b}}
  - {at: 80s, in: a, put: {PK: "2", from: a}}
  - {at: 80010ms, in: b, put: {PK: "2", from: b}}
duration: 2m
expect:
  - item: {in: b, key: {PK: "0"}, has: {from: a}}
  - item: {in: b, key: {PK: "1"}, has: {from: a}}
  - item: {in: b, key: {PK: "2"}, has: {from: b}}
)");
}

// Not even for the moment in which it comes back.
TEST_P(OverlappingFaults, ARegionThatComesBackFrozenTakesNothing) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, crash: a, restart_after: 20s}
  - {at: 5s, freeze: a, for: 50s}
  - {at: 20s, in: b, put: {PK: "1"}}
  - {at: 30s, in: a, put: {PK: "2"}, outcome: unavailable}
  - {at: 31s, in: a, put: {PK: "2"}, outcome: timed-out}
duration: 2m
expect:
  - item: {in: a, key: {PK: "1"}, absent: true, at: 54s}
  - item: {in: b, key: {PK: "2"}, absent: true, at: 54s}
  - item: {in: a, key: {PK: "1"}, has: {PK: "1"}, at: 57s}
)");
}

TEST_P(OverlappingFaults, APauseOfAFrozenRegionSetsInBeforeItGoesOn) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, freeze: a, for: 20s}
  - {at: 15s, in: b, put: {PK: "1"}}
  - {at: 20s, pause_replication: {region: a, onset: 0s}, for: 30s}
  - {at: 31s, in: a, put: {PK: "2"}, outcome: ok}
duration: 2m
expect:
  - item: {in: a, key: {PK: "1"}, absent: true, at: 49s}
  - item: {in: b, key: {PK: "2"}, absent: true, at: 49s}
  - item: {in: a, key: {PK: "1"}, has: {PK: "1"}, at: 52s}
)");
}

// Nobody who ordered it went down with the region.
TEST_P(OverlappingFaults, ACapacityOutlivesACrashBeforeItIsDurable) {
  holds(R"(
regions: {a: {fsync: 5s}, b: {}}
network: 20ms
steps:
  - {at: 10s, capacity: {region: a, write: 1/s}, for: 60s}
  - {at: 11s, crash: a, restart_after: 1s}
workload:
  - {regions: [a], rate: 50/s, start: 20s, for: 20s}
duration: 2m
expect:
  - writes: {region: a, outcome: throttled, count: "> 300"}
)");
}

TEST_P(OverlappingFaults, AHealEndsTheFlappingOfTheLinksItNames) {
  holds(R"(
regions: [a, b, c]
network: 20ms
steps:
  - {at: 10s, flap: {between: [a, b], down: 5s, up: 5s, times: 10}, name: one}
  - {at: 10s, flap: {between: [a, c], down: 5s, up: 5s, times: 10}, name: two}
  - {at: 17s, heal: {between: [a, b]}}
  - {at: 21s, in: a, put: {PK: "1"}}
duration: 3m
expect:
  - item: {in: b, key: {PK: "1"}, has: {PK: "1"}, at: 22s}
  - item: {in: c, key: {PK: "1"}, absent: true, at: 24s}
  - converged: {within: 5s, after: one}
)");
}

// It never ends by itself: the end of the activity ends it, and what comes after is after that.
TEST_P(OverlappingFaults, TheEndOfTheActivityEndsThem) {
  holds(R"(
regions: [a, b, c]
network: 20ms
steps:
  - {at: 5s, cut: {between: [a, c]}, for: 1s}
  - {at: 10s, name: cut, cut: {between: [a, b]}}
  - {at: 20s, in: a, put: {PK: "1"}}
duration: 2m
expect:
  - converged: {within: 5s, after: cut}
  - converged: {within: 5s, after: last-fault}
)");
}

TEST_P(OverlappingFaults, AConsumerStaysAwayWhileAnybodyKeepsIt) {
  holds(R"(
regions: [a, b]
network: 20ms
consumers:
  reader: {region: a, maximum_record_age: 60s}
steps:
  - {at: 10s, crash_consumer: reader, for: 20s}
  - {at: 20s, crash_consumer: reader, for: 80s}
  - {at: 35s, in: a, put: {PK: "1"}}
expect:
  - deliveries: {consumer: reader, records: 0, given_up: 1}
)");
}

TEST_P(OverlappingFaults, WhatClientsMeetAddsUp) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, unavailable: {region: a, operations: [put], error: InternalServerError}, for: 30s}
  - {at: 20s, unavailable: {region: a, delay: 2s}, for: 40s}
  - {at: 15s, in: a, put: {PK: "1"}, outcome: server-error}
  - {at: 15s, in: a, delete: {PK: "1"}, outcome: ok}
  - {at: 25s, in: a, put: {PK: "2"}, outcome: server-error}
  - {at: 25s, in: a, delete: {PK: "2"}, outcome: ok}
  - {at: 41s, in: a, put: {PK: "3"}, outcome: ok}
duration: 2m
expect:
  - item: {in: a, key: {PK: "1"}, absent: true}
  - item: {in: b, key: {PK: "3"}, absent: true, at: 43s}
  - item: {in: b, key: {PK: "3"}, has: {PK: "3"}, at: 43100ms}
)");
}

TEST_P(OverlappingFaults, OfTwoCapacitiesTheNewerCounts) {
  holds(R"(
regions: [a, b]
network: 20ms
steps:
  - {at: 10s, capacity: {region: a, write: 1/s}, for: 30s}
  - {at: 20s, capacity: {region: a, write: unlimited}, for: 50s}
  - {at: 41s, in: a, put: {PK: "1"}, outcome: ok}
duration: 2m
)");
}

}  // namespace
}  // namespace gtsim
