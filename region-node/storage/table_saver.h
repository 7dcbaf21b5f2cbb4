// Puts what a region's tables are now into the batch under way: their cursors each time; their
// structure, and what the control plane knows of them, when it has changed since it was saved last.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "region-node/control_plane/control_plane.h"
#include "region-node/replica.h"
#include "region-node/storage/region_database.h"

namespace gtsim {

class TableSaver {
 public:
  explicit TableSaver(std::size_t tables) : revisions_(tables), control_revisions_(tables) {}

  void add_table() {
    revisions_.emplace_back();
    control_revisions_.emplace_back();
  }
  // The disk has this structure of the table, from before.
  void set_saved(TableId table, std::uint64_t revision) { revisions_[table.index()] = revision; }
  [[nodiscard]] bool ever_saved(TableId table) const {
    return revisions_[table.index()].has_value();
  }
  // Whether any table is more than what its cursors and the batch under way tell. `control`:
  // nothing when the region has none.
  [[nodiscard]] bool structure_changed(const Replica& replica, const ControlPlane* control) const;
  void save(const Replica& replica, const ControlPlane* control, RegionDatabase& database);

 private:
  std::vector<std::optional<std::uint64_t>> revisions_;          // by TableId index
  std::vector<std::optional<std::uint64_t>> control_revisions_;  // the same
};

}  // namespace gtsim
