#include "coordinator/language/scenario_names.h"

#include "region-node/base/check.h"

namespace gtsim::language {

void ScenarioNames::note_faults(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    const bool write = std::holds_alternative<WriteStep>(step.action);
    const bool operation = std::holds_alternative<ControlStep>(step.action) ||
                           std::holds_alternative<SplitStep>(step.action) ||
                           std::holds_alternative<CrashConsumerStep>(step.action);
    has_faults_ |= !write && !operation;
  }
}

const std::string& ScenarioNames::name(RegionId region) const {
  CHECK(region.index() < regions_->size());
  return (*regions_)[region.index()].name;
}

const std::string& ScenarioNames::name(TableId table) const {
  CHECK(table.index() < tables_->size());
  return (*tables_)[table.index()].name;
}

std::vector<RegionId> ScenarioNames::all_regions() const {
  std::vector<RegionId> all;
  for (std::size_t i = 0; i < regions_->size(); ++i) {
    all.emplace_back(static_cast<std::uint16_t>(i));
  }
  return all;
}

std::string ScenarioNames::names(const std::vector<RegionId>& regions) const {
  std::string out;
  for (const RegionId region : regions) {
    if (!out.empty()) out += ", ";
    out += name(region);
  }
  return out;
}

}  // namespace gtsim::language
