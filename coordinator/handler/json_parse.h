// JSON that came from outside: a function's answer, a line of a stream file.
#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>

namespace gtsim {

// The library's own limit of 32 is below what an item may have: 32 levels of lists and maps, each
// of which is two of JSON.
inline constexpr std::size_t kJsonDepthMax = 500;

[[nodiscard]] inline boost::json::value parse_json(std::string_view text,
                                                   boost::json::error_code& fault) {
  boost::json::parse_options options;
  options.max_depth = kJsonDepthMax;
  return boost::json::parse(text, fault, {}, options);
}

}  // namespace gtsim
