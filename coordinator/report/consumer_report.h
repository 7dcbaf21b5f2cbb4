// What became of the consumers, for people and for programs.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "coordinator/play/run_result.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

// A table for each consumer: what it wants and got, what it got unwanted, by event and origin, with
// examples of what went wrong.
[[nodiscard]] std::string consumers_text(const Scenario& scenario,
                                         const std::vector<ConsumerResult>& consumers);
// An array with an object for each (proto/run-folder.md).
[[nodiscard]] boost::json::value consumers_json(const Scenario& scenario,
                                                const std::vector<ConsumerResult>& consumers);

}  // namespace gtsim
