// What became of the consumers, for people and for programs.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "coordinator/consumer/consumer_host.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

// A table for each consumer: what it wants and got, what it got unwanted, by event and origin, with
// examples of what went wrong.
[[nodiscard]] std::string consumers_text(const Scenario& scenario, const ConsumerHost& host,
                                         Cluster& cluster);
[[nodiscard]] boost::json::value consumers_json(const Scenario& scenario, const ConsumerHost& host,
                                                Cluster& cluster);

}  // namespace gtsim
