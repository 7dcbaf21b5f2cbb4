// JSON text to items: the syntax part, with places for people.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "region-node/item/dynamodb_json.h"
#include "region-node/item/item_size.h"

namespace gtsim {
namespace {

namespace json = boost::json;

// Each level of an item takes two of JSON ({"M": {"name": ...}}). Somewhat more is let through, so
// that an item with a few levels too many is refused in the service's words.
constexpr std::size_t kMaxJsonDepth = 4 * kMaxNestingLevels;

Error syntax_error(std::string_view text, std::size_t offset, std::string_view path,
                   const json::error_code& code) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t line_start = before.rfind('\n') + 1;  // 0 when there is no line end
  return Error{Errc::kInput, fmt::format("{}: line {}, column {}: {}", path, line,
                                         before.size() - line_start + 1, code.message())};
}

}  // namespace

Result<Item> item_from_json_text(std::string_view text, std::string_view path) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::parser parser({}, options);
  json::error_code code;
  const std::size_t consumed = parser.write(text.data(), text.size(), code);
  if (code) return syntax_error(text, consumed, path, code);
  return item_from_json(parser.release(), path);
}

}  // namespace gtsim
