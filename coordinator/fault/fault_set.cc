#include "coordinator/fault/fault_set.h"

#include <algorithm>

#include "region-node/base/check.h"
#include "region-node/link/link_setting_members.h"

namespace gtsim {
namespace {

template <class Map, class Key>
void erase_layer(Map& layers, const Key& key, FaultSet::Holder holder) {
  const auto found = layers.find(key);
  CHECK(found != layers.end());
  std::erase_if(found->second, [&](const auto& layer) { return layer.first == holder; });
  if (found->second.empty()) layers.erase(found);
}

}  // namespace

class FaultSet::Begin {
 public:
  Begin(FaultSet& set, Holder holder, Hold& hold, Effects& out)
      : set_(set), holder_(holder), hold_(hold), out_(out) {}

  void operator()(const LinksCut& fault) {
    for (const LinkId& link : fault.links) {
      if (take(set_.cuts_, link)) out_.emplace_back(SetLinkCut{link, true});
    }
  }
  void operator()(const LinksChanged& fault) {
    for (const LinkId& link : std::set<LinkId>(fault.links.begin(), fault.links.end())) {
      set_.settings_[link].emplace_back(holder_, fault.settings);
      ++hold_.things;
      set_.add_settings(link, fault.settings, out_);
    }
  }
  void operator()(const ReplicationPaused& fault) {
    for (const TableId table : fault.tables) {
      if (!take(set_.pauses_, Replica{fault.region, table})) continue;
      out_.emplace_back(SetReplicationPaused{fault.region, table, true});
    }
  }
  void operator()(const RegionDown& fault) {
    if (take(set_.down_, fault.region)) out_.emplace_back(SetRegionDown{fault.region, true});
  }
  void operator()(const RegionFrozen& fault) {
    if (take(set_.frozen_, fault.region)) out_.emplace_back(SetRegionFrozen{fault.region, true});
  }
  void operator()(const ClockChanged& fault) {
    set_.clocks_[fault.region].emplace_back(holder_, fault);
    ++hold_.things;
    out_.emplace_back(StepClock{fault.region, fault.step, fault.drift_ppm});
  }
  void operator()(const CapacityChanged& fault) {
    set_.capacities_[{fault.region, fault.table}].emplace_back(holder_, fault.units_per_second);
    ++hold_.things;
    out_.emplace_back(SetCapacity{fault.table, fault.region, fault.units_per_second});
  }
  void operator()(const ClientFault& fault) {
    set_.client_faults_[fault.region].emplace_back(holder_, fault);
    ++hold_.things;
  }

 private:
  // True: nobody else holds it.
  template <class Key>
  bool take(Held<Key>& things, const Key& key) {
    std::set<Holder>& holders = things[key];
    const bool is_first = holders.empty();
    if (holders.insert(holder_).second) ++hold_.things;
    return is_first;
  }

  FaultSet& set_;
  Holder holder_;
  Hold& hold_;
  Effects& out_;
};

class FaultSet::End {
 public:
  End(FaultSet& set, Holder holder, Effects& out) : set_(set), holder_(holder), out_(out) {}

  void operator()(const LinksCut& fault) {
    for (const LinkId& link : fault.links) {
      if (let_go(set_.cuts_, link)) out_.emplace_back(SetLinkCut{link, false});
    }
  }
  void operator()(const LinksChanged& fault) {
    for (const LinkId& link : std::set<LinkId>(fault.links.begin(), fault.links.end())) {
      const LinkSettings seen = seen_of(set_.settings_.at(link), fault.settings);
      erase_layer(set_.settings_, link, holder_);
      set_.add_settings(link, seen, out_);
    }
  }
  void operator()(const ReplicationPaused& fault) {
    for (const TableId table : fault.tables) {
      if (!let_go(set_.pauses_, Replica{fault.region, table})) continue;
      out_.emplace_back(SetReplicationPaused{fault.region, table, false});
    }
  }
  void operator()(const RegionDown& fault) {
    if (let_go(set_.down_, fault.region)) out_.emplace_back(SetRegionDown{fault.region, false});
  }
  void operator()(const RegionFrozen& fault) {
    if (!let_go(set_.frozen_, fault.region)) return;
    out_.emplace_back(SetRegionFrozen{fault.region, false});
  }
  void operator()(const ClockChanged& fault) {
    const double drift_before = set_.drift_ppm(fault.region);
    erase_layer(set_.clocks_, fault.region, holder_);
    const double drift = set_.drift_ppm(fault.region);
    const bool drifts_otherwise = drift != drift_before;
    if (fault.step.count() == 0 && !drifts_otherwise) return;
    out_.emplace_back(StepClock{fault.region, -fault.step,
                                drifts_otherwise ? std::optional{drift} : std::nullopt});
  }
  void operator()(const CapacityChanged& fault) {
    const Replica replica{fault.region, fault.table};
    const bool is_newest = set_.capacities_.at(replica).back().first == holder_;
    erase_layer(set_.capacities_, replica, holder_);
    if (!is_newest) return;
    out_.emplace_back(
        SetCapacity{fault.table, fault.region, set_.capacity(fault.table, fault.region)});
  }
  void operator()(const ClientFault& fault) {
    erase_layer(set_.client_faults_, fault.region, holder_);
  }

 private:
  // True: nobody holds it any more. False also when it was ended for all before.
  template <class Key>
  bool let_go(Held<Key>& things, const Key& key) {
    const auto found = things.find(key);
    if (found == things.end() || found->second.erase(holder_) == 0) return false;
    if (!found->second.empty()) return false;
    things.erase(found);
    return true;
  }

