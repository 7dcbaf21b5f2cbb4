// What a region's control plane knows of a table, as the value of an entry of the database
// (database_format.h, letter c).
#pragma once

#include <string>
#include <string_view>

#include "region-node/control_plane/control_state.h"
#include "region-node/storage/database_format.h"

namespace gtsim::format {

void append_control(std::string& out, const TableControlState& state, const RegionNumbers& regions);
// False for anything but what encoding makes; also when it names a region that the configuration
// does not. `number`: the format of the directory, 4 to kNumber.
[[nodiscard]] bool parse_control(std::string_view bytes, const RegionNumbers& regions,
                                 std::uint64_t number, TableControlState& out);

}  // namespace gtsim::format
