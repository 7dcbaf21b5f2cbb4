// The fields of an expectation that bounds percentiles of a duration: p50, p90, p99, p999, max.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "coordinator/language/expectation_text.h"
#include "coordinator/language/values.h"

namespace gtsim::language {

// T has a member `percentiles`. `one` and `many`: what the durations are of ("write", "writes").
template <class T>
void add_percentiles(Object<T>& object, const std::string& one, const std::string& many) {
  for (const Percentile& percentile : kPercentiles) {
    const bool max = percentile.value >= 1.0;
    object.field(
        percentile.name, duration_bound(),
        [value = percentile.value](T& expectation, Bound<Duration>&& bound) {
          expectation.percentiles.emplace_back(value, std::move(bound));
        },
        [value = percentile.value](const T& expectation) {
          std::optional<Bound<Duration>> found;
          for (const auto& [other, bound] : expectation.percentiles) {
            if (other == value) found = bound;
          }
          return found;
        },
        {.doc = max ? fmt::format("Of every {}.", one)
                    : fmt::format("Of {:g}% of the {}.", percentile.value * 100, many),
         .default_text = "anything",
         .example = "< 2s"});
  }
}

// A check of the whole expectation, for Object::then().
template <class T>
[[nodiscard]] bool require_percentile(ReadContext& context, const Node& node,
                                      const T& expectation) {
  if (!expectation.percentiles.empty()) return true;
  return context.error(node, "expected at least one of `p50`, `p90`, `p99`, `p999` and `max`");
}

}  // namespace gtsim::language
