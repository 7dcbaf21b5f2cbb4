// Consumers as a scenario describes them: a Lambda event source mapping (who reads which stream,
// how it batches and retries), the function behind it, and what the function is meant to be called
// for. Parameters, defaults and ranges are those of CreateEventSourceMapping for DynamoDB streams.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/scenario/source_position.h"
#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/item/attribute_value.h"
#include "region-node/link/delay_model.h"
#include "region-node/stream/record.h"

namespace gtsim {

// For which records the function is meant to act. The verdict on a filter measures what is
// delivered against this; the simulator knows the true origin of every record.
struct WantedRecords {
  std::optional<OriginKind> origin = OriginKind::kApplication;  // nothing: either
  std::optional<RegionId> origin_region;
  std::vector<EventName> events;  // empty: all
  std::optional<bool> ttl;        // true: only TTL deletes, wherever they were carried out
};

struct HandlerSpec {
  enum class Kind : std::uint8_t { kRecord, kExec, kHttp };
  Kind kind = Kind::kRecord;
  std::vector<std::string> command;  // exec: program and arguments
  std::string folder;                // exec: where it runs, the scenario's folder
  std::string url;                   // http
  Duration time_limit{60'000'000};   // of an invocation, by the wall clock
  // How long an invocation takes in virtual time, whatever it really takes.
  DelayModel takes{.first = Duration{10'000}};
  bool takes_real_time = false;  // the result then depends on the machine
};

// Faults of the function, on top of what it does by itself.
struct HandlerFaults {
  std::int64_t fail_every = 0;  // every nth invocation fails; 0: none
  double fail_share = 0;        // probability that an invocation fails
  std::optional<Item> poison;   // an invocation with a record of this key fails
  std::int64_t slow_every = 0;  // every nth invocation takes `slow` longer
  Duration slow{0};
  Duration timeout{0};  // longer invocations fail; 0: none
};

enum class StartingPosition : std::uint8_t { kTrimHorizon, kLatest };
// Where what could not be processed is told. queue: the pointer only, as SQS and SNS get it;
// bucket: with the invocation record, as S3 gets it.
enum class FailureDestination : std::uint8_t { kNone, kQueue, kBucket };

struct ConsumerSpec {
  std::string name;   // "indexer", or "indexer@eu-west-1" where one is deployed in several regions
  std::string group;  // as the file calls it
  TableId table;
  RegionId region;
  std::vector<std::string> patterns;  // FilterCriteria, each JSON text; empty: everything

  StartingPosition position = StartingPosition::kTrimHorizon;
  Duration start{0};              // when the mapping is created
  Duration start_gap{0};          // until it polls; with LATEST what comes in between is lost
  Duration shard_discovery{0};    // from the end of a shard until its children are known
  std::optional<Duration> stop;   // when it is disabled
  std::int64_t batch_size = 100;  // 1..10,000
  Duration batching_window{0};    // 0..300 s
  std::int64_t parallelization_factor = 1;  // 1..10
  bool bisect_on_error = false;
  std::optional<std::int64_t> maximum_retry_attempts;  // nothing: forever
  std::optional<Duration> maximum_record_age;          // nothing: forever
  bool report_batch_item_failures = false;
  Duration tumbling_window{0};  // 0..900 s
  FailureDestination on_failure = FailureDestination::kNone;
  Duration retry_delay{1'000'000};  // before the first retry; doubles each time, up to
  Duration retry_delay_longest{60'000'000};

  SourcePosition position_in_file;
  HandlerSpec handler;
  HandlerFaults faults;
  WantedRecords wants;
};

}  // namespace gtsim
