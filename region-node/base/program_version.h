// Which gtsim this is, as CMakeLists.txt says: "0.1.0".
#pragma once

namespace gtsim {

[[nodiscard]] const char* program_version();

}  // namespace gtsim
