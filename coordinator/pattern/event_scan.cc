#include "coordinator/pattern/event_scan.h"

#include <algorithm>

#include "region-node/base/check.h"

namespace gtsim::pattern {
namespace {

constexpr std::size_t kWordBits = 64;

bool holds_all(const std::uint64_t* have, const std::uint64_t* want, std::size_t words) {
  for (std::size_t i = 0; i < words; ++i) {
    if ((want[i] & ~have[i]) != 0) return false;
  }
  return true;
}

void add_bit(std::uint64_t* row, std::uint32_t bit) {
  row[bit / kWordBits] |= std::uint64_t{1} << (bit % kWordBits);
}

}  // namespace

void EventScan::start(const EventPattern& pattern) {
  pattern_ = &pattern;
  held_.assign(pattern.leaves().size(), kNot);
  present_.assign(pattern.paths().size(), 0);
  hits_.clear();
  elements_.assign(1, Element{0});
  arrays_.clear();
}

PathRange EventScan::enter(PathRange range, std::string_view name, bool at_root) const {
  const std::vector<std::string>& paths = pattern_->paths();
  const auto narrow = [&](std::string_view piece) {
    const auto rest = [&](std::uint32_t index) {
      return std::string_view{paths[index]}.substr(range.depth);
    };
    while (range.first < range.last && !rest(range.first).starts_with(piece)) ++range.first;
    std::uint32_t end = range.first;
    while (end < range.last && rest(end).starts_with(piece)) ++end;
    range.last = end;
    range.depth += static_cast<std::uint32_t>(piece.size());
  };
  if (!at_root) narrow(".");
  narrow(name);
  return range;
}

std::uint32_t EventScan::open_array(PathRange range, std::uint32_t element) {
  for (std::uint32_t i = 0; i < arrays_.size(); ++i) {
    if (arrays_[i].element == element && arrays_[i].path == range) return i;
  }
  arrays_.push_back({range, element});
  return static_cast<std::uint32_t>(arrays_.size() - 1);
}

std::uint32_t EventScan::open_element(std::uint32_t array) {
  elements_.push_back({array});
  return static_cast<std::uint32_t>(elements_.size() - 1);
}

void EventScan::value(PathRange range, std::uint32_t element, const LeafValue& value) {
  if (range.empty() || pattern_->paths()[range.first].size() != range.depth) return;
  present_[range.first] = 1;
  for (const std::uint32_t leaf : pattern_->leaves_of_path()[range.first]) {
    if (held_[leaf] == kOutside || !pattern_->leaves()[leaf].holds(value)) continue;
    held_[leaf] = element == kWholeEvent ? kOutside : kInElements;
    if (element != kWholeEvent) hits_.push_back({leaf, element});
  }
}

void EventScan::finish() {
  for (std::size_t i = 0; i < held_.size(); ++i) {
    const PatternLeaf& leaf = pattern_->leaves()[i];
    if (leaf.accepts_absent && present_[leaf.path_index] == 0) held_[i] = kOutside;
  }
}

bool EventScan::matches(std::uint32_t forced_leaf, bool forced_to) {
  forced_leaf_ = forced_leaf;
  forced_to_ = forced_to;
  if (!node_holds(pattern_->root())) return false;
  // The formula alone decides unless two leaves hold only inside of arrays.
  if (std::count(held_.begin(), held_.end(), kInElements) < 2) return true;
  const auto& combinations = pattern_->combinations();
  return std::any_of(combinations.begin(), combinations.end(),
                     [&](const auto& leaves) { return combination_holds(leaves); });
}

bool EventScan::node_holds(std::uint32_t index) const {
  const FormulaNode& node = pattern_->nodes()[index];
  const auto holds = [&](std::uint32_t child) { return node_holds(child); };
  switch (node.kind) {
    case NodeKind::kLeaf:
      return held(node.leaf) != kNot;
    case NodeKind::kAll:
      return std::all_of(node.children.begin(), node.children.end(), holds);
    case NodeKind::kAny:
      return std::any_of(node.children.begin(), node.children.end(), holds);
  }
  return false;
}

bool EventScan::combination_holds(const std::vector<std::uint32_t>& leaves) {
  bit_of_leaf_.assign(held_.size(), kNoLeaf);
  std::uint32_t count = 0;
  for (const std::uint32_t leaf : leaves) {
    const Held where = held(leaf);
    if (where == kNot) return false;
    if (where == kInElements) bit_of_leaf_[leaf] = count++;
  }
  return count < 2 || same_elements(count);
}

// The leaves are bits. Of each array one element is chosen; does some choice satisfy all leaves? An
// array must satisfy whatever leaf is satisfied anywhere below it, because its path leads nowhere
// else; so the elements can be judged one by one, the innermost first. (Where names with dots make
// two arrays share a path, the first of them is the one that counts.)
bool EventScan::same_elements(std::size_t count) {
  const std::size_t words = (count + kWordBits - 1) / kWordBits;
  satisfied_.assign(elements_.size() * words, 0);
  claimed_.assign(elements_.size() * words, 0);
  wanted_.assign(arrays_.size() * words, 0);
  for (const Hit& hit : hits_) {
    const std::uint32_t bit = bit_of_leaf_[hit.leaf];
    if (bit == kNoLeaf) continue;
    add_bit(&satisfied_[hit.element * words], bit);
    add_bit(&claimed_[hit.element * words], bit);
    for (std::uint32_t element = hit.element; element != kWholeEvent;) {
      const std::uint32_t array = elements_[element].array;
      add_bit(&wanted_[array * words], bit);
      element = arrays_[array].element;
    }
  }
  for (std::size_t array = 0; array < arrays_.size(); ++array) {
    for (std::size_t i = 0; i < words; ++i) {
      std::uint64_t& claimed = claimed_[arrays_[array].element * words + i];
      std::uint64_t& wanted = wanted_[array * words + i];
      wanted &= ~claimed;
      claimed |= wanted;
    }
  }
  // What lies in an element was opened after it.
  for (std::size_t element = elements_.size() - 1; element != kWholeEvent; --element) {
    const std::uint32_t array = elements_[element].array;
    const std::uint64_t* const want = &wanted_[array * words];
    if (!holds_all(&satisfied_[element * words], want, words)) continue;
    std::uint64_t* const outer = &satisfied_[arrays_[array].element * words];
    for (std::size_t i = 0; i < words; ++i) outer[i] |= want[i];
  }
  for (std::uint32_t bit = 0; bit < count; ++bit) {
    if ((satisfied_[bit / kWordBits] >> (bit % kWordBits) & 1) == 0) return false;
  }
  return true;
}

}  // namespace gtsim::pattern
