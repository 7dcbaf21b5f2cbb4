// The result of a run for people, for programs and for CI. Each is made of the result, of its
// scenario and of what is said here about how it was played: the same three give the same bytes.
#pragma once

#include <string>

#include "coordinator/play/run_result.h"
#include "coordinator/scenario/scenario.h"

namespace gtsim {

struct RunReport {
  const Scenario& scenario;
  const RunResult& result;
  double wall_seconds = 0;   // how long the run took; not part of anything that is compared
  std::string folder;        // empty: nothing was written
  std::string reproduce;     // the command that plays this run again
  std::string output_error;  // the run folder could not be written in full
  std::string profile;       // given on the command line; empty: the tables' own
  std::string storage;       // simulated regions' own; empty: in memory
  std::string mutant;        // what was broken on purpose; empty: nothing
};

// A short table and the verdict with its reasons; `color` adds terminal colours.
[[nodiscard]] std::string human_report(const RunReport& report, bool color);
[[nodiscard]] std::string verdict_json(const RunReport& report);
// One <testsuite>: a case for each expectation and one for the always-on checks.
[[nodiscard]] std::string junit_suite(const RunReport& report);
[[nodiscard]] std::string junit_document(const std::string& suites);

}  // namespace gtsim
