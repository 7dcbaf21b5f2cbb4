// Faults that overlap in every way: the set against a list of who holds what, which is looked
// through for each question.
#include "coordinator/fault/fault_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "region-node/base/random.h"

namespace gtsim {
namespace {

constexpr std::uint16_t kRegions = 3;
constexpr std::uint16_t kTables = 2;

RegionId region_of(std::uint16_t index) {
  return RegionId{index};
}
TableId table_of(std::uint16_t index) {
  return TableId{index};
}
DelayModel constant(std::int64_t us) {
  return {DelayModel::Kind::kConstant, Duration{us}};
}
Duration latency_of(const LinkSettings& settings) {
  return settings.latency ? settings.latency->first : Duration{0};
}

std::vector<LinkId> all_links() {
  std::vector<LinkId> links;
  for (std::uint16_t from = 0; from < kRegions; ++from) {
    for (std::uint16_t to = 0; to < kRegions; ++to) {
      if (from != to) links.emplace_back(region_of(from), region_of(to));
    }
  }
  return links;
}

FaultSet::Normal normal() {
  FaultSet::Normal normal;
  std::int64_t us = 1'000;
  for (const LinkId& link : all_links()) normal.links[link].latency = constant(us++);
  normal.links[{region_of(0), region_of(1)}].loss = 0.25;
  normal.drift_ppm[region_of(2)] = 7;
  normal.capacity[{table_of(1), region_of(0)}] = 90;
  return normal;
}

// One thing that one holder holds.
struct OneHeld {
  FaultSet::Holder holder = 0;
  Fault fault;  // of one link, one table
};

class SlowFaults {
 public:
  void begin(FaultSet::Holder holder, const Fault& fault) {
    if (const auto* cut = std::get_if<LinksCut>(&fault)) {
      for (const LinkId& link : cut->links) held_.push_back({holder, LinksCut{{link}}});
    } else if (const auto* change = std::get_if<LinksChanged>(&fault)) {
      for (const LinkId& link : change->links) {
        held_.push_back({holder, LinksChanged{{link}, change->settings}});
      }
    } else if (const auto* pause = std::get_if<ReplicationPaused>(&fault)) {
      for (const TableId table : pause->tables) {
        held_.push_back({holder, ReplicationPaused{pause->region, {table}}});
      }
    } else {
      held_.push_back({holder, fault});
    }
  }
  void end(FaultSet::Holder holder) {
    std::erase_if(held_, [&](const OneHeld& one) { return one.holder == holder; });
  }
  template <class Kind, class Is>
  void free(const Is& is) {
    std::erase_if(held_, [&](const OneHeld& one) {
      const auto* kind = std::get_if<Kind>(&one.fault);
      return kind != nullptr && is(*kind);
    });
  }
  template <class Kind, class Is>
  [[nodiscard]] bool any(const Is& is) const {
    return std::any_of(held_.begin(), held_.end(), [&](const OneHeld& one) {
      const auto* kind = std::get_if<Kind>(&one.fault);
      return kind != nullptr && is(*kind);
    });
  }
  // Of the faults of a kind, from the oldest to the newest.
  template <class Kind, class Each>
  void each(const Each& each) const {
    for (const OneHeld& one : held_) {
      if (const auto* kind = std::get_if<Kind>(&one.fault)) each(*kind);
    }
  }
  [[nodiscard]] bool holds(FaultSet::Holder holder) const {
    return std::any_of(held_.begin(), held_.end(),
                       [&](const OneHeld& one) { return one.holder == holder; });
  }

 private:
  std::vector<OneHeld> held_;
};

// What a cluster is that has been told every effect.
struct Told {
  std::map<LinkId, bool> cut;
  std::map<LinkId, LinkSettings> settings = normal().links;
  std::map<std::pair<RegionId, TableId>, bool> paused;
  std::map<RegionId, bool> down;
  std::map<RegionId, bool> frozen;
  std::map<RegionId, Duration> step;
  std::map<RegionId, double> drift = normal().drift_ppm;
  std::map<std::pair<TableId, RegionId>, std::optional<std::int64_t>> capacity = normal().capacity;

