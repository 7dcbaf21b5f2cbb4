// A scenario that nobody thought of, as a file would give it: regions with slow disks and wrong
// clocks, bad links, tables of every kind, workloads, consumers that fail, and steps of every kind
// that overlap as they come. What the language refuses is left out.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/scenario/scenario.h"

namespace gtsim {

struct RandomScenario {
  std::string text;  // a scenario file
  Scenario scenario;
};

// The same for the same seed. Reports a failure of the test when the generator makes what the
// language refuses outside of `steps`.
[[nodiscard]] RandomScenario random_scenario(std::uint64_t seed);

}  // namespace gtsim
