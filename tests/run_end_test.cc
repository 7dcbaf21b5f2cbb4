// What consumers read while shards close, disks are slow and the run comes to its end: every record
// is delivered, in order, whichever storage the regions have.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/scenario_run.h"

namespace gtsim {
namespace {

class RunEnd : public OnBothStorages {};

GTSIM_ON_BOTH_STORAGES(RunEnd);

// ---- Shards that close while their newest records are on their way to the disk

constexpr const char* kSlowDisk = R"(
regions:
  a: {{fsync: 500ms}}
  b:
tables: {{t: {{rollover: {}}}}}
consumers:
  horizon: {{region: a}}
  latest: {{region: a, starting_position: LATEST}}
steps:
  - {{at: 1s, in: a, put: {{PK: x, v: 1}}}}
  - {{at: 3s, in: a, put: {{PK: x, v: 2}}}}
{}  - {{at: 5s, in: a, put: {{PK: x, v: 3}}}}
  - {{at: 8s, in: a, put: {{PK: x, v: 4}}}}
expect:
  - filter: {{consumer: horizon, missed: 0}}
  - deliveries: {{consumer: horizon, records: {}}}
  - deliveries: {{consumer: latest, records: {}}}
)";

TEST_P(RunEnd, AShardThatSplitsBeforeItsRecordIsDurable) {
  holds(fmt::format(kSlowDisk, "4h", "  - {at: 3100ms, split: {region: a}}\n", 4, 4));
}

TEST_P(RunEnd, AShardThatRollsOverBeforeItsRecordIsDurable) {
  for (const char* every : {"1s", "1100ms", "3100ms", "3400ms"}) {
    holds(fmt::format(kSlowDisk, every, "", 4, 4));
  }
}

// The record of 3 s is there again or not; those that come after it must not be passed over.
TEST_P(RunEnd, ACrashBetweenASplitAndItsSync) {
  for (int crash_ms = 3100; crash_ms <= 4400; crash_ms += 100) {
    const int records = crash_ms < 3500 ? 3 : 4;
    holds(fmt::format(kSlowDisk, "4h",
                      fmt::format("  - {{at: 3100ms, split: {{region: a}}}}\n"
                                  "  - {{at: {}ms, crash: a, restart_after: 100ms}}\n",
                                  crash_ms + 1),
                      records, records));
  }
}

TEST_P(RunEnd, ACrashAfterARollOverThatNoWriteFollows) {
  for (int crash_ms = 2000; crash_ms <= 4400; crash_ms += 200) {
    const int records = crash_ms >= 3000 && crash_ms < 3500 ? 3 : 4;
    holds(
        fmt::format(kSlowDisk, "2s",
                    fmt::format("  - {{at: {}ms, crash: a, restart_after: 100ms}}\n", crash_ms + 1),
                    records, records));
  }
}

// No write follows that would carry the closing to the disk.
TEST_P(RunEnd, TheLastShardsCloseThoughNothingIsWrittenAnyMore) {
  holds(R"(
regions: {a: {fsync: 500ms}}
tables: {table: {stream: NEW_AND_OLD_IMAGES}}
steps:
  - {at: 1s, in: a, put: {PK: x, v: 1}}
  - {at: 3s, stream: {region: a, disable: true, takes: 100ms}}
expect:
  - stream_status: {region: a, at: 4s, shards: 1, open_shards: 0}
)");
}

// A write that changes nothing is no last write, however late it comes.
TEST_P(RunEnd, ConvergenceIsMeasuredFromTheLastChangeToItsArrival) {
  holds(R"(
regions: [a, b]
network: 50ms
steps:
  - {at: 1s, in: a, put: {PK: x, v: 1}}
  - {at: 9s, in: b, delete: {PK: never-there}}
expect:
  - converged: {within: 100ms, after: last-write}
)");
}

// ---- What TTL deletes while consumers go on

// The delete falls into the time in which a window is still open and nobody writes any more. It is
// made in one region or the other, by its key.
TEST_P(RunEnd, ATtlDeleteWhileAWindowIsOpenIsDelivered) {
  for (const char* key : {"x", "y", "z", "k", "m", "n"}) {
    for (const int expires : {1767225634, 1767225638}) {
      holds(fmt::format(R"(
regions: [a, c]
network: 50ms
tables: {{t: {{ttl: {{attribute: exp, delay: 1090ms}}}}}}
consumers:
  far: {{region: a, tumbling_window: 5s}}
  near: {{region: c, tumbling_window: 10s}}
  plain: {{region: c}}
steps:
  - {{at: 30s, in: c, put: {{PK: {}, exp: {}}}}}
expect:
  - converged: 5s
  - deliveries: {{consumer: near, records: {}}}
)",
                        key, expires, 2));
    }
  }
}

// The delete has as long to reach the other regions as the last write had.
TEST_P(RunEnd, ATtlDeleteAfterTheSettleTimeIsNoFailureToConverge) {
  for (const char* key : {"x", "y", "z", "k"}) {
    holds(fmt::format(R"(
regions: [a, c]
network: 600ms
settle: 2s
tables: {{t: {{ttl: {{attribute: exp, delay: 10ms}}}}}}
consumers:
  c: {{region: c, tumbling_window: 20s}}
steps:
  - {{at: 30s, in: c, put: {{PK: {}, exp: 1767225636}}}}
expect:
  - deliveries: {{consumer: c, records: 2}}
)",
                      key));
  }
}

}  // namespace
}  // namespace gtsim
