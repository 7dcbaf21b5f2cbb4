// The "if" of a write in a trace.
#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>

#include "coordinator/workload/replay_json.h"
#include "coordinator/workload/replay_write.h"

namespace gtsim::replay {
namespace {

namespace json = boost::json;

struct Field {
  std::string_view name;
  Comparison comparison;
};
// In the order in which the terms are put down.
constexpr std::array<Field, 8> kFields{{{"exists", Comparison::kExists},
                                        {"not_exists", Comparison::kNotExists},
                                        {"equals", Comparison::kEqual},
                                        {"not_equals", Comparison::kNotEqual},
                                        {"less", Comparison::kLess},
                                        {"less_or_equal", Comparison::kLessOrEqual},
                                        {"greater", Comparison::kGreater},
                                        {"greater_or_equal", Comparison::kGreaterOrEqual}}};

bool has_order(AttributeType type) {
  return type == AttributeType::kS || type == AttributeType::kN || type == AttributeType::kB;
}

Result<void> read_operands(const json::value& from, const JsonPath& path, Comparison comparison,
                           Condition& out) {
  auto values = read_attributes(from, path);
  if (!values) return values.error();
  const bool needs_order = comparison != Comparison::kEqual && comparison != Comparison::kNotEqual;
  for (auto& [name, value] : *values) {
    if (needs_order && !has_order(value.type())) {
      return fault_at(path.member(name), fmt::format("expected S, N or B, which have an order, "
                                                     "found {}",
                                                     type_name(value.type())));
    }
    out.push_back({comparison, name, std::move(value)});
  }
  return {};
}

}  // namespace

Result<Condition> read_condition(const json::value& from, const JsonPath& path) {
  const json::object* object = from.if_object();
  if (object == nullptr) {
    return wrong_kind(path, "an object such as {\"exists\": \"name\"}", from);
  }
  if (auto checked = check_members(*object, path,
                                   {"exists", "not_exists", "equals", "not_equals", "less",
                                    "less_or_equal", "greater", "greater_or_equal"});
      !checked) {
    return checked.error();
  }
  Condition condition;
  for (const Field& field : kFields) {
    const json::value* value = object->if_contains({field.name.data(), field.name.size()});
    if (value == nullptr) continue;
    const JsonPath at = path.member(field.name);
    if (field.comparison == Comparison::kExists || field.comparison == Comparison::kNotExists) {
      auto names = read_names(*value, at);
      if (!names) return names.error();
      for (std::string& name : *names) condition.push_back({field.comparison, std::move(name), {}});
    } else if (auto read = read_operands(*value, at, field.comparison, condition); !read) {
      return read.error();
    }
  }
  if (condition.empty()) return fault_at(path, "expected at least one test, found none");
  return condition;
}

}  // namespace gtsim::replay
