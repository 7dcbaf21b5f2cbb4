#include "coordinator/language/definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <string_view>

#include "coordinator/language/nearest_name.h"
#include "coordinator/language/yaml_node.h"

namespace gtsim::language {

namespace {

// The language does not refer to itself, so this ends.
void collect(const DefinitionPtr& definition, std::set<std::string>& seen,
             std::vector<DefinitionPtr>& out) {
  if (!seen.insert(definition->name).second) return;
  out.push_back(definition);
  for (const FieldDefinition& field : definition->fields) {
    for (const DefinitionPtr& mentioned : field.type.mentions) collect(mentioned, seen, out);
  }
}

}  // namespace

std::vector<DefinitionPtr> collect_definitions(const DefinitionPtr& root) {
  std::vector<DefinitionPtr> found;
  std::set<std::string> seen;
  collect(root, seen, found);
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

std::string unknown_field(const std::string& name, const Definition& object, std::string& meant) {
  std::vector<std::string_view> names;
  for (const FieldDefinition& field : object.fields) names.push_back(field.name);
  meant = nearest_name(name, names);
  return fmt::format(
      "unknown field {}{}", quote_for_message(name),
      meant.empty() ? "; expected one of " + join_names(names) : did_you_mean(name, names));
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
