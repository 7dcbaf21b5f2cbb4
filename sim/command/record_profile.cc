#include "sim/command/record_profile.h"

namespace gtsim {

std::optional<RecordProfile> profile_named(std::string_view name) {
  for (const RecordProfile profile :
       {RecordProfile::k2019, RecordProfile::k2017, RecordProfile::kMarked}) {
    if (name == to_text(profile)) return profile;
  }
  return std::nullopt;
}

void set_profile(Scenario& scenario, RecordProfile profile) {
  for (TableSpec& table : scenario.tables) table.record_profile = profile;
}

}  // namespace gtsim
