#include "coordinator/language/print_context.h"

#include "coordinator/language/source_text.h"

namespace gtsim::language {

PrintContext::PrintContext(const Scenario& scenario) : folder_(folder_of(scenario.path)) {
  set_regions(scenario.regions);
  set_tables(scenario.tables);
  note_faults(scenario.steps);
}

std::string PrintContext::relative(const std::string& path) const {
  const std::string folder = folder_.ends_with('/') ? folder_ : folder_ + '/';
  if (!path.starts_with(folder)) return path;
  // Only a name that leads back: of "." nothing is ever put in front.
  const std::string name = path.substr(folder.size());
  return !name.empty() && resolve(folder_, name) == path ? name : path;
}

std::optional<TableId> PrintContext::unless_only(TableId table) const {
  if (tables().size() == 1) return std::nullopt;
  return table;
}

}  // namespace gtsim::language
