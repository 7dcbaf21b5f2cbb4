// The regions and tables that the fields of a scenario refer to, and what else some fields depend
// on, the same for reading and for printing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/scenario/scenario.h"

namespace gtsim::language {

class ScenarioNames {
 public:
  void set_regions(const std::vector<RegionSpec>& regions) { regions_ = regions; }
  void set_tables(const std::vector<TableSpec>& tables) { tables_ = tables; }
  void note_faults(const std::vector<Step>& steps);

  [[nodiscard]] bool regions_known() const { return regions_.has_value(); }
  [[nodiscard]] bool tables_known() const { return tables_.has_value(); }
  // REQUIRES of what follows: they are known.
  [[nodiscard]] const std::vector<RegionSpec>& regions() const { return *regions_; }
  [[nodiscard]] const std::vector<TableSpec>& tables() const { return *tables_; }
  [[nodiscard]] const std::string& name(RegionId region) const;
  [[nodiscard]] const std::string& name(TableId table) const;
  [[nodiscard]] const TableSpec& table(TableId table) const { return (*tables_)[table.index()]; }
  [[nodiscard]] std::vector<RegionId> all_regions() const;
  // "us-east-1, eu-west-1"
  [[nodiscard]] std::string names(const std::vector<RegionId>& regions) const;
  // Whether a step is a fault or the end of one, so that `last-fault` means something.
  [[nodiscard]] bool has_faults() const { return has_faults_; }

 private:
  std::optional<std::vector<RegionSpec>> regions_;
  std::optional<std::vector<TableSpec>> tables_;
  bool has_faults_ = false;
};

}  // namespace gtsim::language