  void operator()(const SetLinkCut& told) {
    EXPECT_NE(cut[told.link], told.cut) << "told twice";
    cut[told.link] = told.cut;
  }
  void operator()(const ChangeLink& told) {
    LinkSettings& now = settings[told.link];
    if (told.settings.latency) now.latency = told.settings.latency;
    if (told.settings.loss) now.loss = told.settings.loss;
  }
  void operator()(const SetReplicationPaused& told) {
    bool& now = paused[{told.region, told.table}];
    EXPECT_NE(now, told.paused) << "told twice";
    now = told.paused;
  }
  void operator()(const SetRegionDown& told) {
    EXPECT_NE(down[told.region], told.down) << "told twice";
    down[told.region] = told.down;
  }
  void operator()(const SetRegionFrozen& told) {
    EXPECT_NE(frozen[told.region], told.frozen) << "told twice";
    frozen[told.region] = told.frozen;
  }
  void operator()(const StepClock& told) {
    step[told.region] += told.step;
    if (told.drift_ppm) drift[told.region] = *told.drift_ppm;
  }
  void operator()(const SetCapacity& told) {
    capacity[{told.table, told.region}] = told.units_per_second;
  }
};

class FaultSchedule {
 public:
  explicit FaultSchedule(std::uint64_t seed) : random_(seed) {}

  void play() {
    for (int i = 0; i < 200 && !testing::Test::HasFailure(); ++i) {
      act();
      compare();
    }
  }

 private:
  std::uint64_t below(std::uint64_t limit) { return random_.below(limit); }
  RegionId any_region() { return region_of(static_cast<std::uint16_t>(below(kRegions))); }
  TableId any_table() { return table_of(static_cast<std::uint16_t>(below(kTables))); }
  std::vector<LinkId> some_links() {
    std::vector<LinkId> links;
    for (const LinkId& link : all_links()) {
      if (below(3) == 0) links.push_back(link);
    }
    return links;
  }
  std::vector<TableId> some_tables() {
    if (below(2) == 0) return {table_of(0), table_of(1)};
    return {any_table()};
  }

  Fault any_fault() {
    switch (below(8)) {
      case 0:
        return LinksCut{some_links()};
      case 1: {
        LinksChanged change{some_links(), {}};
        if (below(2) == 0) change.settings.latency = constant(static_cast<std::int64_t>(below(99)));
        if (below(2) == 0) change.settings.loss = static_cast<double>(below(9)) / 10;
        return change;
      }
      case 2:
        return ReplicationPaused{any_region(), some_tables()};
      case 3:
        return RegionDown{any_region()};
      case 4:
        return RegionFrozen{any_region()};
      case 5: {
        ClockChanged change{any_region(), Duration{static_cast<std::int64_t>(below(100)) - 50}, {}};
        if (below(2) == 0) change.drift_ppm = static_cast<double>(below(5));
        return change;
      }
      case 6: {
        ClientFault fault{.region = any_region(), .salt = next_holder_};
        if (below(2) == 0) fault.error = ClientError::kThrottling;
        return fault;
      }
      default: {
        CapacityChanged change{any_table(), any_region(), {}};
        if (below(3) != 0) change.units_per_second = static_cast<std::int64_t>(below(50));
        return change;
      }
    }
  }

  void act() {
    const auto linked = [](const std::vector<LinkId>& links) {
      return [&links](const LinksCut& one) {
        return std::find(links.begin(), links.end(), one.links[0]) != links.end();
      };
    };
    switch (below(10)) {
      case 0: {
        const std::vector<LinkId> links = some_links();
        slow_.free<LinksCut>(linked(links));
        return take(set_.heal(links));
      }
      case 1:
        if (below(4) != 0) return;
        slow_.free<LinksCut>([](const LinksCut&) { return true; });
        return take(set_.heal_all());
      case 2: {
        const RegionId region = any_region();
        const std::vector<TableId> tables = some_tables();
        slow_.free<ReplicationPaused>([&](const ReplicationPaused& one) {
          return one.region == region &&
                 std::find(tables.begin(), tables.end(), one.tables[0]) != tables.end();
        });
        return take(set_.resume(region, tables));
      }
      case 3: {
        const RegionId region = any_region();
        slow_.free<RegionDown>([&](const RegionDown& one) { return one.region == region; });
        return take(set_.restart(region));
      }
      case 4:
      case 5:
      case 6: {
        if (next_holder_ == 0) return;
        const FaultSet::Holder holder = below(next_holder_);
        slow_.end(holder);
        return take(set_.end(holder));
      }
      default: {
        const Fault fault = any_fault();
        slow_.begin(next_holder_, fault);
        return take(set_.begin(next_holder_++, fault));
      }
    }
  }

  void take(const FaultSet::Effects& effects) {
    for (const FaultEffect& effect : effects) std::visit(told_, effect);
  }

