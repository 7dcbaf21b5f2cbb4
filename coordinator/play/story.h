// Everything that happened to one key, across regions, in time order. A run that failed a check is
// played again with this listening, so that no run has to remember every key.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "coordinator/cluster/cluster.h"
#include "coordinator/play/event_text.h"

namespace gtsim {

class Story final : public ClusterObserver, public ConflictListener {
 public:
  static constexpr std::size_t kMostLines = 200;  // the newest are kept: the offence is at the end

  Story(const Scenario& scenario, Cluster& cluster, TableId table, KeyId key)
      : text_(scenario, cluster), table_(table), key_(key) {}

  void on_write(Instant now, const WriteEvent& event) override;
  void on_record(Instant now, RegionId region, const EmittedRecord& emitted) override;
  void on_quiet_apply(Instant now, RegionId region, const QuietApply& apply) override;
  void on_discard(Instant now, const Discard& discard) override;
  void on_lost_write(Instant now, const Conflict& lost) override;
  void on_note(Instant now, std::string_view text) override;

  [[nodiscard]] std::vector<std::string> lines() const;

 private:
  void add(std::string line);
  EventText text_;
  TableId table_;
  KeyId key_;
  std::deque<std::string> lines_;
  std::uint64_t left_out_ = 0;
};

}  // namespace gtsim
