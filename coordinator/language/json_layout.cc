#include "coordinator/language/json_layout.h"

#include <boost/json.hpp>

namespace gtsim::language {
namespace {

constexpr std::size_t kLongestLine = 100;

void append(std::string& out, const boost::json::value& value, std::size_t indent) {
  const std::string flat = boost::json::serialize(value);
  const bool container = value.is_object() || value.is_array();
  if (!container || flat.size() + indent <= kLongestLine) {
    out += flat;
    return;
  }
  const std::string inner(indent + 2, ' ');
  const bool object = value.is_object();
  out += object ? "{\n" : "[\n";
  const char* separator = "";
  if (object) {
    for (const auto& [key, member] : value.get_object()) {
      out += separator + inner + boost::json::serialize(boost::json::string(key)) + ": ";
      append(out, member, indent + 2);
      separator = ",\n";
    }
  } else {
    for (const auto& element : value.get_array()) {
      out += separator + inner;
      append(out, element, indent + 2);
      separator = ",\n";
    }
  }
  out += '\n' + std::string(indent, ' ') + (object ? '}' : ']');
}

}  // namespace

std::string lay_out_json(const boost::json::value& value) {
  std::string out;
  append(out, value, 0);
  return out + '\n';
}

}  // namespace gtsim::language