  void compare() {
    for (const LinkId& link : all_links()) compare_link(link);
    for (std::uint16_t r = 0; r < kRegions; ++r) compare_region(region_of(r));
    for (FaultSet::Holder holder = 0; holder < next_holder_; ++holder) {
      EXPECT_EQ(set_.holds(holder), slow_.holds(holder)) << holder;
    }
  }

  void compare_link(const LinkId& link) {
    const bool cut = slow_.any<LinksCut>([&](const LinksCut& one) { return one.links[0] == link; });
    EXPECT_EQ(set_.is_cut(link), cut);
    EXPECT_EQ(told_.cut[link], cut);
    Duration latency = latency_of(normal().links[link]);
    double loss = normal().links[link].loss.value_or(0);
    slow_.each<LinksChanged>([&](const LinksChanged& one) {
      if (one.links[0] != link) return;
      if (one.settings.latency) latency = latency_of(one.settings);
      loss = one.settings.loss.value_or(loss);
    });
    EXPECT_EQ(latency_of(set_.settings(link)), latency);
    EXPECT_EQ(set_.settings(link).loss.value_or(0), loss);
    EXPECT_EQ(latency_of(told_.settings[link]), latency);
    EXPECT_EQ(told_.settings[link].loss.value_or(0), loss);
  }

  void compare_region(RegionId region) {
    const auto of_region = [&](const auto& one) { return one.region == region; };
    EXPECT_EQ(set_.is_down(region), slow_.any<RegionDown>(of_region));
    EXPECT_EQ(told_.down[region], set_.is_down(region));
    EXPECT_EQ(set_.is_frozen(region), slow_.any<RegionFrozen>(of_region));
    EXPECT_EQ(told_.frozen[region], set_.is_frozen(region));
    Duration step{0};
    double drift = normal().drift_ppm[region];
    slow_.each<ClockChanged>([&](const ClockChanged& one) {
      if (one.region != region) return;
      step += one.step;
      drift = one.drift_ppm.value_or(drift);
    });
    EXPECT_EQ(set_.clock_step(region), step);
    EXPECT_EQ(told_.step[region], step);
    EXPECT_EQ(set_.drift_ppm(region), drift);
    EXPECT_EQ(told_.drift[region], drift);
    std::vector<std::uint64_t> met;
    slow_.each<ClientFault>([&](const ClientFault& one) {
      if (one.region == region) met.push_back(one.salt);
    });
    std::vector<std::uint64_t> found;
    for (const ClientFault& fault : set_.client_faults(region)) found.push_back(fault.salt);
    EXPECT_EQ(found, met);
    EXPECT_EQ(set_.has_client_faults(region), !met.empty());
    for (std::uint16_t t = 0; t < kTables; ++t) compare_replica(region, table_of(t));
  }

  void compare_replica(RegionId region, TableId table) {
    const bool paused = slow_.any<ReplicationPaused>([&](const ReplicationPaused& one) {
      return one.region == region && one.tables[0] == table;
    });
    EXPECT_EQ(set_.is_paused(region, table), paused);
    EXPECT_EQ((told_.paused[{region, table}]), paused);
    std::optional<std::int64_t> capacity = normal().capacity[{table, region}];
    slow_.each<CapacityChanged>([&](const CapacityChanged& one) {
      if (one.region == region && one.table == table) capacity = one.units_per_second;
    });
    EXPECT_EQ(set_.capacity(table, region), capacity);
    EXPECT_EQ((told_.capacity[{table, region}]), capacity);
  }

  Random random_;
  FaultSet set_{normal()};
  SlowFaults slow_;
  Told told_;
  FaultSet::Holder next_holder_ = 0;
};

TEST(FaultSetOf, AnyScheduleIsTheUnionOfWhatIsHeld) {
  for (std::uint64_t seed = 1; seed <= 500 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    FaultSchedule(seed).play();
  }
}

TEST(FaultSetOf, WhoeverIsEndedForAllMayBeginAgain) {
  FaultSet set;
  const LinkId link{region_of(0), region_of(1)};
  EXPECT_EQ(set.begin(1, LinksCut{{link}}).size(), 1u);
  EXPECT_TRUE(set.begin(2, LinksCut{{link}}).empty()) << "it is cut already";
  EXPECT_EQ(set.heal({link}).size(), 1u);
  EXPECT_FALSE(set.holds(1));
  EXPECT_EQ(set.begin(1, LinksCut{{link}}).size(), 1u);
  EXPECT_TRUE(set.end(2).empty()) << "it let go when the link was healed";
  EXPECT_TRUE(set.is_cut(link));
}

}  // namespace
}  // namespace gtsim
