#include "coordinator/pattern/explanation.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/pattern/event_scan.h"
#include "coordinator/pattern/event_values.h"
#include "coordinator/pattern/pattern_text.h"
#include "region-node/base/check.h"

namespace gtsim {

using pattern::FormulaNode;
using pattern::NodeKind;
using pattern::PatternLeaf;

namespace {

constexpr std::size_t kMostValuesShown = 3;

bool is_plain(const PatternLeaf& leaf) {
  return leaf.conditions.size() == 1 && !leaf.conditions.front().anything_but &&
         leaf.conditions.front().tests.front().op == pattern::Operator::kEquals;
}

LeafExplanation explain_leaf(const PatternLeaf& leaf, const pattern::EventValues& event) {
  LeafExplanation out;
  out.path = leaf.path;
  for (const pattern::Condition& condition : leaf.conditions) {
    out.test += (out.test.empty() ? "[" : ",") + condition.text;
  }
  out.test += ']';
  out.expected = pattern::describe(leaf.conditions);
  const auto& found = event.of_path(leaf.path_index);
  out.value_count = found.size();
  for (const pattern::LeafValue& value : found) {
    if (out.values.size() == kMostValuesShown) break;
    out.values.push_back(pattern::describe(value));
  }
  for (const pattern::Condition& condition : leaf.conditions) {
    const bool held = found.empty()
                          ? condition.accepts_absent()
                          : std::any_of(found.begin(), found.end(),
                                        [&](const auto& value) { return condition.holds(value); });
    out.alternatives.push_back(held);
    out.held = out.held || held;
  }
  if (found.empty()) out.absence = event.why_absent(leaf);
  return out;
}

// Finds the leaf that decided.
class Decision {
 public:
  Decision(const EventPattern& pattern, const Explanation& explanation)
      : pattern_(pattern), leaves_(explanation.leaves) {}

  [[nodiscard]] std::uint32_t of_failure(std::uint32_t node) const {
    const FormulaNode& formula = pattern_.nodes()[node];
    if (formula.kind == NodeKind::kLeaf) return formula.leaf;
    if (formula.kind == NodeKind::kAll) {
      const auto first = std::find_if(formula.children.begin(), formula.children.end(),
                                      [&](std::uint32_t child) { return failures(child) != 0; });
      return of_failure(*first);
    }
    return of_failure(*std::min_element(
        formula.children.begin(), formula.children.end(),
        [&](std::uint32_t a, std::uint32_t b) { return failures(a) < failures(b); }));
  }

  // The leaf of a branch if there are branches, else the last that looks into the item.
  [[nodiscard]] std::uint32_t of_match(std::uint32_t node) const {
    const FormulaNode& formula = pattern_.nodes()[node];
    if (formula.kind == NodeKind::kLeaf) return formula.leaf;
    if (formula.kind == NodeKind::kAny) {
      return of_match(*std::find_if(formula.children.begin(), formula.children.end(),
                                    [&](std::uint32_t child) { return failures(child) == 0; }));
    }
    std::uint32_t best = formula.children.back();
    int best_rank = -1;
    for (const std::uint32_t child : formula.children) {
      const int rank = rank_of(pattern_.nodes()[child]);
      if (rank < best_rank) continue;
      best = child;
      best_rank = rank;
    }
    return of_match(best);
  }

  // How many leaves would have to hold besides those that do.
  [[nodiscard]] std::size_t failures(std::uint32_t node) const {
    const FormulaNode& formula = pattern_.nodes()[node];
    if (formula.kind == NodeKind::kLeaf) return leaves_[formula.leaf].held ? 0 : 1;
    const bool is_any = formula.kind == NodeKind::kAny;
    std::size_t count = is_any ? SIZE_MAX : 0;
    for (const std::uint32_t child : formula.children) {
      count = is_any ? std::min(count, failures(child)) : count + failures(child);
    }
    return count;
  }

 private:
  [[nodiscard]] int rank_of(const FormulaNode& node) const {
    if (node.kind == NodeKind::kAny) return 2;
    return pattern_.leaves()[node.leaf].path.starts_with("dynamodb.") ? 1 : 0;
  }

  const EventPattern& pattern_;
  const std::vector<LeafExplanation>& leaves_;
};

std::string match_sentence(const PatternLeaf& leaf, const LeafExplanation& told) {
  const std::string found = told.to_string();
  return is_plain(leaf) || told.value_count == 0 ? found
                                                 : fmt::format("{}: {}", found, told.expected);
}

std::string elements_sentence(const EventPattern& pattern, const pattern::EventScan& scan) {
  std::string paths;
  for (std::uint32_t leaf = 0; leaf < pattern.leaves().size(); ++leaf) {
    if (!scan.holds_in_elements_only(leaf)) continue;
    paths += (paths.empty() ? "" : ", ") + pattern.leaves()[leaf].path;
  }
  return "each of these holds, but not within one and the same list element: " + paths;
}

}  // namespace

std::string LeafExplanation::to_string() const {
  std::string out = path + " is ";
  if (value_count == 0) {
    out += "absent";
    if (!absence.empty()) out += fmt::format(" ({})", absence);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool last = i + 1 == value_count;
    out += (i == 0 ? "" : last ? " and " : ", ") + values[i];
  }
  if (value_count > values.size()) out += fmt::format(" and {} more", value_count - values.size());
  return out + (held ? ", as expected" : ", expected " + expected);
}

Result<Explanation> explain(const EventPattern& pattern, std::string_view event) {
  const auto json = pattern::parse_json(event);
  if (!json) {
    return Error{Errc::kInput,
                 pattern::place_in(event, json.error().offset) + ": " + json.error().message};
  }
  const pattern::EventValues values(pattern, *json);
  pattern::EventScan scan;
  CHECK(scan.read(pattern, event));
  Explanation out;
  out.matches = scan.matches();
  for (const PatternLeaf& leaf : pattern.leaves()) {
    out.leaves.push_back(explain_leaf(leaf, values));
  }
  const Decision decision(pattern, out);
  out.failed = decision.failures(pattern.root());
  if (out.matches) {
    out.deciding = decision.of_match(pattern.root());
    out.sentence = match_sentence(pattern.leaves()[*out.deciding], out.leaves[*out.deciding]);
  } else if (out.failed != 0) {
    out.deciding = decision.of_failure(pattern.root());
    out.sentence = out.leaves[*out.deciding].to_string();
  } else {
    out.sentence = elements_sentence(pattern, scan);
  }
  return out;
}

Explanation explain(const EventPattern& pattern, const RecordView& view,
                    const RecordContext& context) {
  std::string event;
  append_record_json(event, view, context, RecordForm::kLambdaEvent);
  Result<Explanation> out = explain(pattern, event);
  CHECK(out.has_value());
  return std::move(*out);
}

std::string deciding_leaf(const PatternSet& patterns, const RecordView& view,
                          const RecordContext& context) {
  if (patterns.empty()) return "there is no filter: every record passes";
  std::optional<Explanation> closest;
  for (const EventPattern& pattern : patterns.patterns()) {
    Explanation one = explain(pattern, view, context);
    if (one.matches) return one.sentence;
    if (!closest || one.failed < closest->failed) closest = std::move(one);
  }
  return closest->sentence;
}

}  // namespace gtsim
