// DynamoDB JSON to items. A member named twice in one JSON object counts once, with its last value:
// Boost.JSON does not show the first one.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <optional>

#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"
#include "region-node/item/json_path.h"
#include "region-node/item/utf8.h"

namespace gtsim {
namespace {

namespace json = boost::json;

constexpr std::string_view kInvalidValue = "One or more parameter values were invalid: ";

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

const char* describe(json::kind kind) {
  switch (kind) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
  }
  return "something else";
}

std::optional<AttributeType> type_from_name(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(AttributeType::kM); ++i) {
    const auto type = static_cast<AttributeType>(i);
    if (name == type_name(type)) return type;
  }
  return std::nullopt;
}

// Converts one document; the first fault is kept and everything after it returns false.
class Reader {
 public:
  [[nodiscard]] const Error& error() const { return error_; }

  // `level` is that of the map; an item is level 0.
  bool members(const json::value& from, const JsonPath& at, int level, Map& out) {
    const json::object* object = from.if_object();
    if (object == nullptr) return wrong_kind(at, "a JSON object", from);
    for (const json::key_value_pair& member : *object) {
      const std::string_view name{member.key().data(), member.key().size()};
      if (!is_valid_utf8(name)) return fail(at, "an attribute name is not UTF-8");
      const auto added = out.emplace(name, AttributeValue{}).first;
      if (!value(member.value(), at.member(name), level + 1, added->second)) return false;
    }
    return true;
  }

  bool value(const json::value& from, const JsonPath& at, int level, AttributeValue& out) {
    if (level > kMaxNestingLevels) return fail(at, nesting_error().detail);
    const json::object* object = from.if_object();
    if (object == nullptr) {
      return wrong_kind(at, "a JSON object that names a type, such as {\"S\": \"text\"}", from);
    }
    if (object->size() > 1) {
      return fail(at,
                  "Supplied AttributeValue has more than one datatypes set, must contain exactly "
                  "one of the supported datatypes");
    }
    const std::string name = object->empty() ? std::string{} : std::string{object->begin()->key()};
    const std::optional<AttributeType> type = type_from_name(name);
    if (!type) {
      return fail(at, fmt::format("Supplied AttributeValue is empty, must contain exactly one of "
                                  "the supported datatypes{}",
                                  object->empty() ? std::string{}
                                                  : fmt::format("; \"{}\" is not one", name)));
    }
    return typed(*type, object->begin()->value(), at.member(name), level, out.variant());
  }

 private:
  bool fail(const JsonPath& at, std::string_view detail, Errc code = Errc::kValidation) {
    error_ = Error{code, fmt::format("{}: {}", at.to_string(), detail)};
    return false;
  }

  bool wrong_kind(const JsonPath& at, std::string_view expected, const json::value& found) {
    return fail(at, fmt::format("expected {}, found {}", expected, describe(found.kind())));
  }

  bool typed(AttributeType type, const json::value& from, const JsonPath& at, int level,
             AttributeValue::Variant& out) {
    switch (type) {
      case AttributeType::kS:
        return scalar(from, at, out.emplace<std::string>());
      case AttributeType::kN:
        return scalar(from, at, out.emplace<Number>());
      case AttributeType::kB:
        return scalar(from, at, out.emplace<Binary>());
      case AttributeType::kBool:
        return boolean(from, at, out.emplace<bool>());
      case AttributeType::kNull:
        return null(from, at, out);
      case AttributeType::kSS:
        return set(from, at, out.emplace<StringSet>());
      case AttributeType::kNS:
        return set(from, at, out.emplace<NumberSet>());
      case AttributeType::kBS:
        return set(from, at, out.emplace<BinarySet>());
      case AttributeType::kL:
        return list(from, at, level, out.emplace<List>());
      case AttributeType::kM:
        return members(from, at, level, out.emplace<Map>());
    }
    return fail(at, "unknown type");
  }

