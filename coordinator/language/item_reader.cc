#include "coordinator/language/item_reader.h"

#include <algorithm>
#include <array>

#include "coordinator/language/item_printer.h"
#include "coordinator/language/text_type.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"

namespace gtsim::language {
namespace {

constexpr std::size_t kLongestAttributeName = 65'535;

// [+-] digits [. digits] [e [+-] digits], with a digit somewhere before the exponent.
bool looks_like_number(std::string_view text) {
  std::size_t i = 0;
  const auto skip_digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - from;
  };
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  std::size_t digits = skip_digits();
  if (i < text.size() && text[i] == '.') {
    ++i;
    digits += skip_digits();
  }
  if (digits == 0) return false;
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
    if (skip_digits() == 0) return false;
  }
  return i == text.size();
}

bool has_leading_zero(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

// Plain words that some YAML readers take for a value of another type: the author must say which.
bool is_ambiguous(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords{"True", "TRUE", "False", "FALSE"};
  if (std::find(kWords.begin(), kWords.end(), text) != kWords.end()) return true;
  if (looks_like_number(text)) return has_leading_zero(text);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return text.starts_with("0x") || text.starts_with("0o") || text == ".inf" || text == ".Inf" ||
         text == ".INF" || text == ".nan" || text == ".NaN" || text == ".NAN";
}

bool read_number(ReadContext& context, const Node& node, Number& out) {
  if (!node.is_scalar()) {
    return context.error(node, fmt::format("expected a number; found {}", describe(node)));
  }
  auto number = Number::parse(node.text);
  if (!number) {
    return context.error(node, fmt::format("expected a number; found {}: {}", describe(node),
                                           number.error().detail));
  }
  out = *number;
  return true;
}

bool read_binary(ReadContext& context, const Node& node, Binary& out) {
  if (!node.is_scalar() || !base64_decode(node.text, out.bytes)) {
    return context.error(node, fmt::format("expected base64; found {}", describe(node)));
  }
  return true;
}

bool read_string(ReadContext& context, const Node& node, std::string& out) {
  if (!node.is_scalar()) {
    return context.error(node, fmt::format("expected a string; found {}", describe(node)));
  }
  out = node.text;
  return true;
}

template <class Set, class ReadMember>
bool read_set(ReadContext& context, const Node& node, AttributeValue& out, ReadMember read_member) {
  if (node.kind != NodeKind::kList || node.items.empty()) {
    return context.error(node, fmt::format("expected a list of at least one member, as a set is "
                                           "never empty; found {}",
                                           describe(node)));
  }
  Set set;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const ReadContext::Scope scope(context, i);
    typename Set::value_type member{};
    if (!read_member(context, node.items[i], member)) {
      good = false;
    } else if (!set.insert(std::move(member)).second) {
      good = context.error(node.items[i],
                           fmt::format("{} is twice in this set", describe(node.items[i])));
    }
  }
  out = AttributeValue::Variant{std::move(set)};
  return good;
}

bool read_list(ReadContext& context, const Node& node, AttributeValue& out) {
  if (node.kind != NodeKind::kList) {
    return context.error(node, fmt::format("expected a list; found {}", describe(node)));
  }
  List list;
  bool good = true;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const ReadContext::Scope scope(context, i);
    AttributeValue value;
    good = read_value(context, node.items[i], value) && good;
    list.push_back(std::move(value));
  }
  out = AttributeValue::Variant{std::move(list)};
  return good;
}

bool read_map(ReadContext& context, const Node& node, AttributeValue& out) {
  if (node.kind != NodeKind::kMap) {
    return context.error(node, fmt::format("expected a map; found {}", describe(node)));
  }
  Map map;
  bool good = true;
  for (const Member& member : node.members) {
    const ReadContext::Scope scope(context, member.key);
    AttributeValue value;
    good = read_value(context, member.value, value) && good;
    map.emplace(member.key, std::move(value));
  }
  out = AttributeValue::Variant{std::move(map)};
  return good;
}

template <class T, class Read>
bool read_one(ReadContext& context, const Node& node, AttributeValue& out, Read read) {
  T value{};
  if (!read(context, node, value)) return false;
  out = AttributeValue::Variant{std::move(value)};
  return true;
}

