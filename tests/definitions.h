// What a source file defines for the linker to see: classes, enums, functions and inline variables
// at namespace scope, unnamed namespaces and `static` left out. Knows just enough C++ for this
// project's way of writing it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gtsim::source_tree {

struct Definition {
  // "gtsim::LagHistogram"; of a function with its parameters' types: "gtsim::quote(string_view)".
  std::string name;
  int line = 0;
};

[[nodiscard]] std::vector<Definition> definitions(std::string_view text);

}  // namespace gtsim::source_tree
