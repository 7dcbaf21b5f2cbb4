// A verdict for people, for programs and for CI.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "coordinator/run/statistics.h"
#include "coordinator/run/verdict.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

struct RunReport {
  const Scenario& scenario;
  const Statistics& statistics;
  const Verdict& verdict;
  double wall_seconds = 0;     // how long the run took; not part of anything that is compared
  std::string folder;          // empty: nothing was written
  std::string reproduce;       // the command that plays this run again
  std::string live;            // on what real nodes it ran; empty: simulated
  std::string output_error;    // the run folder could not be written in full
  std::string profile;         // given on the command line; empty: the tables' own
  std::string storage;         // simulated regions' own; empty: in memory
  std::string mutant;          // what was broken on purpose; empty: nothing
  std::string handler_errors;  // one line each: a function did not end well
  std::string consumers_text;  // consumer_report.h
  boost::json::value consumers_json;  // the same for verdict.json
};

// A short table and the verdict with its reasons; `color` adds terminal colours.
[[nodiscard]] std::string human_report(const RunReport& report, bool color);
[[nodiscard]] std::string verdict_json(const RunReport& report);
// One <testsuite>: a case for each expectation and one for the always-on checks.
[[nodiscard]] std::string junit_suite(const RunReport& report);
[[nodiscard]] std::string junit_document(const std::string& suites);

}  // namespace gtsim
