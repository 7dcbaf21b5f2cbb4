#include "coordinator/language/read_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "coordinator/language/nearest_name.h"

namespace gtsim::language {
namespace {

// Messages may quote what others said of the file's own text.
void append_printable(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
}

}  // namespace

bool ReadContext::error(SourcePosition position, std::string_view message) {
  ++error_count_;
  if (diagnostics_.size() < kMaxDiagnostics) {
    std::string text = path_;
    if (!text.empty()) text += ": ";
    append_printable(text, message);
    diagnostics_.push_back({file_, position, std::move(text)});
  }
  return false;
}

std::vector<Diagnostic> ReadContext::take_diagnostics() {
  std::stable_sort(diagnostics_.begin(), diagnostics_.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::pair(a.position.line, a.position.column) <
                            std::pair(b.position.line, b.position.column);
                   });
  if (error_count_ > diagnostics_.size() && !diagnostics_.empty()) {
    diagnostics_.back().message +=
        fmt::format(" (and {} more errors)", error_count_ - diagnostics_.size());
  }
  return std::move(diagnostics_);
}

ReadContext::Scope::Scope(ReadContext& context, std::string_view name)
    : context_(context), length_(context.path_.size()) {
  if (!context_.path_.empty()) context_.path_ += '.';
  // Names that the file gave may be long or strange.
  const bool ordinary =
      !name.empty() && name.size() <= 64 &&
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F; });
  context_.path_ += ordinary ? std::string(name) : quote_for_message(name);
}

ReadContext::Scope::Scope(ReadContext& context, std::size_t index)
    : context_(context), length_(context.path_.size()) {
  context_.path_ += fmt::format("[{}]", index);
}

void ReadContext::set_steps(const std::vector<Step>& steps) {
  steps_known_ = true;
  for (const Step& step : steps) {
    if (!step.name.empty()) step_names_.push_back(step.name);
  }
  note_faults(steps);
}

bool ReadContext::find_step(const Node& node, std::string_view name) {
  if (!steps_known_) return false;
  if (std::find(step_names_.begin(), step_names_.end(), name) != step_names_.end()) return true;
  const std::vector<std::string_view> names(step_names_.begin(), step_names_.end());
  const std::string known = names.empty()
                                ? "no step has a name"
                                : fmt::format("the named steps are {}", join_names(names));
  return error(node, fmt::format("unknown step {}; {}{}", quote_for_message(name), known,
                                 did_you_mean(name, names)));
}

void ReadContext::set_consumers(const std::vector<ConsumerSpec>& consumers) {
  consumers_known_ = true;
  for (const ConsumerSpec& consumer : consumers) {
    if (consumer_names_.empty() || consumer_names_.back() != consumer.group) {
      const auto known = std::find(consumer_names_.begin(), consumer_names_.end(), consumer.group);
      if (known == consumer_names_.end()) consumer_names_.push_back(consumer.group);
    }
    if (consumer.name != consumer.group) consumer_names_.push_back(consumer.name);
  }
}

bool ReadContext::find_consumer(const Node& node, std::string_view name) {
  if (!consumers_known_) return false;
  const std::vector<std::string_view> names(consumer_names_.begin(), consumer_names_.end());
  if (std::find(names.begin(), names.end(), name) != names.end()) return true;
  const std::string known =
      names.empty() ? "it has none" : fmt::format("it has {}", join_names(names));
  return error(node, fmt::format("the scenario has no consumer {}; {}{}", quote_for_message(name),
                                 known, did_you_mean(name, names)));
}

bool ReadContext::find_region(const Node& node, std::string_view name, RegionId& out) {
  if (!regions_known()) return false;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < regions().size(); ++i) {
    if (regions()[i].name == name) {
      out = RegionId{static_cast<std::uint16_t>(i)};
      return true;
    }
    names.push_back(regions()[i].name);
  }
  return error(node,
               fmt::format("unknown region {}; the scenario has {}{}", quote_for_message(name),
                           join_names(names), did_you_mean(name, names)));
}

bool ReadContext::find_table(const Node& node, std::string_view name, TableId& out) {
  if (!tables_known()) return false;
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < tables().size(); ++i) {
    if (tables()[i].name == name) {
      out = TableId{static_cast<std::uint16_t>(i)};
      return true;
    }
    names.push_back(tables()[i].name);
  }
  return error(node, fmt::format("unknown table {}; the scenario has {}{}", quote_for_message(name),
                                 join_names(names), did_you_mean(name, names)));
}

bool ReadContext::only_table(SourcePosition position, TableId& out) {
  if (!tables_known()) return false;
  if (tables().size() == 1) {
    out = TableId{0};
    return true;
  }
  std::vector<std::string_view> names;
  for (const TableSpec& table : tables()) names.push_back(table.name);
  return error(position, fmt::format("field `table` is missing; the scenario has several: {}",
                                     join_names(names)));
}

}  // namespace gtsim::language
