// How messages quote patterns and events.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/pattern/json_tree.h"

namespace gtsim::pattern {

// In quotes and escaped as JSON; what is long is cut.
[[nodiscard]] std::string quote(std::string_view text);
// A scalar as it is written, cut when it is long; else "an object" or "an array".
[[nodiscard]] std::string describe_node(const JsonNode& node);
// The node as JSON without white space; members given twice stay.
[[nodiscard]] std::string compact(const JsonNode& node);

}  // namespace gtsim::pattern