bool read_typed(ReadContext& context, AttributeType type, const Node& node, AttributeValue& out) {
  switch (type) {
    case AttributeType::kS:
      return read_one<std::string>(context, node, out, read_string);
    case AttributeType::kN:
      return read_one<Number>(context, node, out, read_number);
    case AttributeType::kB:
      return read_one<Binary>(context, node, out, read_binary);
    case AttributeType::kBool:
      if (node.kind != NodeKind::kPlain || (node.text != "true" && node.text != "false")) {
        return context.error(node, fmt::format("expected true or false; found {}", describe(node)));
      }
      out = AttributeValue::boolean(node.text == "true");
      return true;
    case AttributeType::kNull:
      if (node.kind != NodeKind::kPlain || node.text != "true") {
        return context.error(node, fmt::format("expected true; found {}", describe(node)));
      }
      out = AttributeValue{};
      return true;
    case AttributeType::kSS:
      return read_set<StringSet>(context, node, out, read_string);
    case AttributeType::kNS:
      return read_set<NumberSet>(context, node, out, read_number);
    case AttributeType::kBS:
      return read_set<BinarySet>(context, node, out, read_binary);
    case AttributeType::kL:
      return read_list(context, node, out);
    case AttributeType::kM:
      return read_map(context, node, out);
  }
  return false;
}

bool read_plain(ReadContext& context, const Node& node, AttributeValue& out) {
  if (is_ambiguous(node.text)) {
    return context.error(node,
                         fmt::format("{} could mean several things; write \"{}\" for a string, "
                                     "or true, false or a plain decimal number",
                                     describe(node), node.text.substr(0, 40)));
  }
  if (node.text == "true" || node.text == "false") {
    out = AttributeValue::boolean(node.text == "true");
    return true;
  }
  if (looks_like_number(node.text)) return read_one<Number>(context, node, out, read_number);
  out = AttributeValue::string(node.text);
  return true;
}

const KeyAttribute* key_attribute(const KeySchema& schema, std::string_view name) {
  if (name == schema.hash.name) return &schema.hash;
  if (schema.range && name == schema.range->name) return &*schema.range;
  return nullptr;
}

// Points at the attribute that is wrong where there is one.
SourcePosition key_error_position(const Node& node, const KeySchema& schema, const Item& item) {
  for (const KeyAttribute* attribute : {&schema.hash, schema.range ? &*schema.range : nullptr}) {
    if (attribute == nullptr) continue;
    const Member* member = node.find(attribute->name);
    if (member == nullptr) return node.position;
    const KeySchema alone{*attribute, std::nullopt};
    if (!extract_key(alone, item)) return member->value.position;
  }
  return node.position;
}

}  // namespace

std::optional<AttributeType> attribute_type_named(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(AttributeType::kM); ++i) {
    const auto type = static_cast<AttributeType>(i);
    if (type_name(type) == name) return type;
  }
  return std::nullopt;
}

std::optional<ItemNode> item_to_print(Item item) {
  if (item.empty()) return std::nullopt;
  return ItemNode{nullptr, std::move(item)};
}

bool read_value(ReadContext& context, const Node& node, AttributeValue& out) {
  switch (node.kind) {
    case NodeKind::kEmpty:
      return context.error(node, "expected a value; found nothing (NULL is written null)");
    case NodeKind::kNull:
      out = AttributeValue{};
      return true;
    case NodeKind::kQuoted:
      out = AttributeValue::string(node.text);
      return true;
    case NodeKind::kPlain:
      return read_plain(context, node, out);
    case NodeKind::kList:
      return read_list(context, node, out);
    case NodeKind::kMap:
      break;
  }
  if (node.members.size() == 1) {
    const Member& member = node.members.front();
    if (const auto type = attribute_type_named(member.key)) {
      const ReadContext::Scope scope(context, member.key);
      return read_typed(context, *type, member.value, out);
    }
  }
  return read_map(context, node, out);
}

bool read_attribute(ReadContext& context, const Node& node, const KeySchema& schema,
                    std::string_view name, AttributeValue& out) {
  const KeyAttribute* attribute = key_attribute(schema, name);
  if (attribute != nullptr && attribute->type == AttributeType::kS &&
      node.kind == NodeKind::kPlain && looks_like_number(node.text)) {
    out = AttributeValue::string(node.text);
    return true;
  }
  return read_value(context, node, out);
}

