#include "coordinator/language/reader.h"

#include <fmt/format.h>

#include "coordinator/language/language.h"
#include "coordinator/language/source_text.h"

namespace gtsim {
namespace {

std::vector<Diagnostic> only(const std::string& path, language::TreeError error) {
  return {Diagnostic{path, error.position, std::move(error.message)}};
}

}  // namespace

std::string Diagnostic::to_string() const {
  if (position.line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, position.line, position.column, message);
}

ScenarioOrErrors read_scenario_text(std::string_view text, const std::string& path) {
  if (auto wrong = language::check_text(text)) return only(path, *std::move(wrong));
  auto parsed = language::parse_yaml(text);
  if (auto* error = std::get_if<language::TreeError>(&parsed)) return only(path, std::move(*error));
  language::Node& root = std::get<language::Node>(parsed);
  if (root.kind == language::NodeKind::kEmpty || root.kind == language::NodeKind::kNull) {
    return only(path, {{1, 1}, "the file is empty; the smallest scenario names its `regions`"});
  }
  language::ReadContext context(path);
  Scenario scenario;
  static const language::Type<Scenario> kType = language::scenario_type();
  const bool good = kType.read(context, root, scenario);
  if (!good || context.error_count() > 0) return context.take_diagnostics();
  scenario.path = path;
  scenario.slug = language::file_stem(path);
  scenario.text = std::string(text);
  scenario.description = language::leading_comment(text);
  if (scenario.name.empty()) scenario.name = scenario.slug;
  return scenario;
}

ScenarioOrErrors read_scenario_file(const std::string& path) {
  auto source = language::read_source(path);
  if (auto* error = std::get_if<language::TreeError>(&source)) return only(path, std::move(*error));
  return read_scenario_text(std::get<std::string>(source), path);
}

}  // namespace gtsim
