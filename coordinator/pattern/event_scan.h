// What one event says about the leaves of one pattern, and whether that makes a match.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/pattern/event_pattern.h"
#include "coordinator/pattern/json_lexer.h"

namespace gtsim::pattern {

// The paths that begin with what has been read so far: a slice of EventPattern::paths(), which are
// sorted, so that one narrows the other. Two equal slices of equal depth are the same prefix.
struct PathRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;   // one past
  std::uint32_t depth = 0;  // how many bytes have been read

  [[nodiscard]] bool empty() const { return first == last; }
  friend bool operator==(const PathRange&, const PathRange&) = default;
};

// Element 0 stands for the event itself, outside of all arrays.
inline constexpr std::uint32_t kWholeEvent = 0;

class EventScan {
 public:
  // Forgets the last event. `pattern` must outlive the use.
  void start(const EventPattern& pattern);

  // --- Telling the scan what is in the event.
  [[nodiscard]] PathRange root() const {
    return {0, static_cast<std::uint32_t>(pattern_->paths().size()), 0};
  }
  // The paths that go on with this name; `at_root`: no dot comes before it.
  [[nodiscard]] PathRange enter(PathRange range, std::string_view name, bool at_root) const;
  // The array whose path is `range`, inside of an element.
  [[nodiscard]] std::uint32_t open_array(PathRange range, std::uint32_t element);
  // Its next object.
  [[nodiscard]] std::uint32_t open_element(std::uint32_t array);
  void value(PathRange range, std::uint32_t element, const LeafValue& value);
  // After the last value.
  void finish();
  // The same when only images were told: `holds(leaf)` says it for the leaves that lie elsewhere.
  template <class Holds>
  void finish_record(Holds holds) {
    finish();
    for (std::uint32_t leaf = 0; leaf < held_.size(); ++leaf) {
      if (pattern_->leaves()[leaf].field.rest_offset != 0) continue;
      held_[leaf] = holds(leaf) ? kOutside : kNot;
    }
  }

  // Reads an event, replacing what was there. False when it is not JSON; fault() says where.
  [[nodiscard]] bool read(const EventPattern& pattern, std::string_view event);
  [[nodiscard]] const JsonFault& fault() const { return lexer_.fault(); }

  // --- The outcome.
  [[nodiscard]] bool matches() { return matches(kNoLeaf, false); }
  // As if one leaf were known to hold, or not to.
  [[nodiscard]] bool matches(std::uint32_t forced_leaf, bool forced_to);
  [[nodiscard]] bool leaf_holds(std::uint32_t leaf) const { return held_[leaf] != kNot; }
  [[nodiscard]] bool holds_in_elements_only(std::uint32_t leaf) const {
    return held_[leaf] == kInElements;
  }

  static constexpr std::uint32_t kNoLeaf = UINT32_MAX;

 private:
  // Where a leaf held.
  enum Held : std::uint8_t { kNot, kInElements, kOutside };
  struct Hit {
    std::uint32_t leaf;
    std::uint32_t element;
  };
  struct Element {
    std::uint32_t array;  // unused in the whole event
  };
  struct Array {
    PathRange path;
    std::uint32_t element;  // that it lies in
  };

  [[nodiscard]] bool json_value(PathRange range, std::uint32_t element, bool at_root, int depth);
  [[nodiscard]] bool json_object(PathRange range, std::uint32_t element, bool at_root, int depth);
  [[nodiscard]] bool json_array(PathRange range, std::uint32_t array, std::uint32_t element,
                                bool at_root, int depth);
  [[nodiscard]] bool json_scalar(PathRange range, std::uint32_t element);

  [[nodiscard]] Held held(std::uint32_t leaf) const {
    return leaf == forced_leaf_ ? (forced_to_ ? kOutside : kNot) : held_[leaf];
  }
  [[nodiscard]] bool node_holds(std::uint32_t index) const;
  [[nodiscard]] bool combination_holds(const std::vector<std::uint32_t>& leaves);
  [[nodiscard]] bool same_elements(std::size_t count);

  const EventPattern* pattern_ = nullptr;
  std::vector<Held> held_;             // by leaf
  std::vector<std::uint8_t> present_;  // by path
  std::vector<Hit> hits_;              // inside of elements
  std::vector<Element> elements_;
  std::vector<Array> arrays_;
  std::uint32_t forced_leaf_ = kNoLeaf;
  bool forced_to_ = false;

  JsonLexer lexer_;
  // Of same_elements(): rows of bits, one bit for each leaf of the combination.
  std::vector<std::uint32_t> bit_of_leaf_;
  std::vector<std::uint64_t> satisfied_;  // by element
  std::vector<std::uint64_t> wanted_;     // by array
  std::vector<std::uint64_t> claimed_;    // by element
};

}  // namespace gtsim::pattern
