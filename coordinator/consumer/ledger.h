// What one consumer should have been given, and what it was given. Knows the truth from the stream
// itself (every record with its origin tag) and the deliveries from the function's side; it takes
// no word of the poller but which records it gave up. From these it counts, and checks:
//
// - delivery: every record that passes the filter is processed at least once, unless it was given
//   up within the rules of the mapping or left the stream after 24 hours; and nothing is delivered
//   that a crash can still take back
// - delivery-order: no record of a key is delivered before every earlier one of that key has been
//
// Memory: sixteen bytes for each record between the oldest unprocessed one and the newest, and a
// few words for each key.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/check/violation.h"
#include "coordinator/consumer/mapping_io.h"
#include "coordinator/consumer/per_write_tally.h"
#include "coordinator/scenario/consumer_spec.h"

namespace gtsim {

// Records that are alike for a verdict.
struct RecordClass {
  EventName event = EventName::kInsert;
  OriginKind origin = OriginKind::kApplication;
  RegionId origin_region;
  bool ttl = false;    // a delete made by TTL, in whichever region
  bool extra = false;  // made by the legacy version beside the record of the change itself
};

struct RecordCounts {
  std::int64_t records = 0;     // in the stream
  std::int64_t passed = 0;      // the filter
  std::int64_t delivered = 0;   // at least once
  std::int64_t duplicates = 0;  // delivered more than once
  std::int64_t processed = 0;   // by an invocation that succeeded
  std::int64_t given_up = 0;
  std::int64_t expired = 0;  // left the stream unread
};

// A record that shows what happened to others like it.
struct RecordExample {
  StreamPlace place = 0;
  KeyId key;
  std::string decided_by;  // the leaf of the filter, in words
};

struct ClassVerdict {
  RecordClass record;
  bool wanted = false;
  RecordCounts counts;
  std::vector<RecordExample> passed;   // the first three that passed the filter
  std::vector<RecordExample> dropped;  // the first three that did not
};

class ConsumerLedger {
 public:
  static constexpr std::size_t kExamples = 3;

  struct Subject {
    const ConsumerSpec* spec = nullptr;
    std::size_t regions = 0;
    int most_parts = 1;
    std::function<bool(const RecordView&)> passes;
    std::function<std::string(const RecordView&)> decided_by;
    // Whether TTL made the delete with this version, in whichever region.
    std::function<bool(const StreamRecord&)> by_ttl;
    // The table's partition key values, numbered.
    std::function<std::size_t(KeyId)> partition;
  };
  explicit ConsumerLedger(Subject subject);

  // --- The stream
  void on_record(const RecordView& view);
  // The table got another stream before the mapping was created.
  void forget();
  // The region is back after a crash, and its stream ends there.
  void on_truncated(Instant now, std::uint64_t next_number);

  // --- The mapping's life. Records before `number` do not concern the consumer.
  void on_created(std::uint64_t number);
  // What is before `number` may be missed without fault of the poller (LATEST).
  void on_polling(std::uint64_t number);

  // --- The function's side
  void on_invocation(Instant now, const MappingInvocation& invocation);
  // The first `processed` records succeeded.
  void on_end(const MappingInvocation& invocation, std::size_t processed);
  void on_given_up(Instant now, const MappingInvocation& last, GiveUpReason reason);
  void on_expired(StreamPlace from, StreamPlace to);
  void on_held_expired(Instant now, const MappingInvocation& last);
  void on_checkpoint(std::size_t shard, StreamPlace place);

  // After the mapping said that it is done: whether it is.
  void check_drained(Instant now);

  // --- What it comes to
  [[nodiscard]] std::vector<ClassVerdict> classes() const;
  [[nodiscard]] std::int64_t out_of_order() const { return out_of_order_; }
  // Passed the filter, not processed and not given up.
  [[nodiscard]] std::int64_t behind() const;
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  // Also counts wanted writes there.
  void add_tally(PerWriteTally* tally, TableId table) { tallies_.emplace_back(tally, table); }

 private:
  struct Entry {
    KeyId key;
    std::uint32_t back = 0;  // places to the previous record of the partition that passed; 0: none
    std::uint16_t kind = 0;  // index of its class
    std::uint16_t shard = 0;
    std::uint16_t deliveries = 0;
    bool passed : 1 = false;
    bool counted : 1 = false;
    bool excused : 1 = false;  // may be missed
    bool processed : 1 = false;
    bool given_up : 1 = false;
    bool expired : 1 = false;
  };
  [[nodiscard]] std::size_t class_of(const RecordView& view) const;
  [[nodiscard]] bool wants(const RecordClass& record) const;
  [[nodiscard]] Entry* find(StreamPlace place);
  [[nodiscard]] StreamPlace end_place() const { return first_ + entries_.size(); }
  [[nodiscard]] std::size_t position(StreamPlace place) const;
  [[nodiscard]] StreamPlace place_at(std::size_t index) const;
  void forget_finished();
  void uncount(const Entry& entry);
  void fail(const char* check, std::string message, Instant now, KeyId key,
            const StreamRecord* record);

  Subject subject_;
  std::vector<ClassVerdict> kinds_;
  RingQueue<Entry> entries_;
  std::uint64_t first_ = 0;         // position of entries_.front(): number * parts + part
  std::uint64_t told_end_ = 0;      // one past the latest record that was told; 0: none yet
  std::uint64_t counted_from_ = 0;  // record numbers
  std::uint64_t required_from_ = 0;
  std::vector<std::uint64_t> last_passed_;   // position + 1, by partition
  std::vector<StreamPlace> last_delivered_;  // place + 1, by partition
  std::vector<StreamPlace> checkpoints_;     // by shard
  std::vector<std::pair<PerWriteTally*, TableId>> tallies_;
  std::int64_t out_of_order_ = 0;
  std::optional<Violation> violation_;
};

}  // namespace gtsim
