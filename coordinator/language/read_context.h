// What reading a file carries along: the errors so far, the path of the field that is being read,
// and the names that later fields may refer to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coordinator/language/reader.h"
#include "coordinator/language/scenario_names.h"
#include "coordinator/language/yaml_node.h"

namespace gtsim::language {

inline constexpr std::size_t kMaxDiagnostics = 20;

class ReadContext : public ScenarioNames {
 public:
  explicit ReadContext(std::string file) : file_(std::move(file)) {}

  [[nodiscard]] const std::string& file() const { return file_; }

  // --- Errors. All return false, so that a reader can say `return context.error(...)`. The path of
  // the field goes in front of the message.
  bool error(const Node& node, std::string_view message) { return error(node.position, message); }
  bool error(SourcePosition position, std::string_view message);
  [[nodiscard]] std::size_t error_count() const { return error_count_; }
  // In the order of the file.
  [[nodiscard]] std::vector<Diagnostic> take_diagnostics();

  // Names a field while it is being read: "steps[2].for".
  class Scope {
   public:
    Scope(ReadContext& context, std::string_view name);
    Scope(ReadContext& context, std::size_t index);
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { context_.path_.resize(length_); }

   private:
    ReadContext& context_;
    std::size_t length_;
  };

  // --- Names. Regions and tables come first in the language (language.cc), so whatever refers to
  // them finds them here; while they are unknown because they were wrong themselves, references
  // fail without a further message.
  void set_steps(const std::vector<Step>& steps);
  [[nodiscard]] bool steps_known() const { return steps_known_; }
  bool find_step(const Node& node, std::string_view name);
  // What a name of a consumer may be: of one, or of a group that is deployed in several regions.
  void set_consumers(const std::vector<ConsumerSpec>& consumers);
  bool find_consumer(const Node& node, std::string_view name);
  bool find_region(const Node& node, std::string_view name, RegionId& out);
  bool find_table(const Node& node, std::string_view name, TableId& out);
  // The table that is meant when none is named; an error at `position` unless there is just one.
  bool only_table(SourcePosition position, TableId& out);

 private:
  std::string file_;
  std::string path_;
  std::vector<Diagnostic> diagnostics_;
  std::size_t error_count_ = 0;
  std::vector<std::string> step_names_;
  std::vector<std::string> consumer_names_;
  bool consumers_known_ = false;
  bool steps_known_ = false;
};

}  // namespace gtsim::language
