// regions: [us-east-1, eu-west-1], or a map with settings.
#include <algorithm>

#include "coordinator/language/language.h"
#include "coordinator/language/values.h"

namespace gtsim::language {
namespace {

Type<ClockSpec> clock_type() {
  Object<ClockSpec> clock(
      "region clock",
      "How far a region's clock is off. Versions of writes come from it, so a clock "
      "that is ahead wins conflicts it should lose. It has to show 1970 to 9999 all the time.");
  clock.field("offset", signed_duration(), &ClockSpec::offset,
              {.doc = "Added to the right time.", .default_text = "0s", .example = "1s"});
  clock.field("drift", drift(), &ClockSpec::drift_ppm,
              {.doc = "How fast the error grows.", .default_text = "0ppm", .example = "50ppm"});
  clock.example("regions:\n  us-east-1: {clock: {offset: 1s, drift: 50ppm}}\n  eu-west-1:\n");
  return clock.build();
}

Type<RegionSpec> region_type() {
  Object<RegionSpec> region("region settings", "One region, in the long form of `regions`.");
  region.field("clock", clock_type(), &RegionSpec::clock,
               {.doc = "How far its clock is off.",
                .default_text = "right",
                .example = "{offset: 1s, drift: 50ppm}"});
  region.field(
      "fsync", duration(), &RegionSpec::fsync,
      {.doc = "How long a group of commits takes to become durable. Replies and replication "
              "wait for it; a crash loses what has not got there.",
       .default_text = "0s",
       .example = "2ms"});
  region.example("regions:\n  us-east-1: {fsync: 2ms}\n  eu-west-1:\n");
  return region.may_be_empty().build();
}

bool finish(ReadContext& context, const Node& node, std::vector<RegionSpec>& regions) {
  constexpr std::size_t kLongestName = 63;
  bool good = true;
  if (regions.size() > kMaxRegions) {
    good = context.error(
        regions[kMaxRegions].position,
        fmt::format("expected at most {} regions; found {}", kMaxRegions, regions.size()));
  }
  for (const RegionSpec& region : regions) {
    if (region.name == "all") {
      good = context.error(region.position, "`all` is no name for a region: it means all of them");
    }
    good = check_given_name(context, region.position, "region", region.name, kLongestName) && good;
  }
  std::stable_sort(regions.begin(), regions.end(),
                   [](const RegionSpec& a, const RegionSpec& b) { return a.name < b.name; });
  for (std::size_t i = 1; i < regions.size(); ++i) {
    if (regions[i].name != regions[i - 1].name) continue;
    good = context.error(regions[i].position, fmt::format("region {} appears twice",
                                                          quote_for_message(regions[i].name)));
  }
  (void)node;
  return good;
}

}  // namespace

Type<std::vector<RegionSpec>> regions_type() {
  const Type<RegionSpec> name_only = mapped<RegionSpec>(
      text("name", "the name of a region"),
      [](ReadContext&, const Node& node, std::string&& name, RegionSpec& out) {
        out.name = std::move(name);
        out.position = node.position;
        return true;
      },
      [](const RegionSpec& spec) -> std::optional<std::string> {
        const bool usual =
            spec.clock.offset.count() == 0 && spec.clock.drift_ppm == 0 && spec.fsync.count() == 0;
        if (!usual) return std::nullopt;
        return spec.name;
      });
  const auto list = list_of(name_only, "a list of regions such as [us-east-1, eu-west-1]");
  const auto map = mapped<std::vector<RegionSpec>>(
      map_of(region_type(), "map from name to [region settings](#region-settings)",
             "a map from region to its settings"),
      [](std::vector<Named<RegionSpec>>&& named) {
        std::vector<RegionSpec> regions;
        for (auto& [name, position, region] : named) {
          region.name = name;
          region.position = position;
          regions.push_back(std::move(region));
        }
        return regions;
      },
      [](const std::vector<RegionSpec>& regions) {
        std::vector<Named<RegionSpec>> named;
        for (const RegionSpec& region : regions) named.push_back({region.name, {}, region});
        return named;
      });
  return mapped<std::vector<RegionSpec>>(
      by_shape<std::vector<RegionSpec>>({.list = list, .map = map}),
      [](ReadContext& context, const Node& node, std::vector<RegionSpec>&& regions,
         std::vector<RegionSpec>& out) {
        if (!finish(context, node, regions)) return false;
        out = std::move(regions);
        return true;
      },
      AsItIs{});
}

}  // namespace gtsim::language
