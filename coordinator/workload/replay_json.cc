#include "coordinator/workload/replay_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "coordinator/language/nearest_name.h"

namespace gtsim::replay {

namespace json = boost::json;

namespace {

// The whole character that the byte at `offset` belongs to. REQUIRES: `text` is UTF-8.
std::string_view character_at(std::string_view text, std::size_t offset) {
  const auto continues = [&](std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  std::size_t first = offset;
  while (first > 0 && continues(first)) --first;
  std::size_t end = first + 1;
  while (continues(end)) ++end;
  return text.substr(first, end - first);
}

}  // namespace

std::variant<json::value, Fault> parse_json(const Piece& piece) {
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::parser parser({}, options);
  json::error_code code;
  const std::size_t consumed = parser.write(piece.text.data(), piece.text.size(), code);
  if (!code) return parser.release();
  const SourcePosition position = position_in(piece, consumed);
  if (code == json::error::too_deep) {
    return Fault{position, fmt::format("nested deeper than {} levels", kMaxJsonDepth)};
  }
  if (code == json::error::incomplete || consumed >= piece.text.size()) {
    return Fault{position, "not JSON: the text ends too early"};
  }
  const std::string found = fmt::format("`{}`", character_at(piece.text, consumed));
  return Fault{position, fmt::format("not JSON: {} at {}", code.message(), printable(found))};
}

Error fault_at(const JsonPath& path, std::string_view message) {
  std::string detail = path.to_string();
  if (!detail.empty()) detail += ": ";
  detail += message;
  return {Errc::kInput, std::move(detail)};
}

const char* describe(const json::value& value) {
  switch (value.kind()) {
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

Error wrong_kind(const JsonPath& path, std::string_view expected, const json::value& found) {
  return fault_at(path, fmt::format("expected {}, found {}", expected, describe(found)));
}

Result<void> check_members(const json::object& object, const JsonPath& path,
                           std::initializer_list<std::string_view> names) {
  for (const json::key_value_pair& member : object) {
    const std::string_view name{member.key().data(), member.key().size()};
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const std::vector<std::string_view> known(names);
    return fault_at(path.member(name),
                    fmt::format("unknown field; expected one of {}{}", language::join_names(known),
                                language::did_you_mean(name, known)));
  }
  return {};
}

std::string_view view(const json::string& text) {
  return {text.data(), text.size()};
}

std::string printable(std::string_view message) {
  constexpr std::size_t kLongest = 500;
  std::string out;
  for (const char c : message) {
    const auto byte = static_cast<unsigned char>(c);
    const bool continues = (byte & 0xC0) == 0x80;
    if (out.size() >= kLongest && !continues) return out + "...";
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace gtsim::replay
