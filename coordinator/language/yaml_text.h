// From a tree back to the text of a scenario file, laid out as people write them: the members of
// the whole each on a line of their own, what they list one entry per line, `{at: 1s, isolate: a}`.
#pragma once

#include <cstddef>
#include <string>

#include "coordinator/language/yaml_node.h"

namespace gtsim::language {

// parse_yaml reads it as the same tree, but that a plain scalar that cannot stand without quotes
// gets them. Lines have up to `columns` characters where one scalar alone is not longer. REQUIRES:
// a map, and nowhere in it nothing (kEmpty).
[[nodiscard]] std::string yaml_text(const Node& root, std::size_t columns);

}  // namespace gtsim::language
