// Event patterns in a scenario: written as YAML, kept as the JSON text that Lambda would be given.
#pragma once

#include <string>
#include <vector>

#include "coordinator/language/binding.h"

namespace gtsim::language {

// A pattern (a map, or JSON text), or a list of them of which any may match. Each is checked by the
// engine that will match it; a mistake is told where it stands.
[[nodiscard]] Type<std::vector<std::string>> patterns_type();

}  // namespace gtsim::language
