#include "coordinator/scenario/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <string_view>

#include "coordinator/scenario/nearest_name.h"
#include "coordinator/scenario/yaml_node.h"

namespace gtsim::language {

std::vector<DefinitionPtr> collect_definitions(const DefinitionPtr& root) {
  std::vector<DefinitionPtr> found{root};
  std::set<std::string> seen{root->name};
  // `found` grows while it is walked: breadth first, so the reference starts with the outermost.
  for (std::size_t i = 0; i < found.size(); ++i) {
    const DefinitionPtr current = found[i];
    for (const FieldDefinition& field : current->fields) {
      for (const DefinitionPtr& mentioned : field.type.mentions) {
        if (seen.insert(mentioned->name).second) found.push_back(mentioned);
      }
    }
  }
  return found;
}

std::string anchor_of(const std::string& name) {
  std::string anchor = name;
  std::replace(anchor.begin(), anchor.end(), ' ', '-');
  return anchor;
}

TypeText refer_to(const DefinitionPtr& definition, std::string expected) {
  const std::string anchor = anchor_of(definition->name);
  return {fmt::format("[{}](#{})", definition->name, anchor),
          std::move(expected),
          boost::json::object{{"$ref", "#/$defs/" + anchor}},
          {definition}};
}

std::string unknown_field(const std::string& name, const Definition& object) {
  std::vector<std::string_view> names;
  for (const FieldDefinition& field : object.fields) names.push_back(field.name);
  const std::string hint = did_you_mean(name, names);
  std::string out = fmt::format("unknown field {}", quote_for_message(name));
  if (!hint.empty()) return out + hint;
  return out + fmt::format("; a {} has {}", object.name, join_names(names));
}

std::string choices_of(const Definition& object) {
  std::vector<std::string> names;
  for (const FieldDefinition& field : object.fields) {
    if (field.choice) names.push_back('`' + field.name + '`');
  }
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

}  // namespace gtsim::language
