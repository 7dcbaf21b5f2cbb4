// Types whose values are one scalar, read by a function of text_forms.h and printed by one of
// form_texts.h.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/language/binding.h"
#include "region-node/base/result.h"

namespace gtsim::language {

struct TextForm {
  std::string name;  // "duration"
  std::string doc;
  std::vector<std::string> forms;
  std::string expected;  // "a duration such as 150ms or 4h"
  std::string pattern;   // regular expression of the schema (ECMA-262)
  bool number = false;   // an unquoted whole number is one of the forms
};

[[nodiscard]] inline boost::json::value text_schema(const TextForm& form) {
  boost::json::object text{{"type", "string"}, {"pattern", form.pattern}};
  if (!form.number) return text;
  return boost::json::object{{"anyOf", {text, {{"type", "integer"}, {"minimum", 0}}}}};
}

// A reader that appends what was expected to the function's complaint.
template <class T, class Parse>
[[nodiscard]] auto scalar_reader(TypeText text, Parse parse) {
  return [text = std::move(text), parse](ReadContext& context, const Node& node, T& out) {
    if (!node.is_scalar()) return mismatch(context, node, text);
    Result<T> parsed = parse(std::string_view(node.text));
    if (!parsed) {
      return context.error(node, fmt::format("expected {}; found {}: {}", text.expected,
                                             describe(node), parsed.error().detail));
    }
    out = *std::move(parsed);
    return true;
  };
}

// The way back: `print` makes the text of a T.
template <class T, class Print>
[[nodiscard]] auto scalar_printer(Print print) {
  return [print](const PrintContext&, const T& value) -> std::optional<Node> {
    return plain_node(print(value));
  };
}

// A text form with an entry of its own in the reference.
template <class T, class Parse, class Print>
[[nodiscard]] Type<T> text_type(const TextForm& form, Parse parse, Print print) {
  auto definition = std::make_shared<Definition>();
  definition->name = form.name;
  definition->doc = form.doc;
  definition->forms = form.forms;
  definition->schema = text_schema(form);
  TypeText text = refer_to(definition, form.expected);
  auto read = scalar_reader<T>(text, parse);
  return {std::move(text), std::move(read), scalar_printer<T>(std::move(print))};
}

}  // namespace gtsim::language
