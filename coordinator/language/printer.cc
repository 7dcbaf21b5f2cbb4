#include "coordinator/language/printer.h"

#include <string_view>

#include "coordinator/language/language.h"
#include "coordinator/language/yaml_text.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

std::string comment_of(std::string_view description) {
  if (description.empty()) return "";
  std::string out;
  while (true) {
    const std::size_t end = description.find('\n');
    const std::string_view line = description.substr(0, end);
    out += '#';
    if (!line.empty()) out += ' ';
    out += line;
    out += '\n';
    if (end == std::string_view::npos) return out;
    description.remove_prefix(end + 1);
  }
}

}  // namespace

std::string print_scenario(const Scenario& scenario, const PrintOptions& options) {
  static const language::Type<Scenario> kType = language::scenario_type();
  const language::PrintContext context(scenario);
  const auto tree = kType.print(context, scenario);
  CHECK(tree.has_value());
  return comment_of(scenario.description) + language::yaml_text(*tree, options.columns);
}

}  // namespace gtsim
