// The faults that stand in a cluster that outlives the commands which make them. They compose as
// those of a scenario do (coordinator/fault), and are kept as they were ordered, so that a later
// command knows them all.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/fault/fault_set.h"
#include "region-node/base/result.h"

namespace gtsim {

class StandingFaults {
 public:
  enum class Kind : std::uint8_t { kCut, kLatency, kLoss, kPause, kFreeze };
  using Link = std::pair<std::string, std::string>;  // from, to

  StandingFaults() = default;
  // `regions`: of the cluster, ascending; their places are the RegionIds of what is to be told.
  explicit StandingFaults(std::vector<std::string> regions) : regions_(std::move(regions)) {}

  // --- Each returns what the cluster is to be told. REQUIRES: regions of the cluster.
  [[nodiscard]] FaultSet::Effects cut(const std::vector<Link>& links);
  // Of all links: cuts, latencies and losses.
  [[nodiscard]] FaultSet::Effects heal();
  // One of its kind on a link takes the place of an earlier one. kInput: `text` is no latency
  // (`80ms`, `uniform(10ms, 50ms)`), no share (`5%`).
  [[nodiscard]] Result<FaultSet::Effects> set_latency(const Link& link, const std::string& text);
  [[nodiscard]] Result<FaultSet::Effects> set_loss(const Link& link, const std::string& text);
  // Of every table: effects name the table 0.
  [[nodiscard]] FaultSet::Effects set_paused(const std::string& region, bool paused);
  [[nodiscard]] FaultSet::Effects set_frozen(const std::string& region, bool frozen);

  [[nodiscard]] bool is_cut(const Link& link) const;
  [[nodiscard]] LinkSettings settings(const Link& link) const;
  [[nodiscard]] bool is_paused(const std::string& region) const;
  [[nodiscard]] bool is_frozen(const std::string& region) const;

  // --- As a part of a file. kInput: not what to_json() makes, or of other regions.
  [[nodiscard]] boost::json::array to_json() const;
  [[nodiscard]] Result<void> read_json(const boost::json::value& value);

 private:
  struct One {
    FaultSet::Holder holder = 0;
    Kind kind = Kind::kCut;
    Link link;  // of a region: it alone
    std::string value;
  };
  [[nodiscard]] RegionId id(const std::string& region) const;
  [[nodiscard]] LinkId id(const Link& link) const { return {id(link.first), id(link.second)}; }
  [[nodiscard]] Result<Fault> fault_of(const One& one) const;
  // In the place of an earlier one of its kind on its link.
  [[nodiscard]] Result<FaultSet::Effects> put(Kind kind, const Link& link,
                                              const std::string& value);
  [[nodiscard]] FaultSet::Effects end(Kind kind, const Link& link);

  std::vector<std::string> regions_{};
  FaultSet faults_{};
  std::vector<One> ordered_{};  // the oldest first
  FaultSet::Holder next_ = 0;
};

}  // namespace gtsim
