// JSON of a replay file: parsing with a bound on nesting, and places. Boost.JSON's values do not
// know where in the text they stood; when something is wrong, the text is walked again to find out.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/workload/replay_text.h"
#include "region-node/base/result.h"
#include "region-node/item/json_path.h"

namespace gtsim::replay {

// An item may nest 32 levels and each takes two of JSON ({"M": {"name": ...}}); what stands around
// it takes some more.
inline constexpr std::size_t kMaxJsonDepth = 80;

[[nodiscard]] std::variant<boost::json::value, Fault> parse_json(const Piece& piece);

// --- Errors. A message starts with the path of the member that is meant: "put.tags.SS[1]: ...".

[[nodiscard]] Error fault_at(const JsonPath& path, std::string_view message);
// "an array", "a string", ...
[[nodiscard]] const char* describe(const boost::json::value& value);
// "expected a string, found an array"
[[nodiscard]] Error wrong_kind(const JsonPath& path, std::string_view expected,
                               const boost::json::value& found);
// An error for the first member that is not among `names`.
[[nodiscard]] Result<void> check_members(const boost::json::object& object, const JsonPath& path,
                                         std::initializer_list<std::string_view> names);
[[nodiscard]] std::string_view view(const boost::json::string& text);

// --- Places. REQUIRES: `text` has been parsed without a fault.

// Offset of the member or element that a message starts with, or of the innermost one around it
// that exists. A member stands where its name does.
[[nodiscard]] std::size_t find_place(std::string_view text, std::string_view message);

// The first member whose name occurs twice in its object, of which Boost.JSON shows the last only;
// its path, or nothing.
[[nodiscard]] std::string find_duplicate(std::string_view text);

// Offsets of the elements of `text` itself when it is an array, else of its array `member`.
[[nodiscard]] std::vector<std::size_t> element_offsets(std::string_view text,
                                                       std::string_view member);

// Messages quote the file: control characters are made visible and what is long is cut.
[[nodiscard]] std::string printable(std::string_view message);

}  // namespace gtsim::replay
