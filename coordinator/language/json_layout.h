// JSON laid out for people: two spaces a level, short values on one line.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace gtsim::language {

[[nodiscard]] std::string lay_out_json(const boost::json::value& value);

}  // namespace gtsim::language
