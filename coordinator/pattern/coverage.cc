#include "coordinator/pattern/coverage.h"

#include <algorithm>

#include "coordinator/pattern/explanation.h"
#include "region-node/base/check.h"

namespace gtsim {

PatternCoverage::PatternCoverage(const EventPattern& pattern)
    : pattern_(pattern), leaves_(pattern.leaves().size()) {
  for (std::size_t i = 0; i < leaves_.size(); ++i) {
    leaves_[i].alternatives.resize(pattern.leaves()[i].conditions.size());
  }
}

Result<void> PatternCoverage::add(std::string_view event) {
  const Result<Explanation> told = explain(pattern_, event);
  if (!told) return told.error();
  CHECK(scan_.read(pattern_, event));
  ++events_;
  const bool matched = told->matches;
  matched_ += matched ? 1 : 0;
  for (std::uint32_t i = 0; i < leaves_.size(); ++i) {
    Leaf& leaf = leaves_[i];
    const LeafExplanation& found = told->leaves[i];
    const bool decides = scan_.matches(i, !matched) != matched;
    leaf.held += found.held ? 1 : 0;
    leaf.carried += matched && decides ? 1 : 0;
    leaf.blocked += !matched && decides ? 1 : 0;
    const auto holding = std::count(found.alternatives.begin(), found.alternatives.end(), true);
    for (std::size_t k = 0; k < leaf.alternatives.size(); ++k) {
      if (!found.alternatives[k]) continue;
      ++leaf.alternatives[k].held;
      leaf.alternatives[k].carried += matched && decides && holding == 1 ? 1 : 0;
    }
  }
  return {};
}

bool PatternCoverage::complete() const {
  return std::all_of(leaves_.begin(), leaves_.end(), [](const Leaf& leaf) {
    return leaf.decisive() && std::all_of(leaf.alternatives.begin(), leaf.alternatives.end(),
                                          [](const Alternative& one) { return one.carried != 0; });
  });
}

}  // namespace gtsim