bool read_attributes(ReadContext& context, const Node& node, const KeySchema& schema, Item& out) {
  if (node.kind != NodeKind::kMap) {
    return context.error(node, fmt::format("expected a map of attributes such as {{PK: a, n: 1}}; "
                                           "found {}",
                                           describe(node)));
  }
  bool good = true;
  for (const Member& member : node.members) {
    const ReadContext::Scope scope(context, member.key);
    if (member.key.empty() || member.key.size() > kLongestAttributeName) {
      good = context.error(member.key_position, "an attribute's name has 1 to 65535 bytes");
      continue;
    }
    AttributeValue value;
    good = read_attribute(context, member.value, schema, member.key, value) && good;
    out.emplace(member.key, std::move(value));
  }
  return good;
}

bool read_item(ReadContext& context, const Node& node, const KeySchema& schema, Item& out) {
  if (!read_attributes(context, node, schema, out)) return false;
  if (auto key = extract_key(schema, out); !key) {
    return context.error(key_error_position(node, schema, out), key.error().detail);
  }
  if (auto limits = check_item_limits(out, SizeCheck::kPut); !limits) {
    return context.error(node, limits.error().detail);
  }
  return true;
}

bool read_key(ReadContext& context, const Node& node, const KeySchema& schema, Item& out) {
  if (!read_attributes(context, node, schema, out)) return false;
  for (const Member& member : node.members) {
    if (schema.is_key_attribute(member.key)) continue;
    return context.error(
        member.key_position,
        fmt::format("The provided key element does not match the schema: {} is not "
                    "part of the key",
                    quote_for_message(member.key)));
  }
  if (auto key = check_key(schema, out); !key) {
    return context.error(key_error_position(node, schema, out), key.error().detail);
  }
  return true;
}

bool check_key_types(ReadContext& context, const Node& node, const KeySchema& schema,
                     const Item& attributes) {
  for (const Member& member : node.members) {
    const KeyAttribute* attribute = key_attribute(schema, member.key);
    if (attribute == nullptr) continue;
    if (auto key = extract_key(KeySchema{*attribute, std::nullopt}, attributes); !key) {
      return context.error(member.value, key.error().detail);
    }
  }
  return true;
}

namespace {

Type<ItemNode> attributes_type(std::string name, std::string doc, std::vector<std::string> forms,
                               std::string expected) {
  auto definition = std::make_shared<Definition>();
  definition->name = std::move(name);
  definition->doc = std::move(doc);
  definition->forms = std::move(forms);
  definition->schema = boost::json::object{{"type", "object"}};
  const TypeText text = refer_to(definition, std::move(expected));
  return {text,
          [text](ReadContext& context, const Node& node, ItemNode& out) {
            if (node.kind != NodeKind::kMap || node.members.empty()) {
              return mismatch(context, node, text);
            }
            out.node = &node;
            return true;
          },
          [](const PrintContext&, const ItemNode& value) -> std::optional<Node> {
            return attributes_node(value.item);
          }};
}

}  // namespace

Type<ItemNode> item_node() {
  return attributes_type(
      "item",
      "Attributes and their values. A word or a quoted text is S, a number N, `true` and `false` "
      "BOOL, "
      "`null` NULL, a list L, a map M. A map with the single key `S`, `N`, `B`, `BOOL`, `NULL`, "
      "`SS`, "
      "`NS`, `BS`, `L` or `M` is a typed value as in DynamoDB JSON; `{M: {S: x}}` is thus how a "
      "map "
      "whose only key is called S is written. A key attribute written as a plain number gets the "
      "type of the table's key.",
      {"{PK: a, n: 1, tags: {SS: [x, y]}, big: {N: \"1E+38\"}, blob: {B: aGVsbG8=}}"},
      "an item such as {PK: a, n: 1}");
}

Type<ItemNode> key_node() {
  return attributes_type("key",
                         "The key attributes of an [item](#item), all of them and no others.",
                         {"{PK: a}", "{PK: a, SK: 7}"}, "a key such as {PK: a}");
}

}  // namespace gtsim::language
