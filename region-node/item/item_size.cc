#include "region-node/item/item_size.h"

#include <algorithm>

namespace gtsim {
namespace {

std::uint64_t members_size(const Map& members) {
  std::uint64_t size = 0;
  for (const auto& [name, value] : members) size += name.size() + size_bytes(value);
  return size;
}

constexpr std::uint64_t kContainerBytes = 3;  // and one more for each element

struct ValueSize {
  std::uint64_t operator()(const std::string& text) const { return text.size(); }
  std::uint64_t operator()(const Number& number) const { return number.size_bytes(); }
  std::uint64_t operator()(const Binary& binary) const { return binary.bytes.size(); }
  std::uint64_t operator()(bool) const { return 1; }
  std::uint64_t operator()(Null) const { return 1; }
  template <class T>
  std::uint64_t operator()(const std::set<T>& set) const {
    std::uint64_t size = 0;
    for (const T& member : set) size += (*this)(member);
    return size;
  }
  std::uint64_t operator()(const List& list) const {
    std::uint64_t size = kContainerBytes + list.size();
    for (const AttributeValue& element : list) size += size_bytes(element);
    return size;
  }
  std::uint64_t operator()(const Map& map) const {
    return kContainerBytes + map.size() + members_size(map);
  }
};

}  // namespace

std::uint64_t size_bytes(const AttributeValue& value) {
  return std::visit(ValueSize{}, value.variant());
}

std::uint64_t size_bytes(const Item& item) {
  return members_size(item);
}

int nesting_levels(const AttributeValue& value) {
  int deepest = 0;
  if (const auto* list = value.get_if<List>()) {
    for (const AttributeValue& element : *list)
      deepest = std::max(deepest, nesting_levels(element));
  } else if (const auto* map = value.get_if<Map>()) {
    for (const auto& [name, member] : *map) deepest = std::max(deepest, nesting_levels(member));
  }
  return 1 + deepest;
}

Error nesting_error() {
  return validation_error(
      "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels "
      "beyond supported limit");
}

Result<void> check_item_limits(const Item& item, SizeCheck which) {
  for (const auto& [name, value] : item) {
    if (nesting_levels(value) > kMaxNestingLevels) return nesting_error();
  }
  if (size_bytes(item) > kMaxItemSizeBytes) {
    return validation_error(which == SizeCheck::kPut
                                ? "Item size has exceeded the maximum allowed size"
                                : "Item size to update has exceeded the maximum allowed size");
  }
  return {};
}

}  // namespace gtsim
