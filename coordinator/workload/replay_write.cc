#include "coordinator/workload/replay_write.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "coordinator/language/nearest_name.h"
#include "coordinator/workload/replay_json.h"
#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"

namespace gtsim::replay {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestAttributeName = 65'535;

Result<void> check_name(std::string_view name, const JsonPath& path) {
  if (!name.empty() && name.size() <= kLongestAttributeName) return {};
  return fault_at(path, fmt::format("an attribute's name has 1 to {} bytes, found {}",
                                    kLongestAttributeName, name.size()));
}

// The service's words.
Result<void> refuse_key_attribute(const KeySchema& schema, std::string_view name,
                                  const JsonPath& path) {
  if (!schema.is_key_attribute(name)) return {};
  return fault_at(path, fmt::format("One or more parameter values were invalid: Cannot update "
                                    "attribute {}. This attribute is part of the key",
                                    name));
}

// Each attribute may be changed in one way only, and key attributes not at all.
class Touched {
 public:
  explicit Touched(const KeySchema& schema) : schema_(schema) {}

  Result<void> add(std::string_view name, const JsonPath& path) {
    if (auto refused = refuse_key_attribute(schema_, name, path); !refused) return refused;
    if (names_.emplace(name).second) return {};
    return fault_at(path, "this update changes the attribute twice");
  }

 private:
  const KeySchema& schema_;
  std::set<std::string, std::less<>> names_;
};

Result<void> read_set(const json::value& from, const JsonPath& path, Touched& touched,
                      Update& update) {
  auto values = read_attributes(from, path);
  if (!values) return values.error();
  for (const auto& [name, value] : *values) {
    if (auto added = touched.add(name, path.member(name)); !added) return added;
  }
  if (auto limits = check_item_limits(*values, SizeCheck::kUpdate); !limits) {
    return fault_at(path, limits.error().detail);
  }
  update.set = std::move(*values);
  return {};
}

Result<void> read_add(const json::value& from, const JsonPath& path, Touched& touched,
                      Update& update) {
  auto values = read_attributes(from, path);
  if (!values) return values.error();
  for (const auto& [name, value] : *values) {
    if (auto added = touched.add(name, path.member(name)); !added) return added;
    const Number* number = value.get_if<Number>();
    if (number == nullptr) {
      return fault_at(path.member(name),
                      fmt::format("expected a number to add, {{\"N\": \"1\"}}, found {}",
                                  type_name(value.type())));
    }
    update.add.emplace(name, *number);
  }
  return {};
}

Result<void> read_remove(const json::value& from, const JsonPath& path, Touched& touched,
                         Update& update) {
  auto names = read_names(from, path);
  if (!names) return names.error();
  for (std::string& name : *names) {
    if (auto added = touched.add(name, path); !added) return added;
    update.remove.insert(std::move(name));
  }
  return {};
}

Result<UpdateWrite> read_update(const json::value& from, const JsonPath& path,
                                const KeySchema& schema) {
  const json::object* object = from.if_object();
  if (object == nullptr) return wrong_kind(path, "an object with `key` and what to change", from);
  if (auto checked = check_members(*object, path, {"key", "set", "add", "remove"}); !checked) {
    return checked.error();
  }
  const json::value* key = object->if_contains("key");
  if (key == nullptr) return fault_at(path, "the field `key` is missing");
  if (object->size() < 2) return fault_at(path, "expected at least one of set, add and remove");

  UpdateWrite write;
  auto key_item = read_key(*key, path.member("key"), schema);
  if (!key_item) return key_item.error();
  write.key = std::move(*key_item);

  Touched touched(schema);
  struct Part {
    std::string_view name;
    Result<void> (*read)(const json::value&, const JsonPath&, Touched&, Update&);
  };
  for (const Part& part :
       {Part{"set", read_set}, Part{"add", read_add}, Part{"remove", read_remove}}) {
    const json::value* value = object->if_contains({part.name.data(), part.name.size()});
    if (value == nullptr) continue;
    auto read = part.read(*value, path.member(part.name), touched, write.update);
    if (!read) return read.error();
  }
  return write;
}

Result<SingleWrite> read_action(const json::object& object, const JsonPath& path,
                                const KeySchema& schema) {
  SingleWrite write;
  if (const json::value* put = object.if_contains("put")) {
    auto item = read_item(*put, path.member("put"), schema);
    if (!item) return item.error();
    write.action = PutWrite{std::move(*item)};
  } else if (const json::value* update = object.if_contains("update")) {
    auto read = read_update(*update, path.member("update"), schema);
    if (!read) return read.error();
    write.action = std::move(*read);
  } else if (const json::value* remove = object.if_contains("delete")) {
    auto key = read_key(*remove, path.member("delete"), schema);
    if (!key) return key.error();
    write.action = DeleteWrite{std::move(*key)};
  } else {
    auto key = read_key(object.at("check"), path.member("check"), schema);
    if (!key) return key.error();
    write.action = CheckWrite{std::move(*key)};
  }
  return write;
}

}  // namespace