  bool scalar(const json::value& from, const JsonPath& at, std::string& out) {
    const json::string* text = from.if_string();
    if (text == nullptr) return wrong_kind(at, "a JSON string", from);
    out = view(*text);
    return is_valid_utf8(out) || fail(at, "the string is not UTF-8");
  }

  bool scalar(const json::value& from, const JsonPath& at, Number& out) {
    const json::string* text = from.if_string();
    if (text == nullptr) return wrong_kind(at, "a JSON string that holds a number", from);
    if (!is_valid_utf8(view(*text))) return fail(at, "the string is not UTF-8");
    const Result<Number> number = Number::parse(view(*text));
    if (!number) return fail(at, number.error().detail, number.error().code);
    out = *number;
    return true;
  }

  bool scalar(const json::value& from, const JsonPath& at, Binary& out) {
    const json::string* text = from.if_string();
    if (text == nullptr) return wrong_kind(at, "a JSON string that holds base64", from);
    return base64_decode(view(*text), out.bytes) || fail(at, "the string is not base64");
  }

  bool boolean(const json::value& from, const JsonPath& at, bool& out) {
    const bool* flag = from.if_bool();
    if (flag == nullptr) return wrong_kind(at, "a JSON boolean", from);
    out = *flag;
    return true;
  }

  bool null(const json::value& from, const JsonPath& at, AttributeValue::Variant& out) {
    const bool* flag = from.if_bool();
    if (flag == nullptr) return wrong_kind(at, "the JSON boolean true", from);
    if (!*flag) {
      return fail(at, fmt::format("{}Null attribute value types must have the value of true",
                                  kInvalidValue));
    }
    out = Null{};
    return true;
  }

  template <class Member>
  bool set(const json::value& from, const JsonPath& at, std::set<Member>& out) {
    const json::array* array = from.if_array();
    if (array == nullptr) return wrong_kind(at, "a JSON array", from);
    if (array->empty()) return fail(at, empty_set<Member>());
    for (std::size_t i = 0; i < array->size(); ++i) {
      Member member;
      if (!scalar((*array)[i], at.element(i), member)) return false;
      if (!out.insert(std::move(member)).second) return fail(at, duplicates<Member>(*array));
    }
    return true;
  }

  // The service's own wording, blanks and articles included.
  template <class Member>
  static std::string empty_set() {
    std::string detail{kInvalidValue};
    if constexpr (std::is_same_v<Member, Binary>)
      return detail += "Binary sets should not be empty";
    if constexpr (std::is_same_v<Member, Number>)
      return detail += "An number set  may not be empty";
    return detail += "An string set  may not be empty";
  }

  template <class Member>
  static std::string duplicates(const json::array& array) {
    if constexpr (std::is_same_v<Member, Number>) return "Input collection contains duplicates";
    std::string members;
    for (const json::value& member : array) {
      const json::string* text = member.if_string();
      if (text == nullptr || !is_valid_utf8(view(*text))) continue;
      if (!members.empty()) members += ", ";
      members += view(*text);
    }
    return fmt::format("{}Input collection [{}] contains duplicates.", kInvalidValue, members);
  }

  bool list(const json::value& from, const JsonPath& at, int level, List& out) {
    const json::array* array = from.if_array();
    if (array == nullptr) return wrong_kind(at, "a JSON array", from);
    out.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (!value((*array)[i], at.element(i), level + 1, out.emplace_back())) return false;
    }
    return true;
  }

  Error error_;
};

}  // namespace

Result<Item> item_from_json(const json::value& json, std::string_view path) {
  Reader reader;
  Item item;
  if (!reader.members(json, JsonPath(path), 0, item)) return reader.error();
  return item;
}

Result<AttributeValue> value_from_json(const json::value& json, std::string_view path) {
  Reader reader;
  AttributeValue value;
  if (!reader.value(json, JsonPath(path), 1, value)) return reader.error();
  return value;
}

}  // namespace gtsim
