#include "region-node/storage/table_saver.h"

#include "region-node/base/mutant.h"

namespace gtsim {

bool TableSaver::structure_changed(const Replica& replica, const ControlPlane* control) const {
  for (std::size_t i = 0; i < revisions_.size(); ++i) {
    const TableId table{static_cast<std::uint16_t>(i)};
    if (revisions_[i] != replica.table(table).revision()) return true;
    if (control != nullptr && control_revisions_[i] != control->revision(table)) return true;
  }
  return false;
}

void TableSaver::save(const Replica& replica, const ControlPlane* control,
                      RegionDatabase& database) {
  for (std::size_t i = 0; i < revisions_.size(); ++i) {
    const TableId id{static_cast<std::uint16_t>(i)};
    const TableReplica& table = replica.table(id);
    const std::uint64_t revision = table.revision();
    if (revisions_[i] != revision) {
      revisions_[i] = revision;
      database.save_structure(id, table.snapshot());
    }
    database.save_cursors(id, table.cursors());
    if (control == nullptr || control_revisions_[i] == control->revision(id)) continue;
    const bool founded = !control_revisions_[i].has_value();
    control_revisions_[i] = control->revision(id);
    if (broken(Mutant::kControlNotStored) && !founded) continue;
    database.save_control(id, control->state(id));
  }
}

}  // namespace gtsim
