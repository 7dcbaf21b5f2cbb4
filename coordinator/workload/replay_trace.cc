#include "coordinator/workload/replay_trace.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cmath>

#include "coordinator/language/nearest_name.h"
#include "coordinator/language/text_forms.h"
#include "coordinator/workload/replay_json.h"
#include "coordinator/workload/replay_write.h"
#include "region-node/item/canonical.h"

namespace gtsim::replay {
namespace {

namespace json = boost::json;

// Source: API reference, TransactWriteItems.
constexpr std::size_t kMaxTransactionParts = 100;

constexpr std::string_view kTimeForms = "a time such as \"1.5s\" or a number of seconds";

Result<Duration> read_time(const json::object& line, const JsonPath& root) {
  const json::value* at = line.if_contains("at");
  if (at == nullptr) {
    return fault_at(root, fmt::format("the field `at` is missing; expected {}", kTimeForms));
  }
  const JsonPath path = root.member("at");
  if (const json::string* text = at->if_string()) {
    auto duration = language::parse_duration(view(*text));
    if (duration) return *duration;
    return fault_at(path, fmt::format("expected {}, found \"{}\": {}", kTimeForms, view(*text),
                                      duration.error().detail));
  }
  if (!at->is_number()) return wrong_kind(path, kTimeForms, *at);
  const double seconds = at->to_number<double>();
  constexpr double kMost = static_cast<double>(language::kLongestDuration.count()) / 1e6;
  if (!(seconds >= 0 && seconds <= kMost)) {
    return fault_at(path, fmt::format("expected 0 to {} seconds, found {}", kMost, seconds));
  }
  return Duration{std::llround(seconds * 1e6)};
}

Result<RegionId> find_region(const json::object& line, const JsonPath& root, const ReplaySpec& spec,
                             const Scenario& scenario) {
  const json::value* named = line.if_contains("region");
  if (named == nullptr) {
    if (spec.region) return *spec.region;
    return fault_at(root, "the field `region` is missing, and the scenario's replay names none");
  }
  const JsonPath path = root.member("region");
  const json::string* name = named->if_string();
  if (name == nullptr) return wrong_kind(path, "the name of a region", *named);
  std::vector<std::string_view> known;
  for (std::size_t i = 0; i < scenario.regions.size(); ++i) {
    if (scenario.regions[i].name == view(*name)) return RegionId{static_cast<std::uint16_t>(i)};
    known.push_back(scenario.regions[i].name);
  }
  return fault_at(
      path, fmt::format("unknown region \"{}\"{}; the scenario has {}", view(*name),
                        language::did_you_mean(view(*name), known), language::join_names(known)));
}

// Exactly one of `names` is a member.
Result<void> check_one_of(const json::object& object, const JsonPath& path,
                          std::initializer_list<std::string_view> names) {
  std::vector<std::string_view> found;
  for (const std::string_view name : names) {
    if (object.contains({name.data(), name.size()})) found.push_back(name);
  }
  if (found.size() == 1) return {};
  return fault_at(path,
                  fmt::format("expected exactly one of {}, found {}", language::join_names(names),
                              found.empty() ? "none" : language::join_names(found)));
}

const Item& touched_item(const SingleWrite& write) {
  struct Touched {
    const Item& operator()(const PutWrite& put) const { return put.item; }
    const Item& operator()(const UpdateWrite& update) const { return update.key; }
    const Item& operator()(const DeleteWrite& remove) const { return remove.key; }
    const Item& operator()(const CheckWrite& check) const { return check.key; }
  };
  return std::visit(Touched{}, write.action);
}

Result<std::vector<SingleWrite>> read_transaction(const json::value& from, const JsonPath& path,
                                                  const Scenario& scenario,
                                                  const std::optional<TableId>& default_table) {
  const json::array* parts = from.if_array();
  if (parts == nullptr) return wrong_kind(path, "an array of writes", from);
  if (parts->empty() || parts->size() > kMaxTransactionParts) {
    return fault_at(path, fmt::format("expected 1 to {} writes, found {}", kMaxTransactionParts,
                                      parts->size()));
  }
  std::vector<SingleWrite> writes;
  std::set<std::pair<TableId, std::string>> items;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    const JsonPath at = path.element(i);
    const json::object* part = (*parts)[i].if_object();
    if (part == nullptr) return wrong_kind(at, "an object", (*parts)[i]);
    auto checked = check_members(*part, at, {"table", "put", "update", "delete", "check", "if"});
    if (checked) checked = check_one_of(*part, at, {"put", "update", "delete", "check"});
    if (!checked) return checked.error();
    if (part->contains("check") && !part->contains("if")) {
      return fault_at(at, "a check needs an `if`");
    }
    auto table = find_table(*part, at, scenario, default_table);
    if (!table) return table.error();
    const KeySchema& schema = scenario.tables[table->index()].key;
    auto write = read_write(*part, at, *table, schema);
    if (!write) return write.error();
    auto key = extract_key(schema, touched_item(*write));
    if (!key) return fault_at(at, key.error().detail);
    if (!items.emplace(*table, encode_item(*key)).second) {
      return fault_at(at, "Transaction request cannot include multiple operations on one item");
    }
    writes.push_back(std::move(*write));
  }
  return writes;
}

}  // namespace

Result<ReplayWrite> read_trace_line(const json::value& from, const ReplaySpec& spec,
                                    const Scenario& scenario) {
  const JsonPath root("");
  const json::object* line = from.if_object();
  if (line == nullptr) return wrong_kind(root, "an object with one write", from);
  auto checked = check_members(
      *line, root, {"at", "region", "table", "put", "update", "delete", "transact", "if"});
  if (checked) checked = check_one_of(*line, root, {"put", "update", "delete", "transact"});
  if (!checked) return checked.error();

  ReplayWrite replay;
  auto at = read_time(*line, root);
  if (!at) return at.error();
  replay.at = *at;
  auto region = find_region(*line, root, spec, scenario);
  if (!region) return region.error();
  replay.region = *region;

  const std::optional<TableId> only_table =
      scenario.tables.size() == 1 ? std::optional(TableId{0}) : std::nullopt;
  const std::optional<TableId> default_table = spec.table ? spec.table : only_table;
  if (const json::value* parts = line->if_contains("transact")) {
    if (line->contains("if")) {
      return fault_at(root.member("if"), "a transaction has its `if` in each of its writes");
    }
    std::optional<TableId> table = default_table;
    if (line->contains("table")) {
      auto named = find_table(*line, root, scenario, default_table);
      if (!named) return named.error();
      table = *named;
    }
    auto writes = read_transaction(*parts, root.member("transact"), scenario, table);
    if (!writes) return writes.error();
    replay.writes = std::move(*writes);
    replay.transaction = true;
    return replay;
  }
  auto table = find_table(*line, root, scenario, default_table);
  if (!table) return table.error();
  auto write = read_write(*line, root, *table, scenario.tables[table->index()].key);
  if (!write) return write.error();
  replay.writes.push_back(std::move(*write));
  return replay;
}

}  // namespace gtsim::replay
