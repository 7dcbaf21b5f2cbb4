#include "coordinator/pattern/event_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/pattern/attribute_type.h"
#include "coordinator/pattern/pattern_text.h"

namespace gtsim::pattern {
namespace {

LeafValue leaf_value(const JsonNode& node) {
  switch (node.kind) {
    case JsonKind::kString:
      return {LeafKind::kString, node.text};
    case JsonKind::kNumber:
      return {LeafKind::kNumber, node.text};
    case JsonKind::kTrue:
      return {LeafKind::kTrue, {}};
    case JsonKind::kFalse:
      return {LeafKind::kFalse, {}};
    default:
      return {LeafKind::kNull, {}};
  }
}

// "an object with S", "an empty array".
std::string describe_container(const JsonNode& node) {
  if (node.kind == JsonKind::kArray) {
    return node.elements.empty() ? "an empty array" : "an array of objects";
  }
  if (node.members.empty()) return "an empty object";
  constexpr std::size_t kMostNames = 3;
  std::string names;
  for (std::size_t i = 0; i < std::min(node.members.size(), kMostNames); ++i) {
    names += (i == 0 ? "" : ", ") + quote(node.members[i].name);
  }
  return fmt::format("an object with {}{}", names, node.members.size() > kMostNames ? ", ..." : "");
}

}  // namespace

std::string place_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view start = before.substr(before.rfind('\n') + 1);
  const auto column = 1 + std::count_if(start.begin(), start.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                      });
  return fmt::format("{}:{}", line, column);
}

EventValues::EventValues(const EventPattern& pattern, const JsonNode& event)
    : pattern_(pattern), event_(event), values_(pattern.paths().size()) {
  collect(event, "", /*at_root=*/true);
}

void EventValues::collect(const JsonNode& node, const std::string& path, bool at_root) {
  if (node.kind == JsonKind::kObject) {
    for (const JsonMember& member : node.members) {
      collect(member.value, at_root ? member.name : path + "." + member.name, false);
    }
    return;
  }
  if (node.kind == JsonKind::kArray) {
    for (const JsonNode& element : node.elements) collect(element, path, at_root);
    return;
  }
  const auto& paths = pattern_.paths();
  const auto place = std::lower_bound(paths.begin(), paths.end(), path);
  if (at_root || place == paths.end() || *place != path) return;
  values_[static_cast<std::size_t>(place - paths.begin())].push_back(leaf_value(node));
}

std::string_view EventValues::text_at(std::initializer_list<std::string_view> names) const {
  const JsonNode* node = &event_;
  for (const std::string_view name : names) {
    node = node->find(name);
    if (node == nullptr) return {};
  }
  return node->text;
}

std::string EventValues::why_no_image(std::string_view image) const {
  const std::string_view event = text_at({"eventName"});
  if (event == "REMOVE" && image == "NewImage") return "a REMOVE has no NewImage";
  if (event == "INSERT" && image == "OldImage") return "an INSERT has no OldImage";
  const std::string_view view = text_at({"dynamodb", "StreamViewType"});
  if (!view.empty()) return fmt::format("a stream of {} carries no {}", view, image);
  return fmt::format("the record has no {}", image);
}

std::string EventValues::why_absent(const PatternLeaf& leaf) const {
  const JsonNode* node = &event_;
  std::string path;
  for (const PathStep& step : leaf.steps) {
    const JsonNode* next = node->kind == JsonKind::kObject ? node->find(step.name) : nullptr;
    if (next == nullptr) {
      const bool in_record = path == "dynamodb";
      if (in_record && (step.name == "NewImage" || step.name == "OldImage")) {
        return why_no_image(step.name);
      }
      if (path.empty() && step.name == "userIdentity") return "the record has no userIdentity";
      if (path.empty() && step.name == "origin") return "the record does not carry its origin";
      if (node == &event_ || in_record || node->kind != JsonKind::kObject) return {};
      // The attribute is there, but of another type.
      const bool typed = node->members.size() == 1 && is_type_letter(node->members.front().name);
      if (typed && is_type_letter(step.name)) {
        return fmt::format("{} is of type {}", path, node->members.front().name);
      }
      return {};
    }
    node = next;
    path += (path.empty() ? "" : ".") + step.name;
  }
  return fmt::format("it is {}, and only what is in it has a value", describe_container(*node));
}

}  // namespace gtsim::pattern
