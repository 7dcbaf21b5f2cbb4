// All consumers of a run. Brings them into being, hands them the stream's records and their timers,
// and watches what their ledgers find.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/consumer/consumer.h"
#include "coordinator/consumer/per_write_tally.h"
#include "coordinator/consumer/read_gate.h"

namespace gtsim {

class ConsumerHost final : public ClusterObserver {
 public:
  struct Setup {
    const Scenario* scenario = nullptr;
    Cluster* cluster = nullptr;
    std::uint64_t seed = 1;
    // The file to which a consumer's handler appends what it writes to its standard error; empty:
    // that is dropped. Asked once for each handler that is a program.
    std::function<std::string(const std::string& consumer)> errors_path;
    bool with_consumers = true;  // false: none, whatever the scenario has
    InterruptFlag interrupted = nullptr;
    // Has on_timer(token) called then; tokens are below 2^56.
    std::function<void(Instant, std::uint64_t)> call_at;
  };
  explicit ConsumerHost(Setup setup);

  // Before the run. Returns when the last consumer starts or stops by itself.
  Instant start();
  void on_timer(Instant now, std::uint64_t token);

  // By name or group. A consumer stays away while any `holder` keeps it.
  void crash(std::string_view name, std::size_t holder);
  void resume(Instant now, std::string_view name, std::size_t holder);

  [[nodiscard]] bool empty() const { return consumers_.empty(); }
  [[nodiscard]] bool drained(Instant since) const;
  // After the run: lets functions go. `complete`: the run came to its end, so that what has been
  // drained can be checked. Returns what was amiss with the functions.
  [[nodiscard]] std::vector<std::string> finish(Instant now, Instant drained_since, bool complete);

  [[nodiscard]] const std::vector<std::unique_ptr<Consumer>>& consumers() const {
    return consumers_;
  }
  [[nodiscard]] std::vector<const Consumer*> find(std::string_view name) const;
  [[nodiscard]] const std::optional<Violation>& violation() const { return violation_; }
  // Of a function that cannot be called at all; the run ends then.
  [[nodiscard]] std::string unusable() const;
  [[nodiscard]] std::uint64_t digest() const;
  // Counts over several consumers together. Call before the run.
  [[nodiscard]] PerWriteTally& tally(const std::vector<std::string>& names);

  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;
  void on_region_state(Instant now, RegionId region, RegionState state) override;

 private:
  enum Purpose : std::uint64_t { kCreate, kPoll, kStop, kWake, kEnd };
  static constexpr int kPurposeShift = 53;
  static constexpr int kConsumerShift = 40;
  static constexpr std::uint64_t kNumberMask = (std::uint64_t{1} << kConsumerShift) - 1;

  // Those who read one stream.
  struct Readers {
    std::vector<Consumer*> consumers;
    // They are all there is, from the beginning of the run: what they have passed may go.
    bool alone = true;
    std::map<std::string, std::vector<std::uint64_t>, std::less<>> passed;  // by shard
    std::map<std::string, std::uint64_t, std::less<>> released;
  };
  void on_passed(Readers& readers, std::size_t reader, const ConsumerSpec& spec,
                 const std::string& shard_id, std::uint64_t number);

  [[nodiscard]] static std::uint64_t token(Purpose purpose, std::size_t consumer,
                                           std::uint64_t number = 0) {
    return (purpose << kPurposeShift) | (std::uint64_t{consumer} << kConsumerShift) |
           (number & kNumberMask);
  }
  void make(const ConsumerSpec& spec, const Dice& dice, const Setup& host);
  void look(Consumer& consumer);

  const Scenario& scenario_;
  Cluster& cluster_;
  std::function<void(Instant, std::uint64_t)> call_at_;
  ReadGate gate_;
  std::vector<std::unique_ptr<Consumer>> consumers_;
  std::vector<std::set<std::size_t>> away_;  // by place in consumers_: who keeps it away
  // By region * tables + table.
  std::vector<Readers> readers_;
  std::vector<std::unique_ptr<PerWriteTally>> tallies_;
  std::vector<Dice> phases_;
  // Deletes made by TTL, by table and version; kept only when a consumer asks for them.
  std::set<std::pair<TableId, Version>> ttl_deletes_;
  bool keeps_ttl_deletes_ = false;
  std::optional<Violation> violation_;
};

}  // namespace gtsim
