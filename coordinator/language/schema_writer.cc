// The JSON Schema for editors (draft 2020-12), from the definitions.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "coordinator/language/json_layout.h"
#include "coordinator/language/language.h"
#include "coordinator/language/reader.h"

namespace gtsim {
namespace {

using language::Definition;
using language::FieldDefinition;

// Markdown links mean nothing in an editor's hint.
std::string without_links(const std::string& markdown) {
  std::string out;
  for (std::size_t i = 0; i < markdown.size(); ++i) {
    if (markdown[i] == '[') continue;
    const bool target = markdown[i] == ']' && i + 2 < markdown.size() && markdown[i + 1] == '(' &&
                        markdown[i + 2] == '#';
    if (target) {
      i = markdown.find(')', i);
      continue;
    }
    out += markdown[i];
  }
  return out;
}

std::string field_description(const FieldDefinition& field) {
  std::string text = field.doc;
  if (!field.required && !field.default_text.empty()) {
    text += fmt::format(" Default: {}.", field.default_text);
  }
  return without_links(text);
}

boost::json::object object_schema(const Definition& definition) {
  boost::json::object properties;
  boost::json::array required;
  boost::json::array choices;
  for (const FieldDefinition& field : definition.fields) {
    // Keywords next to `$ref` are allowed since draft 2019-09.
    boost::json::object property =
        field.type.schema.is_object() ? field.type.schema.as_object() : boost::json::object{};
    property["description"] = field_description(field);
    properties[field.name] = std::move(property);
    if (field.required) required.emplace_back(field.name);
    if (field.choice) {
      choices.push_back(boost::json::object{{"required", boost::json::array{field.name}}});
    }
  }
  boost::json::object schema{{"description", without_links(definition.doc)},
                             {"type", "object"},
                             {"properties", std::move(properties)},
                             {"additionalProperties", false}};
  if (!required.empty()) schema["required"] = std::move(required);
  if (!choices.empty()) schema["oneOf"] = std::move(choices);
  return schema;
}

boost::json::object text_schema(const Definition& definition) {
  boost::json::object schema = definition.schema.as_object();
  schema["description"] = without_links(definition.doc);
  boost::json::array examples;
  for (const std::string& form : definition.forms) {
    if (!form.starts_with('{'))
      examples.emplace_back(form.starts_with('"') ? form.substr(1, form.size() - 2) : form);
  }
  if (!examples.empty()) schema["examples"] = std::move(examples);
  return schema;
}

}  // namespace

std::string scenario_json_schema() {
  const language::Type<Scenario> type = language::scenario_type();
  const auto definitions = language::collect_definitions(type.text.mentions.front());
  boost::json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                             {"title", "gtsim scenario"}};
  for (auto& [key, value] : object_schema(*definitions.front())) schema[key] = value;
  boost::json::object defs;
  for (std::size_t i = 1; i < definitions.size(); ++i) {
    const Definition& definition = *definitions[i];
    defs[language::anchor_of(definition.name)] =
        definition.is_object ? object_schema(definition) : text_schema(definition);
  }
  schema["$defs"] = std::move(defs);
  return language::lay_out_json(schema);
}

}  // namespace gtsim
