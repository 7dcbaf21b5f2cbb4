// Regions whose disks take time, or that stand still: nothing is said before it is durable, nothing
// is done by who is frozen, nobody's write is taken for another's, and the counts are the same
// whatever came between.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/scenario_run.h"

namespace gtsim {
namespace {

class SlowDisk : public OnBothStorages {};

GTSIM_ON_BOTH_STORAGES(SlowDisk);

// A write that waits at the door of a frozen region owns its update: the generator has gone on.
TEST_P(SlowDisk, EveryUpdateThatWaitsAtAFrozenRegionIsItself) {
  for (const char* fsync : {"0s", "30ms"}) {
    holds(fmt::format(R"(
regions:
  a: {{fsync: {}}}
  b:
network: 50ms
workload:
  - {{regions: [a], rate: 10/s, keys: uniform(1), mix: {{update: 1}}, for: 10s, arrival: constant}}
steps:
  - {{at: 2s, freeze: a, for: 5s}}
expect:
  - records: {{region: a, count: 100}}
)",
                      fsync));
  }
}

TEST_P(SlowDisk, AFrozenRegionSaysNothingOfWhatItsDiskHasWritten) {
  for (const char* frozen_at : {"1001ms", "1050ms", "1099ms"}) {
    holds(fmt::format(R"(
regions:
  a: {{fsync: 100ms}}
  b:
network: 50ms
steps:
  - {{at: 1s, in: a, put: {{PK: x, v: 1}}}}
  - {{at: {}, freeze: a, for: 10s}}
duration: 30s
expect:
  - item: {{in: b, key: {{PK: x}}, absent: true, at: 5s}}
  - item: {{in: b, key: {{PK: x}}, has: {{v: 1}}, at: 12s}}
)",
                      frozen_at));
  }
}

// Its writer hears nothing; the write is there when the region is back.
TEST_P(SlowDisk, WhatTheDiskOfAFrozenRegionHasWrittenSurvivesItsCrash) {
  holds(R"(
regions:
  a: {fsync: 100ms}
  b:
network: 50ms
steps:
  - {at: 1s, in: a, put: {PK: x, v: 1}}
  - {at: 1050ms, freeze: a, for: 4s}
  - {at: 3s, crash: a, restart_after: 1s}
duration: 10s
expect:
  - item: {in: b, key: {PK: x}, absent: true, at: 3500ms}
  - item: {in: all, key: {PK: x}, has: {v: 1}, at: 9s}
)");
}

// What only the crash tells of is in the stream all the same.
TEST_P(SlowDisk, AConsumerReadsWhatTheDiskOfAFrozenRegionHadWritten) {
  holds(R"(
regions:
  a: {fsync: 150ms}
tables:
  orders: {stream: NEW_IMAGE}
workload:
  - {rate: 20/s, keys: uniform(20), for: 20s}
consumers:
  indexer: {region: a, wants: all, takes: 1ms}
steps:
  - {at: 10060ms, freeze: a, for: 3s}
  - {at: 12s, crash: a, restart_after: 2s}
)");
}

TEST_P(SlowDisk, ARegionThatGoesOnInMidSyncIsNotTakenForOneThatCrashed) {
  for (const char* length : {"10ms", "90ms", "3s"}) {
    holds(fmt::format(R"(
regions:
  a: {{fsync: 100ms}}
  b:
network: 50ms
steps:
  - {{at: 500ms, in: a, put: {{PK: x, v: 0}}}}
  - {{at: 1s, in: a, put: {{PK: x, v: 1}}}}
  - {{at: 1010ms, freeze: a, for: {}}}
expect:
  - converged: 5s
)",
                      length));
  }
}

// a's write is lost to b's second, whose predecessor was coalesced away; or both of b's arrive; or
// a crashes and hears of them late.
TEST_P(SlowDisk, ALostWriteIsCountedOnceWhateverWasCoalescedOrCrashed) {
  for (const char* replication : {"{coalesce: 500ms}", "{batch: 1}"}) {
    for (const char* fault : {"", "  - {at: 1030ms, crash: a, restart_after: 2s}\n",
                              "  - {at: 1005ms, cut: {between: [a, b]}, for: 3s}\n"}) {
      holds(fmt::format(R"(
regions:
  a: {{fsync: 5ms}}
  b:
network: 50ms
replication: {}
steps:
  - {{at: 1s, in: a, put: {{PK: k, from: a}}}}
{}  - {{at: 1010ms, in: b, put: {{PK: k, from: b1}}}}
  - {{at: 1020ms, in: b, put: {{PK: k, from: b2}}}}
expect:
  - lost_writes: 1
  - conflicts: {{count: 1, winner: b, loser: a}}
)",
                        replication, fault));
    }
  }
}

// a's write happens when it goes on, between b's two: b's first meets it, and it meets b's second.
// Nobody was told that it had happened, so nobody lost anything.
TEST_P(SlowDisk, AWriterWhoGaveUpLosesNothingAcknowledged) {
  holds(R"(
regions: [a, b]
network: 50ms
steps:
  - {at: 1s, freeze: a, for: 15s}
  - {at: 2s, in: a, put: {PK: k, from: a}}
  - {at: 15990ms, in: b, put: {PK: k, from: b}}
  - {at: 16001ms, in: b, put: {PK: k, from: b2}}
duration: 20s
expect:
  - lost_writes: 0
  - conflicts: 2
)");
}

// A disk that is slower than everything else, a crash in the middle, an item that expires
// meanwhile.
TEST_P(SlowDisk, WhatExpiresWhileItsRegionIsDownGoesWhenItIsBack) {
  holds(R"(
regions:
  a: {fsync: 200ms}
  b: {fsync: 200ms}
network: 50ms
tables: {t: {ttl: {attribute: exp, delay: 2s, by: all}}}
steps:
  - {at: 1s, in: a, put: {PK: x, exp: 1767225605}}
  - {at: 1s, in: b, put: {PK: y, exp: 1767225605}}
  - {at: 3s, crash: a, restart_after: 10s}
  - {at: 6950ms, crash: b, restart_after: 500ms}
duration: 20s
expect:
  - {item: {in: all, key: {PK: x}, absent: true, at: 18s}}
  - {item: {in: all, key: {PK: y}, absent: true, at: 18s}}
)");
}

}  // namespace
}  // namespace gtsim
