// The faults that are in force, however they overlap. Each has a holder and lasts until that holder
// lets go of it, whatever others do meanwhile:
//
//   cuts, pauses, freezes, time down       hold while anybody holds them
//   settings of links, capacity, drift     are those of the newest fault in force, member by
//                                          member; with none, what is normal
//   steps of clocks                        add up
//   what clients meet at a region          is what each of them does to a call, one after the other
//
// Somebody may end a thing for all who hold it: heal, resume, restart. Whoever holds nothing any
// more has ended, too.
//
// Pure: faults come in, what a cluster is to be told comes out, and nothing is told twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "coordinator/fault/fault.h"

namespace gtsim {

class FaultSet {
 public:
  using Holder = std::size_t;  // the caller's; one fault at a time each
  using Effects = std::vector<FaultEffect>;

  // What holds while no fault does. What is not named: no settings, no drift, no bound of capacity.
  struct Normal {
    std::map<LinkId, LinkSettings> links{};
    std::map<RegionId, double> drift_ppm{};
    std::map<std::pair<TableId, RegionId>, std::optional<std::int64_t>> capacity{};
  };
  FaultSet() = default;
  explicit FaultSet(Normal normal) : normal_(std::move(normal)) {}

  // REQUIRES: `holder` holds nothing.
  [[nodiscard]] Effects begin(Holder holder, const Fault& fault);
  // Lets go of all that it still holds.
  [[nodiscard]] Effects end(Holder holder);

  // For all holders at once.
  [[nodiscard]] Effects heal(const std::vector<LinkId>& links);
  [[nodiscard]] Effects heal_all();
  [[nodiscard]] Effects resume(RegionId region, const std::vector<TableId>& tables);
  [[nodiscard]] Effects restart(RegionId region);
  // Forgets every fault and tells of none: whoever calls it has put everything right.
  void clear();

  [[nodiscard]] bool holds(Holder holder) const { return held_.contains(holder); }
  [[nodiscard]] bool is_cut(const LinkId& link) const { return cuts_.contains(link); }
  [[nodiscard]] bool is_paused(RegionId region, TableId table) const {
    return pauses_.contains({region, table});
  }
  [[nodiscard]] bool is_down(RegionId region) const { return down_.contains(region); }
  [[nodiscard]] bool is_frozen(RegionId region) const { return frozen_.contains(region); }
  // Members that neither a fault nor what is normal sets are unset.
  [[nodiscard]] LinkSettings settings(const LinkId& link) const;
  [[nodiscard]] Duration clock_step(RegionId region) const;
  [[nodiscard]] double drift_ppm(RegionId region) const;
  [[nodiscard]] std::optional<std::int64_t> capacity(TableId table, RegionId region) const;
  [[nodiscard]] bool has_client_faults(RegionId region) const {
    return client_faults_.contains(region);
  }
  // In the order in which they began.
  [[nodiscard]] std::vector<ClientFault> client_faults(RegionId region) const;

 private:
  using Replica = std::pair<RegionId, TableId>;
  using Capacity = std::optional<std::int64_t>;
  // Who holds a thing; none: it is not there.
  template <class Key>
  using Held = std::map<Key, std::set<Holder>>;
  // What each holder wants of a thing, the newest last.
  template <class Key, class Value>
  using Layers = std::map<Key, std::vector<std::pair<Holder, Value>>>;

  class Begin;
  class End;
  template <class Key, class Told>
  Effects free(Held<Key>& things, const std::vector<Key>& keys, const Told& told);
  void add_settings(const LinkId& link, const LinkSettings& named, Effects& out) const;

  struct Hold {
    Fault fault;             // as it began
    std::size_t things = 0;  // how many of it are still held
  };
  Normal normal_;
  std::map<Holder, Hold> held_;
  Held<LinkId> cuts_;
  Held<Replica> pauses_;
  Held<RegionId> down_;
  Held<RegionId> frozen_;
  Layers<LinkId, LinkSettings> settings_;
  Layers<RegionId, ClockChanged> clocks_;
  Layers<Replica, Capacity> capacities_;
  Layers<RegionId, ClientFault> client_faults_;
};

}  // namespace gtsim
