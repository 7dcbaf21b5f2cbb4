#include "coordinator/language/item_printer.h"

#include <fmt/format.h>

#include <string_view>

#include "coordinator/language/item_reader.h"
#include "region-node/item/dynamodb_json.h"

namespace gtsim::language {
namespace {

Node typed(AttributeType type, Node value) {
  Node map;
  add_member(map, type_name(type), std::move(value));
  return map;
}

template <class Set, class MemberNode>
Node set_node(AttributeType type, const Set& set, const MemberNode& member_node) {
  Node members = list_node({});
  for (const auto& member : set) members.items.push_back(member_node(member));
  return typed(type, std::move(members));
}

// As the service prints it, or with an exponent where that has a row of zeros.
std::string number_text(const Number& number) {
  constexpr std::size_t kLongest = 24;
  std::string text = number.to_string();
  if (text.size() <= kLongest) return text;
  const std::size_t point = text.find('.');
  if (point == std::string::npos) {
    const std::size_t digits = text.find_last_not_of('0') + 1;
    const std::size_t zeros = text.size() - digits;
    return zeros == 0 ? text : fmt::format("{}e{}", text.substr(0, digits), zeros);
  }
  const std::size_t first = text.find_first_of("123456789");
  if (first < point) return text;
  const std::string_view sign = text.front() == '-' ? "-" : "";
  return fmt::format("{}{}e-{}", sign, text.substr(first), text.size() - point - 1);
}

Node number_node(const Number& number) {
  return plain_node(number_text(number));
}

Node binary_node(const Binary& binary) {
  return text_node(base64_encode(binary.bytes));
}

struct Printer {
  Node operator()(const std::string& text) const { return text_node(text); }
  Node operator()(const Number& number) const { return number_node(number); }
  Node operator()(const Binary& binary) const {
    return typed(AttributeType::kB, binary_node(binary));
  }
  Node operator()(bool flag) const { return plain_node(flag ? "true" : "false"); }
  Node operator()(Null) const {
    Node null;
    null.kind = NodeKind::kNull;
    return null;
  }
  Node operator()(const StringSet& set) const {
    return set_node(AttributeType::kSS, set, text_node);
  }
  Node operator()(const NumberSet& set) const {
    return set_node(AttributeType::kNS, set, number_node);
  }
  Node operator()(const BinarySet& set) const {
    return set_node(AttributeType::kBS, set, binary_node);
  }
  Node operator()(const List& list) const {
    Node members = list_node({});
    for (const AttributeValue& member : list) members.items.push_back(value_node(member));
    return members;
  }
  Node operator()(const Map& map) const {
    Node node = attributes_node(map);
    // A map whose single key is called as a type is would be taken for a typed value.
    const bool ambiguous = map.size() == 1 && attribute_type_named(map.begin()->first);
    return ambiguous ? typed(AttributeType::kM, std::move(node)) : node;
  }
};

}  // namespace

Node value_node(const AttributeValue& value) {
  return std::visit(Printer{}, value.variant());
}

Node attributes_node(const Item& item) {
  Node map;
  map.kind = NodeKind::kMap;
  for (const auto& [name, value] : item) add_member(map, name, value_node(value));
  return map;
}

}  // namespace gtsim::language
