// A scenario as the rest of the program sees it: every name resolved, every unit converted, every
// default filled in. scenario/reader.h makes one from a file or says, with line and column, why
// not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/fault/client_fault.h"
#include "coordinator/scenario/consumer_spec.h"
#include "coordinator/scenario/source_position.h"
#include "region-node/base/ids.h"
#include "region-node/base/time.h"
#include "region-node/control_plane/control_order.h"
#include "region-node/item/attribute_value.h"
#include "region-node/link/link_settings.h"
#include "region-node/stream/record_view.h"
#include "region-node/table/key_schema.h"
#include "region-node/write/condition.h"
#include "region-node/write/update.h"

namespace gtsim {

// ---------------------------------------------------------------- distributions and bounds

// A number that must hold: `3`, `== 3`, `< 3`, `<= 3`, `> 3`, `>= 3`, `1..5` (both ends included).
// T is std::int64_t or Duration.
template <class T>
struct Bound {
  std::optional<T> minimum;  // inclusive
  std::optional<T> maximum;  // inclusive
  std::string text;          // as written, for messages
  [[nodiscard]] bool holds(T value) const {
    return (!minimum || value >= *minimum) && (!maximum || value <= *maximum);
  }
};

// ---------------------------------------------------------------- topology

struct ClockSpec {
  Duration offset{0};
  double drift_ppm = 0;  // positive: the clock runs fast
};

struct RegionSpec {
  std::string name;
  ClockSpec clock;
  // How long a group of commits takes to become durable. Replies and replication wait for it.
  Duration fsync{0};
  SourcePosition position;
};

struct LinkSpec {
  RegionId from;
  RegionId to;
  LinkSettings settings;
};

struct NetworkSpec {
  LinkSettings
      defaults;  // latency always set by the reader (`aws` when every region is known, else 50ms)
  std::vector<LinkSpec> links;  // directed; `between` has become two
};

struct TtlSpec {
  std::string attribute;
  Duration delay{0};  // from expiry to the delete (the service: minutes to days); default 10m
  bool every_region =
      false;  // `by: all`: each region deletes by itself; default: one, chosen by seed
};

struct TableSpec {
  std::string name;
  KeySchema key;
  std::optional<StreamViewType> stream;  // nothing: off (only for a table in a single region)
  std::vector<RegionId> regions;         // its replicas at the start, ascending
  std::optional<TtlSpec> ttl;
  // Write capacity units per second (1 per KB), by RegionId index; nothing: unlimited.
  std::vector<std::optional<std::int64_t>> write_capacity;
  int shards = 1;  // open shards at the start
  Duration shard_rollover{4LL * 3600 * 1'000'000};
  bool records_for_backfill =
      false;  // INSERT records in a new replica's stream for back-filled items
  bool origin_record_time =
      false;  // ApproximateCreationDateTime of replicated records: origin's instead of apply time
  RecordProfile record_profile = RecordProfile::k2019;
  SourcePosition position;
};

struct ReplicationSpec {
  std::int64_t batch = 100;     // changes in one message
  std::int64_t in_flight = 64;  // unacknowledged messages per link, table and lane
  std::int64_t lanes = 1;       // order is kept within each; at most kMostLanes
  Duration retry{1'000'000};    // silence after which a batch is sent again
  Duration coalesce{0};         // several changes of one item within this become one; 0: off
};

struct ControlPlaneSpec {
  // How long a new replica protects the region that it was copied from; 0: not at all.
  Duration source_lock = kSourceLock;
  DurationSet durations = DurationSet::kPlain;  // of steps that do not say `takes`
};

// ---------------------------------------------------------------- writes

struct PutWrite {
  Item item;
};
struct UpdateWrite {
  Item key;
  Update update;
};
struct DeleteWrite {
  Item key;
};
struct CheckWrite {  // only inside a transaction
  Item key;
};
struct SingleWrite {
  TableId table;
  std::variant<PutWrite, UpdateWrite, DeleteWrite, CheckWrite> action;
  Condition condition;
};

// What the writer was told. In files: ok, condition-failed, transaction-cancelled, throttled,
// invalid, not-found, unavailable, timed-out, server-error.
enum class WriteOutcome : std::uint8_t {
  kOk,
  kConditionFailed,
  kTransactionCancelled,
  kThrottled,
  kInvalid,
  kNotFound,
  kUnavailable,
  kTimedOut,
  kServerError
};
inline constexpr int kWriteOutcomeCount = 9;
[[nodiscard]] const char* to_text(WriteOutcome outcome);

// ---------------------------------------------------------------- steps

struct WriteStep {
  RegionId region;
  std::vector<SingleWrite> writes;  // more than one, or transact: a transaction
  bool transaction = false;
  std::optional<WriteOutcome> outcome;  // expected; another one fails the run
};
struct PartitionStep {  // cuts every link between different sides, both ways
  std::vector<std::vector<RegionId>> sides;
};
struct CutStep {  // directed links
  std::vector<std::pair<RegionId, RegionId>> links;
};
struct HealStep {  // `heal: all`, a region, {from, to} or {between: [a, b]}
  bool all = false;
  std::vector<std::pair<RegionId, RegionId>> links;
};
struct IsolateStep {
  RegionId region;
};  // cuts all its links
struct FlapStep {
  std::vector<std::pair<RegionId, RegionId>> links;
  Duration down{0};
  Duration up{0};
  std::int64_t times = 1;
};
struct LinkStep {  // changes settings; `for` restores what stood before
  std::vector<std::pair<RegionId, RegionId>> links;
  LinkSettings settings;
};
// As the service's fault injector: replication of the table into and out of the region stops; it
// may go on for `onset` after the action starts. Default onset uniform(0s, 5m).
struct PauseReplicationStep {
  RegionId region;
  std::optional<TableId> table;  // nothing: every table
  DelayModel onset;
};
struct ResumeReplicationStep {
  RegionId region;
  std::optional<TableId> table;
};
struct CrashStep {
  RegionId region;
  std::optional<Duration> restart_after;
};
struct RestartStep {
  RegionId region;
};
struct FreezeStep {
  RegionId region;
};  // `for` is required
struct ClockStep {
  RegionId region;
  Duration step{0};                 // added to what the clock shows
  std::optional<double> drift_ppm;  // new drift from here on
};
struct CapacityStep {
  TableId table;
  RegionId region;
  std::optional<std::int64_t> write_units_per_second;  // nothing: unlimited
};
struct UnavailableStep {  // to clients; the region replicates on
  ClientFault fault;      // its salt is drawn when the step begins
};
// An order to the control plane of a region.
struct ControlStep {
  RegionId asked;
  ControlOrder order;
  std::optional<OrderOutcome> outcome;  // expected; another one fails the run
  bool may_take_last = false;           // the table may be gone from every region then
};
struct SplitStep {  // the open shard that covers most of the key space splits in two
  TableId table;
  RegionId region;
};

// The poller stops without a word and forgets what it had read; it comes back and goes on from its
// checkpoints. What was being processed is delivered again.
struct CrashConsumerStep {  // `for` is how long it is away
  std::string consumer;     // a name or the name of a group
};

using StepAction = std::variant<WriteStep, PartitionStep, CutStep, HealStep, IsolateStep, FlapStep,
                                LinkStep, PauseReplicationStep, ResumeReplicationStep, CrashStep,
                                RestartStep, FreezeStep, ClockStep, CapacityStep, UnavailableStep,
                                ControlStep, SplitStep, CrashConsumerStep>;

struct Step {
  Duration at{0};
  std::optional<Duration> for_duration;  // where it makes sense: the action is undone after this
  std::string name;                      // optional, for `after:` of expectations
  StepAction action;
  SourcePosition position;
};

// ---------------------------------------------------------------- workload

struct KeyDistribution {
  enum class Kind { kUniform, kZipf, kHot };
  Kind kind = Kind::kUniform;
  std::int64_t keys = 1000;   // uniform(1000), zipf(1000), zipf(1000, 1.2), hot(1000, 10, 90%)
  double exponent = 1.0;      // zipf
  std::int64_t hot_keys = 0;  // hot(keys, hot keys, share of the traffic)
  double hot_share = 0;
};

struct OperationMix {  // relative weights
  std::int64_t put = 1;
  std::int64_t update = 0;  // UpdateItem that sets the payload
  std::int64_t remove = 0;  // `delete` in files
  std::int64_t put_if_absent = 0;
  std::int64_t increment = 0;  // ADD 1 to the attribute `counter`
  std::int64_t transact = 0;   // puts two to four keys at once
};

// A writer goes to another region when its own one fails it: after so many writes in a row that
// ended as unavailable, server-error or timed-out. What failed is not tried again.
struct FailOverSpec {
  RegionId to;
  std::int64_t after = 3;
  // So long after that, and again and again, one write is sent home; when it is answered the writer
  // is back. Nothing: it stays.
  std::optional<Duration> back_after = Duration{60'000'000};
};

struct WorkloadSpec {
  std::vector<RegionId> regions;
  TableId table;
  double rate_per_second = 1;  // in each region; `50/s`, `30/m`
  bool poisson = true;         // arrival: poisson | constant
  KeyDistribution keys;
  OperationMix mix;
  std::int64_t item_size_bytes_min = 200;  // size: 200 | uniform(100, 400)
  std::int64_t item_size_bytes_max = 200;
  Duration start{0};
  std::optional<Duration> for_duration;   // one of for and count is required
  std::optional<std::int64_t> count;      // writes in each region
  std::optional<Duration> expires_after;  // sets the table's TTL attribute to now + this
  std::optional<FailOverSpec> fail_over;  // nothing: writers stay where they are
  std::string region_attribute;           // gets the name of the writing region; empty: none
  SourcePosition position;
};

struct ReplaySpec {
  enum class Format { kTrace, kRecords };
  Format format = Format::kTrace;
  std::string path;                // as resolved against the scenario's folder
  std::optional<RegionId> region;  // required for records; a default for a trace
  std::optional<TableId> table;    // the default table
  Duration start{0};
  double speed = 1.0;  // 2: twice as fast
  SourcePosition position;
};

// ---------------------------------------------------------------- expectations

// "after: last-fault" | "after: end" (of the last write) | "after: 5m" | "after: NAME of a step"
struct AfterSpec {
  enum class Kind { kLastFault, kLastWrite, kTime, kStep };
  Kind kind = Kind::kLastFault;
  Duration time{0};
  std::string step;
};

struct ConvergedExpectation {
  Duration within{0};
  AfterSpec after;
};
struct LagExpectation {
  std::optional<RegionId> from;  // nothing: all
  std::optional<RegionId> to;
  std::vector<std::pair<double, Bound<Duration>>> percentiles;  // p50 p90 p99 p999 max (1.0)
};
struct ItemExpectation {
  TableId table;
  std::vector<RegionId> regions;
  Item key;
  std::optional<Duration> at;  // nothing: at the end, after convergence
  std::optional<Item> equals;  // the whole item (key attributes may be left out)
  std::optional<Item> has;     // these attributes with these values
  bool absent = false;
};
struct CounterExpectation {  // increments acknowledged, less what the item finally shows
  TableId table;
  Item key;
  std::string attribute;
  Bound<std::int64_t> lost;
};
struct ConflictsExpectation {  // entries of the conflict ledger
  std::optional<TableId> table;
  std::optional<RegionId> winner;  // region whose write survived
  std::optional<RegionId> loser;
  Bound<std::int64_t> count;
};
struct LostWritesExpectation {  // acknowledged writes overwritten unseen by a concurrent one
  std::optional<TableId> table;
  std::optional<RegionId> region;  // where they were acknowledged
  Bound<std::int64_t> acknowledged;
};
struct RecordsExpectation {
  std::optional<TableId> table;
  std::optional<RegionId> region;     // whose stream
  std::optional<std::string> event;   // INSERT MODIFY REMOVE
  std::optional<std::string> origin;  // APPLICATION REPLICATION
  std::optional<RegionId> origin_region;
  std::optional<bool> ttl;  // true: only records with the TTL identity; false: only without
  Bound<std::int64_t> count;
};
struct WritesExpectation {
  std::optional<TableId> table;
  std::optional<RegionId> region;
  std::optional<WriteOutcome> outcome;
  Bound<std::int64_t> count;
};
struct StreamExpectation {  // the region's whole stream equals a golden file
  TableId table;
  RegionId region;
  std::string path;  // resolved
};
// Reads the stream as a client would. `from`: trim-horizon, latest, {at: N} or {after: N} (the Nth
// record of the stream, from 1). The iterator is taken at `iterator_at`, used at `at`.
struct StreamReadExpectation {
  enum class From { kTrimHorizon, kLatest, kAtRecord, kAfterRecord };
  TableId table;
  RegionId region;
  Duration at{0};
  std::optional<Duration> iterator_at;
  From from = From::kTrimHorizon;
  std::int64_t record = 0;
  std::optional<Bound<std::int64_t>> records;
  std::optional<std::string> error;  // API name of the error, e.g. TrimmedDataAccessException
};
struct ReplicaExpectation {
  TableId table;
  RegionId region;
  std::optional<Duration> at;
  std::string status;  // CREATING ACTIVE DELETING absent
};
struct TableExpectation {  // what DescribeTable shows in a region
  TableId table;
  RegionId region;
  std::optional<Duration> at;
  std::optional<std::string> status;  // CREATING UPDATING ACTIVE DELETING absent
  // The others, ascending, and their statuses (CREATING ACTIVE DELETING); nothing: any.
  std::optional<std::vector<std::pair<RegionId, std::string>>> replicas;
};
struct StreamStatusExpectation {
  TableId table;
  RegionId region;
  std::optional<Duration> at;
  std::optional<std::string> status;          // ENABLING ENABLED DISABLING DISABLED absent
  std::optional<Bound<std::int64_t>> shards;  // shards that DescribeStream lists
  std::optional<Bound<std::int64_t>> open_shards;
};
struct DigestExpectation {  // tables' digest at the end: equal everywhere, or this very value
  std::optional<TableId> table;
  std::optional<std::string> is;  // 16 hex digits
};

// --- consumers. `consumer` is a name or the name of a group, which stands for all its members.
struct FilterExpectation {
  std::string consumer;
  std::optional<std::string> event;                // INSERT MODIFY REMOVE
  std::optional<RegionId> origin_region;           // of the change
  std::optional<Bound<std::int64_t>> missed;       // wanted and never delivered
  std::optional<Bound<std::int64_t>> let_through;  // not wanted and delivered
  std::optional<Bound<std::int64_t>> duplicates;   // wanted and delivered more than once
};
struct DeliveriesExpectation {
  std::string consumer;
  std::optional<std::string> event;
  std::optional<std::string> origin;  // APPLICATION REPLICATION
  std::optional<RegionId> origin_region;
  std::optional<Bound<std::int64_t>> records;       // delivered at least once
  std::optional<Bound<std::int64_t>> duplicates;    // records delivered more than once
  std::optional<Bound<std::int64_t>> out_of_order;  // after a later record of the partition
  std::optional<Bound<std::int64_t>> given_up;      // dropped or sent to the destination
  std::optional<Bound<std::int64_t>> expired;       // left the stream before they were read
  std::optional<Bound<std::int64_t>> behind;        // in the stream and not processed at the end
  std::optional<Bound<std::int64_t>> invocations;
  std::optional<Bound<std::int64_t>> failed_invocations;
  std::optional<std::string> matches;  // golden file of the records delivered; resolved
};
// Each write that any member of the group wants, counted over the whole group.
struct PerWriteExpectation {
  std::vector<std::string> consumers;  // names or groups
  std::optional<Bound<std::int64_t>> missed;
  std::optional<Bound<std::int64_t>> once;
  std::optional<Bound<std::int64_t>> more_than_once;
};
struct IteratorAgeExpectation {  // age of a record when its invocation starts
  std::string consumer;
  std::vector<std::pair<double, Bound<Duration>>> percentiles;
};
struct OutputExpectation {  // what the function answered, or wrote to its log
  std::string consumer;
  std::optional<std::string> matches;        // golden file of the answers; resolved
  std::optional<std::string> contains;       // text to look for in the log
  std::optional<Bound<std::int64_t>> lines;  // of the log that contain it
};

using ExpectationKind =
    std::variant<ConvergedExpectation, LagExpectation, ItemExpectation, CounterExpectation,
                 ConflictsExpectation, LostWritesExpectation, RecordsExpectation, WritesExpectation,
                 StreamExpectation, StreamReadExpectation, ReplicaExpectation, TableExpectation,
                 StreamStatusExpectation, DigestExpectation, FilterExpectation,
                 DeliveriesExpectation, PerWriteExpectation, IteratorAgeExpectation,
                 OutputExpectation>;

struct Expectation {
  ExpectationKind kind;
  std::string text;  // one line for the verdict: "lag us-east-1 -> eu-west-1 p99 < 2s"
  SourcePosition position;
};

// ---------------------------------------------------------------- the whole

struct Limits {
  Duration settle{3600LL * 1'000'000};  // convergence must come this soon after the end
  Duration drain{900LL * 1'000'000};    // then consumers may go on this long
  std::int64_t backlog = 20'000'000;    // changes waiting in all logs together
  std::int64_t events = 4'000'000'000;  // events of the simulator
};

enum class HistoryMode { kAuto, kFull, kOff };  // auto: the first 200,000 events

struct Scenario {
  std::string path;  // as given on the command line
  std::string slug;  // file name without folder and extension: the run folder's name
  std::string text;  // the file as read
  std::string name;
  std::string description;          // the leading comment block, without '#'
  std::vector<RegionSpec> regions;  // in the order of names: RegionId is the index
  NetworkSpec network;
  std::vector<TableSpec> tables;  // TableId is the index, in the order of the file
  ReplicationSpec replication;
  ControlPlaneSpec control_plane;
  std::vector<WorkloadSpec> workload;
  std::vector<ReplaySpec> replay;
  std::vector<ConsumerSpec> consumers;  // in the order of the file, then of regions
  std::vector<Step> steps;              // in time order, file order among equals
  std::vector<Expectation> expect;
  std::optional<std::uint64_t> seed;         // default 1; --seed wins
  WallTime start{1767225600LL * 1'000'000};  // 2026-01-01T00:00:00Z: what clocks show at 0s
  std::optional<Duration> duration;          // the run lasts at least this long
  HistoryMode history = HistoryMode::kAuto;
  Limits limits;
};

}  // namespace gtsim