Result<std::vector<std::string>> read_names(const json::value& from, const JsonPath& path) {
  std::vector<std::string> names;
  const auto take = [&](const json::value& value, const JsonPath& at) -> Result<void> {
    const json::string* name = value.if_string();
    if (name == nullptr) return wrong_kind(at, "the name of an attribute", value);
    if (auto checked = check_name(view(*name), at); !checked) return checked;
    if (std::find(names.begin(), names.end(), view(*name)) != names.end()) {
      return fault_at(at, "the attribute is named twice");
    }
    names.emplace_back(view(*name));
    return {};
  };
  if (const json::array* list = from.if_array()) {
    if (list->empty()) return fault_at(path, "expected the name of an attribute, found no name");
    for (std::size_t i = 0; i < list->size(); ++i) {
      if (auto taken = take((*list)[i], path.element(i)); !taken) return taken.error();
    }
    return names;
  }
  if (!from.is_string())
    return wrong_kind(path, "the name of an attribute or a list of names", from);
  if (auto taken = take(from, path); !taken) return taken.error();
  return names;
}

Result<Item> read_attributes(const json::value& from, const JsonPath& path) {
  auto item = item_from_json(from, path.to_string());
  if (!item) return item;
  if (item->empty()) return fault_at(path, "expected at least one attribute, found none");
  for (const auto& [name, value] : *item) {
    if (auto checked = check_name(name, path.member(name)); !checked) return checked.error();
  }
  return item;
}

Result<Item> read_item(const json::value& from, const JsonPath& path, const KeySchema& schema) {
  auto item = read_attributes(from, path);
  if (!item) return item;
  if (auto key = extract_key(schema, *item); !key) return fault_at(path, key.error().detail);
  if (auto limits = check_item_limits(*item, SizeCheck::kPut); !limits) {
    return fault_at(path, limits.error().detail);
  }
  return item;
}

Result<Item> read_key(const json::value& from, const JsonPath& path, const KeySchema& schema) {
  auto item = read_attributes(from, path);
  if (!item) return item;
  for (const auto& [name, value] : *item) {
    if (schema.is_key_attribute(name)) continue;
    return fault_at(path.member(name),
                    "The provided key element does not match the schema: this attribute is not "
                    "part of the key");
  }
  auto key = check_key(schema, *item);
  if (!key) return fault_at(path, key.error().detail);
  return key;
}

Result<TableId> find_table(const json::object& object, const JsonPath& path,
                           const Scenario& scenario, const std::optional<TableId>& default_table) {
  const json::value* named = object.if_contains("table");
  if (named == nullptr) {
    if (default_table) return *default_table;
    return fault_at(path, "the field `table` is missing; the scenario has several tables");
  }
  const json::string* name = named->if_string();
  if (name == nullptr) return wrong_kind(path.member("table"), "the name of a table", *named);
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < scenario.tables.size(); ++i) {
    if (scenario.tables[i].name == view(*name)) return TableId{static_cast<std::uint16_t>(i)};
    known.push_back(scenario.tables[i].name);
  }
  return fault_at(
      path.member("table"),
      fmt::format("unknown table \"{}\"{}; the scenario has {}", view(*name),
                  language::did_you_mean(view(*name), known), language::join_names(known)));
}

Result<SingleWrite> read_write(const json::object& object, const JsonPath& path, TableId table,
                               const KeySchema& schema) {
  auto write = read_action(object, path, schema);
  if (!write) return write;
  write->table = table;
  if (const json::value* condition = object.if_contains("if")) {
    auto read = read_condition(*condition, path.member("if"));
    if (!read) return read.error();
    write->condition = std::move(*read);
  }
  return write;
}

}  // namespace gtsim::replay
