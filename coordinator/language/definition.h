// What the schema and the reference know of the language. binding.h builds these together with the
// functions that read, so no field can be known to one and not to the others.
#pragma once

#include <boost/json/value.hpp>
#include <memory>
#include <string>
#include <vector>

namespace gtsim::language {

struct Definition;
using DefinitionPtr = std::shared_ptr<const Definition>;

// A type as it appears at a field.
struct TypeText {
  std::string label;     // "list of region", with Markdown links to definitions
  std::string expected;  // for messages: "a duration such as 150ms or 4h"
  boost::json::value schema;
  std::vector<DefinitionPtr> mentions;
};

struct FieldDefinition {
  std::string name;
  TypeText type;
  std::string doc;
  std::string default_text;  // what holds when the field is left out; empty when it is required
  bool required = false;
  bool choice = false;  // the object has exactly one of its choices
  std::string example;  // a value, as YAML
};

// A named part of the language: an object, or a text form when there are no fields.
struct Definition {
  std::string name;  // "step", "duration"
  std::string doc;
  std::vector<std::string> forms;  // text forms: examples that the reference shows
  boost::json::value schema;       // text forms
  std::vector<FieldDefinition> fields;
  bool is_object = false;
  std::string example;  // objects: a piece of a scenario file
};

// The definitions that can be reached, each once, the root first and each before what it mentions.
[[nodiscard]] std::vector<DefinitionPtr> collect_definitions(const DefinitionPtr& root);

// A reference to a named definition, for labels and schemas.
[[nodiscard]] TypeText refer_to(const DefinitionPtr& definition, std::string expected);
// "region-list" for "region list": the name in `$defs` and in links.
[[nodiscard]] std::string anchor_of(const std::string& name);

// The complaint about a member that is not a field. `meant` gets the field that it resembles.
[[nodiscard]] std::string unknown_field(const std::string& name, const Definition& object,
                                        std::string& meant);
// "one of `put`, `update` or `delete`"
[[nodiscard]] std::string choices_of(const Definition& object);

}  // namespace gtsim::language
