// How long something takes.
#pragma once

#include <vector>

#include "region-node/base/time.h"

namespace gtsim {

// Text forms: `80ms`, `constant(80ms)`, `uniform(10ms, 50ms)`, `normal(80ms, 10ms)` (mean, standard
// deviation), `lognormal(80ms, 0.3)` (median, sigma), `pareto(50ms, 2.5)` (minimum, alpha),
// `empirical(10ms, 20ms, 90ms)` (equally likely quantile points, linear in between), `aws` (half
// the measured round trip of the two regions).
struct DelayModel {
  enum class Kind { kConstant, kUniform, kNormal, kLogNormal, kPareto, kEmpirical, kAws };
  Kind kind = Kind::kConstant;
  Duration first{0};                  // constant, minimum, mean, median
  Duration second{0};                 // uniform: maximum; normal: standard deviation
  double shape = 0;                   // lognormal: sigma; pareto: alpha
  std::vector<Duration> points = {};  // empirical, ascending
};

}  // namespace gtsim
