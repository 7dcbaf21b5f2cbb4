// The language reference in Markdown, from the definitions.
#include <fmt/format.h>

#include "coordinator/language/language.h"
#include "coordinator/language/reader.h"

namespace gtsim {
namespace {

using language::Definition;
using language::FieldDefinition;

// A bar ends a table's cell, also between backticks.
std::string cell(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

// Plain values are set as code; sentences and what already has code in it are not.
std::string default_cell(const FieldDefinition& field) {
  if (field.required) return "required";
  if (field.choice) return "one of these";
  if (field.default_text.empty()) return "";
  if (field.default_text.starts_with('{')) return '`' + field.default_text + '`';
  const bool sentence = field.default_text.find_first_of(" `") != std::string::npos;
  const bool word =
      !sentence && field.default_text.find_first_of("0123456789_{") != std::string::npos;
  return word ? '`' + field.default_text + '`' : field.default_text;
}

void append_field(std::string& out, const FieldDefinition& field) {
  std::string name = '`' + field.name + '`';
  std::string meaning = field.doc;
  if (!field.example.empty()) {
    meaning += fmt::format(" Example: `{}: {}`.", field.name, field.example);
  }
  out += fmt::format("| {} | {} | {} | {} |\n", name, cell(field.type.label),
                     cell(default_cell(field)), cell(meaning));
}

void append_object(std::string& out, const Definition& definition) {
  out += definition.doc + "\n\n";
  out += "| Field | Value | Default | Meaning |\n| --- | --- | --- | --- |\n";
  for (const FieldDefinition& field : definition.fields) append_field(out, field);
  if (!definition.example.empty()) out += "\n```yaml\n" + definition.example + "```\n";
}

void append_text_form(std::string& out, const Definition& definition) {
  out += definition.doc + "\n\n";
  std::string forms;
  for (const std::string& form : definition.forms) {
    if (!forms.empty()) forms += ", ";
    forms += '`' + form + '`';
  }
  out += "Examples: " + forms + "\n";
}

const char* const kIntroduction =
    R"(# The scenario language

A scenario is one YAML file. `gtsim check FILE` reads it and says, with line and column, what is
wrong with it; nothing runs unless the whole file is right. Editors that know JSON Schema complete
and check it with [scenario.schema.json](scenario.schema.json): put
`# yaml-language-server: $schema=PATH/scenario.schema.json` on the first line.

YAML is taken strictly: one document in UTF-8, indented with spaces, without anchors, aliases, tags,
merge keys or duplicate keys, at most 4 MiB, 200,000 values and 40 levels deep. Unknown fields are
errors, and so are numbers without their unit. In one point it is more lenient than YAML: inside
`{...}` and `[...]` a comma between parentheses does not end a word, so
`{latency: lognormal(80ms, 0.3)}` needs no quotes here (other readers of YAML want them). What
starts with `>` must stand in quotes.

This page and the schema are generated from the definition that the reader itself uses.

)";

}  // namespace

std::string scenario_reference_markdown() {
  const language::Type<Scenario> type = language::scenario_type();
  const auto definitions = language::collect_definitions(type.text.mentions.front());
  std::string out = kIntroduction;
  for (const auto& definition : definitions) {
    if (!definition->is_object) continue;
    out += fmt::format("## {}\n\n", definition->name);
    append_object(out, *definition);
    out += '\n';
  }
  out += "# Values\n\n";
  for (const auto& definition : definitions) {
    if (definition->is_object) continue;
    out += fmt::format("## {}\n\n", definition->name);
    append_text_form(out, *definition);
    out += '\n';
  }
  out.pop_back();
  return out;
}

}  // namespace gtsim
