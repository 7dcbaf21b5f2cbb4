// One line for the verdict: "lag us-east-1 -> eu-west-1 p99 < 2s".
#pragma once

#include <array>
#include <string>

#include "coordinator/language/read_context.h"

namespace gtsim::language {

// The percentiles of replication lag that can be asked for.
struct Percentile {
  const char* name;
  double value;
};
inline constexpr std::array<Percentile, 5> kPercentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"max", 1.0}}};

// "p99" of 0.99.
[[nodiscard]] const char* percentile_name(double value);

[[nodiscard]] std::string expectation_text(const ReadContext& context,
                                           const ExpectationKind& expectation);

}  // namespace gtsim::language
