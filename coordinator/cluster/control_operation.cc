#include "coordinator/cluster/control_operation.h"

#include <fmt/format.h>

namespace gtsim {

std::string stream_change_refusal(const StreamStep& step, const std::string& table_name,
                                  const Stream* current, bool has_other_replicas,
                                  const std::vector<ControlOperation>& under_way) {
  for (const ControlOperation& operation : under_way) {
    if (operation.kind == ControlOperation::Kind::kStreamChange && operation.table == step.table) {
      return fmt::format(
          "Attempt to change a resource which is still in use: A stream status change is currently "
          "in progress. Table: {} Stream: {} Operation: {}",
          table_name, current == nullptr ? "" : current->label(),
          step.enable ? "ENABLE" : "DISABLE");
    }
  }
  const bool enabled = current != nullptr && current->accepts_records();
  if (step.enable && enabled) {
    return fmt::format("Table already has an enabled stream: TableName: {}", table_name);
  }
  if (!step.enable && has_other_replicas) {
    return "One or more parameter values were invalid: Disabling Stream is not allowed for a "
           "Global Table replica.";
  }
  if (!step.enable && !enabled) {
    return fmt::format("Table has no stream to disable: TableName: {}", table_name);
  }
  return {};
}

}  // namespace gtsim
