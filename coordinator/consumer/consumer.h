// One consumer of a run: its mapping, its function, its ledger, its log. Reads the stream through
// the cluster; time is the cluster's.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/consumer/consumer_log.h"
#include "coordinator/consumer/lambda_event.h"
#include "coordinator/consumer/ledger.h"
#include "coordinator/consumer/mapping.h"
#include "coordinator/consumer/partition_index.h"
#include "coordinator/consumer/read_gate.h"
#include "coordinator/handler/handler.h"
#include "coordinator/pattern/pattern_matcher.h"
#include "region-node/base/dice.h"
#include "region-node/base/hash.h"
#include "region-node/base/lag_histogram.h"

namespace gtsim {

struct ConsumerCounts {
  std::int64_t invocations = 0;
  std::int64_t failed_invocations = 0;  // wholly or in part
  std::int64_t given_up_batches = 0;
  std::int64_t throttled_reads = 0;
  std::string last_error;  // of a failed invocation
  LagHistogram iterator_age;
};

class Consumer final : public MappingIo {
 public:
  struct Setup {
    const Scenario* scenario = nullptr;
    const ConsumerSpec* spec = nullptr;
    Cluster* cluster = nullptr;
    ReadGate* gate = nullptr;
    std::unique_ptr<Handler> handler;
    Dice dice;
    std::function<bool(const StreamRecord&)> by_ttl;
    // Wants on_wake() or on_end(number) to be called then.
    std::function<void(Instant)> wake;
    std::function<void(Instant, std::uint64_t)> end_at;
    // The consumer will not read the shard below the number again.
    std::function<void(const std::string& shard_id, std::uint64_t)> passed;
  };
  explicit Consumer(Setup setup);

  [[nodiscard]] const ConsumerSpec& spec() const { return spec_; }
  // A scenario may name one consumer or all of its group.
  [[nodiscard]] bool is_called(std::string_view name) const {
    return spec_.name == name || spec_.group == name;
  }
  [[nodiscard]] const ConsumerCounts& counts() const { return counts_; }
  [[nodiscard]] ConsumerLedger& ledger() { return ledger_; }
  [[nodiscard]] const ConsumerLedger& ledger() const { return ledger_; }
  [[nodiscard]] ConsumerLog& log() { return log_; }
  [[nodiscard]] std::uint64_t digest() const { return digest_.value(); }
  // Empty, or why the function cannot be called at all.
  [[nodiscard]] const std::string& unusable() const { return unusable_; }
  [[nodiscard]] bool stopped() const { return stopped_; }
  // Has come to the end of the stream as it is since `since`. A read at the moment of a record may
  // have been just before it.
  [[nodiscard]] bool drained(Instant since) const {
    return mapping_.drained(std::max(since, last_record_at_ + Duration{1}));
  }

  // --- Its life
  void create();
  void begin_polling(Instant now);
  void crash();
  void resume(Instant now);
  void stop();
  void on_wake(Instant now) {
    wakes_.erase(wakes_.begin(), wakes_.upper_bound(now));
    mapping_.tick(now);
  }
  void on_end(Instant now, std::uint64_t invocation);
  // At the end of the run: the function is let go. Empty, or what was amiss.
  [[nodiscard]] std::string finish();

  // --- The stream
  void on_record(const StreamRecord& record);
  void on_region_up(Instant now, const Stream& stream) {
    if (&stream == stream_) ledger_.on_truncated(now, stream.next_number());
  }

  // --- MappingIo
  std::optional<std::vector<ShardEntry>> shards() override;
  std::optional<std::uint64_t> first_number(const std::string& shard_id,
                                            IteratorType from) override;
  std::uint64_t oldest_number() override;
  ShardPage read(const std::string& shard_id, std::uint64_t from_number,
                 std::size_t limit) override;
  WallTime region_clock() override { return cluster_.clock(spec_.region); }
  void filter(const StreamRecord& record, std::vector<PassedPart>& passed) override;
  std::uint64_t partition_hash(const StreamRecord& record) override;
  std::size_t fitting(const BatchView& batch) override;
  void invoke(const MappingInvocation& invocation) override;
  void give_up(const MappingInvocation& last, GiveUpReason reason, bool function_error) override;
  void wake_at(Instant at) override {
    if (wakes_.insert(at).second) wake_(at);
  }
  void on_shard(std::size_t shard, const std::string& id, StreamPlace starts_at) override;
  void on_checkpoint(std::size_t shard, StreamPlace place) override;
  void on_expired(std::size_t shard, StreamPlace from, StreamPlace to) override;
  void on_held_expired(const MappingInvocation& last) override {
    ledger_.on_held_expired(cluster_.now(), last);
  }

 private:
  struct Running {
    MappingInvocation invocation;
    InvocationEnd end;
    std::size_t processed = 0;
  };

  // What the filter says of a record is found out once, when the record is new and its image near
  // at hand; the poller reads it later. Holds the latest records.
  struct FilterMemo {
    std::uint64_t number = UINT64_MAX;
    std::uint8_t passed = 0;  // a bit for each part
  };
  static constexpr std::size_t kMemoSize = 8192;  // a power of two

  void adopt_stream();
  [[nodiscard]] bool remember(const RecordView& view);
  [[nodiscard]] bool passes(const RecordView& view);
  [[nodiscard]] bool reachable() const;
  [[nodiscard]] StreamPosition durable() const;
  [[nodiscard]] RecordContext context() const;
  [[nodiscard]] LambdaEventPrinter printer();
  [[nodiscard]] std::string decided_by(const RecordView& view) const;
  [[nodiscard]] InvocationEnd call(const MappingInvocation& invocation, Duration& took);
  [[nodiscard]] std::optional<InvocationEnd> injected_fault(const MappingInvocation& invocation);
  [[nodiscard]] InvocationEnd read_answer(const MappingInvocation& invocation,
                                          const std::string& response);
  [[nodiscard]] Dice dice_of(const MappingInvocation& invocation) const;
  [[nodiscard]] std::string request_id(const MappingInvocation& invocation) const;

  const Scenario& scenario_;
  const ConsumerSpec& spec_;
  const TableSpec& table_;
  Cluster& cluster_;
  ReadGate& gate_;
  std::unique_ptr<Handler> handler_;
  Dice dice_;
  std::function<void(Instant)> wake_;
  std::function<void(Instant, std::uint64_t)> end_at_;
  std::function<void(const std::string&, std::uint64_t)> passed_;
  std::vector<std::string> shard_ids_;  // as the mapping counts them

  std::vector<std::string> region_names_;
  const Stream* stream_ = nullptr;  // the one that the mapping was made for
  std::string stream_arn_;
  PartitionIndex partitions_;
  RecordPresenter presenter_;
  PatternSet patterns_;
  PatternMatcher matcher_;
  std::vector<FilterMemo> memo_;
  std::optional<KeyId> poison_;

  Instant last_record_at_{-1};  // of the stream, when it could be read
  ConsumerLedger ledger_;
  EventSourceMapping mapping_;
  ConsumerLog log_;
  ConsumerCounts counts_;
  Digest digest_;
  std::map<std::uint64_t, Running> running_;
  std::set<Instant> wakes_;  // asked for and still to come
  std::string unusable_;
  bool created_ = false;
  bool stopped_ = false;
};

}  // namespace gtsim
