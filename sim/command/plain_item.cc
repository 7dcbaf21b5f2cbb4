#include "sim/command/plain_item.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "region-node/item/dynamodb_json.h"

namespace gtsim {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 10> kTypes = {"S",  "N",  "B",  "BOOL", "NULL",
                                                     "SS", "NS", "BS", "L",    "M"};
constexpr int kDeepest = 32;

bool is_typed(const json::value& value) {
  const auto* object = value.if_object();
  return object != nullptr && object->size() == 1 &&
         std::find(kTypes.begin(), kTypes.end(), std::string_view{object->begin()->key()}) !=
             kTypes.end();
}

Result<Number> number_of(const json::value& value) {
  if (const auto* whole = value.if_int64()) return Number::parse(std::to_string(*whole));
  if (const auto* whole = value.if_uint64()) return Number::parse(std::to_string(*whole));
  return Number::parse(fmt::format("{}", value.get_double()));
}

Result<AttributeValue> plain(const json::value& value, const std::string& path, int depth) {
  if (depth > kDeepest) {
    return Error{Errc::kInput, fmt::format("{}: nested more than {} deep", path, kDeepest)};
  }
  switch (value.kind()) {
    case json::kind::string:
      return AttributeValue::string(std::string{value.get_string()});
    case json::kind::bool_:
      return AttributeValue::boolean(value.get_bool());
    case json::kind::null:
      return AttributeValue::of(Null{});
    case json::kind::array: {
      List list;
      for (std::size_t i = 0; i < value.get_array().size(); ++i) {
        auto member = plain(value.get_array()[i], fmt::format("{}[{}]", path, i), depth + 1);
        if (!member) return member.error();
        list.push_back(std::move(*member));
      }
      return AttributeValue::of(std::move(list));
    }
    case json::kind::object: {
      Map map;
      for (const auto& [name, content] : value.get_object()) {
        const std::string key{name};
        auto member = plain(content, path + "." + key, depth + 1);
        if (!member) return member.error();
        map.emplace(key, std::move(*member));
      }
      return AttributeValue::of(std::move(map));
    }
    default: {
      auto number = number_of(value);
      if (!number) return Error{Errc::kInput, fmt::format("{}: {}", path, number.error().detail)};
      return AttributeValue::number(*number);
    }
  }
}

void append_plain(std::string& out, const AttributeValue& value) {
  if (const auto* text = value.get_if<std::string>()) {
    append_json_string(out, *text);
  } else if (const auto* number = value.get_if<Number>()) {
    out += number->to_string();
  } else if (const auto* flag = value.get_if<bool>()) {
    out += *flag ? "true" : "false";
  } else if (value.get_if<Null>() != nullptr) {
    out += "null";
  } else if (const auto* list = value.get_if<List>()) {
    out += '[';
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (i > 0) out += ", ";
      append_plain(out, (*list)[i]);
    }
    out += ']';
  } else if (const auto* map = value.get_if<Map>()) {
    out += item_to_plain_json(*map);
  } else {
    const std::string typed = item_to_json(Item{{"v", value}});  // {"v":{...}}
    out += typed.substr(5, typed.size() - 6);
  }
}

}  // namespace

Result<Item> item_from_plain_json(std::string_view text, std::string_view what) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = kDeepest + 4;
  const json::value value = json::parse(text, error, {}, options);
  if (error) {
    return Error{Errc::kInput, fmt::format("the {} is no JSON ({}): {}; expected for example "
                                           "{{\"PK\": \"a\"}}",
                                           what, error.message(), text)};
  }
  const auto* object = value.if_object();
  if (object == nullptr || object->empty()) {
    return Error{Errc::kInput, fmt::format("the {} is {}; expected an object such as "
                                           "{{\"PK\": \"a\"}}",
                                           what, text)};
  }
  const bool typed = std::all_of(object->begin(), object->end(),
                                 [](const auto& member) { return is_typed(member.value()); });
  if (typed) return item_from_json(value, what);
  auto map = plain(value, std::string{what}, 0);
  if (!map) return map.error();
  return std::get<Map>(std::move(map->variant()));
}

std::string item_to_plain_json(const Item& item) {
  std::string out = "{";
  for (const auto& [name, value] : item) {
    if (out.size() > 1) out += ", ";
    append_json_string(out, name);
    out += ": ";
    append_plain(out, value);
  }
  return out + "}";
}

}  // namespace gtsim
