// The values that an event has at the paths of a pattern, for people: slow, and it can say why
// there is none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/pattern/event_pattern.h"
#include "coordinator/pattern/json_tree.h"

namespace gtsim::pattern {

class EventValues {
 public:
  // Both must outlive the values.
  EventValues(const EventPattern& pattern, const JsonNode& event);

  [[nodiscard]] const std::vector<LeafValue>& of_path(std::uint32_t path) const {
    return values_[path];
  }
  // "a REMOVE has no NewImage"; empty when there is nothing to say. REQUIRES: no value there.
  [[nodiscard]] std::string why_absent(const PatternLeaf& leaf) const;

 private:
  void collect(const JsonNode& node, const std::string& path, bool at_root);
  [[nodiscard]] std::string_view text_at(std::initializer_list<std::string_view> names) const;
  [[nodiscard]] std::string why_no_image(std::string_view image) const;

  const EventPattern& pattern_;
  const JsonNode& event_;
  std::vector<std::vector<LeafValue>> values_;
};

// "3:17", line and column of an offset.
[[nodiscard]] std::string place_in(std::string_view text, std::size_t offset);

}  // namespace gtsim::pattern
