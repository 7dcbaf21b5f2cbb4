// One write of a trace: put, update, delete or check, with its condition. docs/trace-format.md.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"
#include "region-node/item/json_path.h"

namespace gtsim::replay {

// The table that `object` names, else `default_table`.
[[nodiscard]] Result<TableId> find_table(const boost::json::object& object, const JsonPath& path,
                                         const Scenario& scenario,
                                         const std::optional<TableId>& default_table);

// The write whose members are in `object`, beside others that the caller has looked at. REQUIRES:
// exactly one of put, update, delete and check is there.
[[nodiscard]] Result<SingleWrite> read_write(const boost::json::object& object,
                                             const JsonPath& path, TableId table,
                                             const KeySchema& schema);

// The value of "if".
[[nodiscard]] Result<Condition> read_condition(const boost::json::value& from,
                                               const JsonPath& path);

// Items and keys that are checked against the schema and the limits of the service.
[[nodiscard]] Result<Item> read_item(const boost::json::value& from, const JsonPath& path,
                                     const KeySchema& schema);
[[nodiscard]] Result<Item> read_key(const boost::json::value& from, const JsonPath& path,
                                    const KeySchema& schema);
// Attributes by name, none of them nameless.
[[nodiscard]] Result<Item> read_attributes(const boost::json::value& from, const JsonPath& path);

// One name or a list of different names; none of them is empty.
[[nodiscard]] Result<std::vector<std::string>> read_names(const boost::json::value& from,
                                                          const JsonPath& path);

}  // namespace gtsim::replay
