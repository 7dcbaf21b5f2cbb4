// Who is told what a failed CHECK has printed, so that it can say so elsewhere before the process
// ends. One for the process; nobody to begin with.
#pragma once

#include <string_view>

namespace gtsim {

using CheckListener = void (*)(std::string_view line);
void set_check_listener(CheckListener listener);

}  // namespace gtsim
