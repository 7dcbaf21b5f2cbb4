#include "coordinator/pattern/pattern_compiler.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace gtsim::pattern {
namespace {

// Only the order matters: what a leaf costs on a record of ours.
int cost_of(RecordPlace place) {
  switch (place) {
    case RecordPlace::kConstant:
      return 0;
    case RecordPlace::kEvent:
    case RecordPlace::kOrigin:
    case RecordPlace::kIdentity:
    case RecordPlace::kViewType:
      return 1;
    case RecordPlace::kRegion:
    case RecordPlace::kStreamArn:
    case RecordPlace::kOriginRegion:
      return 2;
    case RecordPlace::kCreationTime:
      return 5;
    case RecordPlace::kKeys:
    case RecordPlace::kSizeBytes:
      return 10;
    case RecordPlace::kNewImage:
    case RecordPlace::kOldImage:
      return 20;
    case RecordPlace::kEventId:
    case RecordPlace::kSequenceNumber:
    case RecordPlace::kOriginTime:
      return 60;
  }
  return 0;
}

}  // namespace

bool Compiler::compile() {
  combination_count_ = count_combinations(pattern_.root_);
  if (combination_count_ > kMaxPatternCombinations) return false;
  pattern_.combinations_ = combine(pattern_.root_);
  for (auto& set : pattern_.combinations_) std::sort(set.begin(), set.end());
  collect_paths();
  locate_fields();
  order_by_cost(pattern_.root_);
  warn_of_fields_tested_twice();
  return true;
}

std::size_t Compiler::count_combinations(std::uint32_t node) const {
  // Far above the limit, and far from overflow when two are multiplied.
  constexpr std::size_t kMany = 1'000'000;
  const FormulaNode& formula = pattern_.nodes_[node];
  if (formula.kind == NodeKind::kLeaf) return 1;
  std::size_t count = formula.kind == NodeKind::kAll ? 1 : 0;
  for (const std::uint32_t child : formula.children) {
    const std::size_t inner = count_combinations(child);
    count = std::min(kMany, formula.kind == NodeKind::kAll ? count * inner : count + inner);
  }
  return count;
}

Compiler::Sets Compiler::combine(std::uint32_t node) const {
  const FormulaNode& formula = pattern_.nodes_[node];
  if (formula.kind == NodeKind::kLeaf) return {{formula.leaf}};
  Sets sets;
  if (formula.kind == NodeKind::kAll) sets.emplace_back();
  for (const std::uint32_t child : formula.children) {
    const Sets inner = combine(child);
    if (formula.kind == NodeKind::kAny) {
      sets.insert(sets.end(), inner.begin(), inner.end());
      continue;
    }
    Sets product;
    for (const auto& left : sets) {
      for (const auto& right : inner) {
        auto& both = product.emplace_back(left);
        both.insert(both.end(), right.begin(), right.end());
      }
    }
    sets = std::move(product);
  }
  return sets;
}

void Compiler::collect_paths() {
  auto& paths = pattern_.paths_;
  for (const PatternLeaf& leaf : pattern_.leaves_) paths.push_back(leaf.path);
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  pattern_.leaves_of_path_.resize(paths.size());
  for (std::uint32_t i = 0; i < pattern_.leaves_.size(); ++i) {
    PatternLeaf& leaf = pattern_.leaves_[i];
    const auto place = std::lower_bound(paths.begin(), paths.end(), leaf.path);
    leaf.path_index = static_cast<std::uint32_t>(place - paths.begin());
    pattern_.leaves_of_path_[leaf.path_index].push_back(i);
  }
}

void Compiler::locate_fields() {
  std::array<int, 2> in_lists{};
  for (PatternLeaf& leaf : pattern_.leaves_) {
    leaf.field = locate_in_record(leaf);
    const bool is_new = leaf.field.place == RecordPlace::kNewImage;
    if (!is_new && leaf.field.place != RecordPlace::kOldImage) continue;
    if (leaf.path.find(".L.", leaf.field.rest_offset) != std::string::npos) ++in_lists[is_new];
  }
  pattern_.joins_list_elements_ = in_lists[0] > 1 || in_lists[1] > 1;
}

int Compiler::cost(std::uint32_t node) const {
  const FormulaNode& formula = pattern_.nodes_[node];
  if (formula.kind == NodeKind::kLeaf) return cost_of(pattern_.leaves_[formula.leaf].field.place);
  int sum = 0;
  for (const std::uint32_t child : formula.children) sum += cost(child);
  return sum;
}

void Compiler::order_by_cost(std::uint32_t node) {
  FormulaNode& formula = pattern_.nodes_[node];
  std::vector<std::pair<int, std::uint32_t>> costs;
  for (const std::uint32_t child : formula.children) {
    order_by_cost(child);
    costs.emplace_back(cost(child), child);
  }
  std::stable_sort(costs.begin(), costs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [unused, child] : costs) formula.by_cost.push_back(child);
}

void Compiler::warn_of_fields_tested_twice() {
  std::set<std::pair<std::uint32_t, std::uint32_t>> told;
  for (const auto& set : pattern_.combinations_) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> by_path;
    for (const std::uint32_t leaf : set) {
      by_path.emplace_back(pattern_.leaves_[leaf].path_index, leaf);
    }
    std::sort(by_path.begin(), by_path.end());
    for (std::size_t i = 1; i < by_path.size(); ++i) {
      if (by_path[i - 1].first != by_path[i].first) continue;
      if (!told.emplace(by_path[i - 1].second, by_path[i].second).second) continue;
      const PatternLeaf& second = pattern_.leaves_[by_path[i].second];
      pattern_.warnings_.push_back(pattern_.note(
          second.steps.back().offset, second.path,
          "this field is tested inside of $or and around it; here both must hold, what the service "
          "does is not documented"));
    }
  }
}

}  // namespace gtsim::pattern
