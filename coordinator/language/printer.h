// From a Scenario back to the text of a scenario file.
#pragma once

#include <cstddef>
#include <string>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

struct PrintOptions {
  std::size_t columns = 100;  // of a line, where nothing in it is longer by itself
};

// A text that read_scenario_text(text, scenario.path) reads as this very scenario again, but for
// `text` and the positions, which are those of the new text. Files are named relative to the folder
// of `scenario.path`, and the leading comment is the description; other comments were never part of
// the scenario. The same scenario gives the same text, and what is printed of what was read of it
// is that text again. What holds without being said is mostly left out. REQUIRES: a scenario as the
// reader makes one.
[[nodiscard]] std::string print_scenario(const Scenario& scenario,
                                         const PrintOptions& options = {});

}  // namespace gtsim