  // The members of the holder's own layer that no newer one hides.
  [[nodiscard]] LinkSettings seen_of(const std::vector<std::pair<Holder, LinkSettings>>& layers,
                                     LinkSettings own) const {
    for (auto layer = layers.rbegin(); layer != layers.rend() && layer->first != holder_; ++layer) {
      for_each_setting([&](auto member) {
        if (layer->second.*member) (own.*member).reset();
      });
    }
    return own;
  }

  FaultSet& set_;
  Holder holder_;
  Effects& out_;
};

FaultSet::Effects FaultSet::begin(Holder holder, const Fault& fault) {
  const auto [place, is_new] = held_.try_emplace(holder);
  CHECK_DETAIL(is_new, "a holder has one fault at a time");
  place->second.fault = fault;
  Effects out;
  std::visit(Begin(*this, holder, place->second, out), fault);
  if (place->second.things == 0) held_.erase(place);
  return out;
}

FaultSet::Effects FaultSet::end(Holder holder) {
  const auto found = held_.find(holder);
  if (found == held_.end()) return {};
  const Fault fault = std::move(found->second.fault);
  held_.erase(found);
  Effects out;
  std::visit(End(*this, holder, out), fault);
  return out;
}

// `told`: the effect of a key that nobody holds any more.
template <class Key, class Told>
FaultSet::Effects FaultSet::free(Held<Key>& things, const std::vector<Key>& keys,
                                 const Told& told) {
  Effects out;
  for (const Key& key : keys) {
    const auto found = things.find(key);
    if (found == things.end()) continue;
    for (const Holder holder : found->second) {
      const auto held = held_.find(holder);
      CHECK(held != held_.end());
      if (--held->second.things == 0) held_.erase(held);
    }
    things.erase(found);
    out.emplace_back(told(key));
  }
  return out;
}

FaultSet::Effects FaultSet::heal(const std::vector<LinkId>& links) {
  return free(cuts_, links, [](const LinkId& link) { return SetLinkCut{link, false}; });
}

FaultSet::Effects FaultSet::heal_all() {
  std::vector<LinkId> links;
  links.reserve(cuts_.size());
  for (const auto& [link, holders] : cuts_) links.push_back(link);
  return heal(links);
}

FaultSet::Effects FaultSet::resume(RegionId region, const std::vector<TableId>& tables) {
  std::vector<Replica> replicas;
  replicas.reserve(tables.size());
  for (const TableId table : tables) replicas.emplace_back(region, table);
  return free(pauses_, replicas, [](const Replica& replica) {
    return SetReplicationPaused{replica.first, replica.second, false};
  });
}

FaultSet::Effects FaultSet::restart(RegionId region) {
  return free(down_, std::vector{region}, [](RegionId up) { return SetRegionDown{up, false}; });
}

void FaultSet::clear() {
  held_.clear();
  cuts_.clear();
  pauses_.clear();
  down_.clear();
  frozen_.clear();
  settings_.clear();
  clocks_.clear();
  capacities_.clear();
  client_faults_.clear();
}

LinkSettings FaultSet::settings(const LinkId& link) const {
  LinkSettings found;
  if (const auto normal = normal_.links.find(link); normal != normal_.links.end()) {
    found = normal->second;
  }
  const auto layers = settings_.find(link);
  if (layers == settings_.end()) return found;
  for (const auto& [holder, layer] : layers->second) set_members(found, layer);
  return found;
}

// What the members that a fault names are now. To leave one out would leave what it was, so that a
// member that is unset gets the value that does nothing.
void FaultSet::add_settings(const LinkId& link, const LinkSettings& named, Effects& out) const {
  const LinkSettings now = settings(link);
  LinkSettings told;
  bool any = false;
  for_each_setting([&](auto member) {
    if (!(named.*member)) return;
    any = true;
    told.*member = now.*member;
    if (!(told.*member)) (told.*member).emplace();
  });
  if (any) out.emplace_back(ChangeLink{link, told});
}

Duration FaultSet::clock_step(RegionId region) const {
  Duration sum{0};
  const auto layers = clocks_.find(region);
  if (layers == clocks_.end()) return sum;
  for (const auto& [holder, layer] : layers->second) sum += layer.step;
  return sum;
}

double FaultSet::drift_ppm(RegionId region) const {
  const auto normal = normal_.drift_ppm.find(region);
  double drift = normal == normal_.drift_ppm.end() ? 0 : normal->second;
  const auto layers = clocks_.find(region);
  if (layers == clocks_.end()) return drift;
  for (const auto& [holder, layer] : layers->second) drift = layer.drift_ppm.value_or(drift);
  return drift;
}

std::vector<ClientFault> FaultSet::client_faults(RegionId region) const {
  std::vector<ClientFault> faults;
  const auto layers = client_faults_.find(region);
  if (layers == client_faults_.end()) return faults;
  for (const auto& [holder, layer] : layers->second) faults.push_back(layer);
  return faults;
}

std::optional<std::int64_t> FaultSet::capacity(TableId table, RegionId region) const {
  const auto layers = capacities_.find({region, table});
  if (layers != capacities_.end()) return layers->second.back().second;
  const auto normal = normal_.capacity.find({table, region});
  return normal == normal_.capacity.end() ? std::nullopt : normal->second;
}

}  // namespace gtsim
