// The folders of the consumers in a run folder: consumers/<name>/ with deliveries.jsonl,
// invocations.jsonl, answers.jsonl and destination.jsonl (proto/run-folder.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "coordinator/consumer/consumer_host.h"
#include "region-node/file/output_file.h"

namespace gtsim {

class ConsumerFiles {
 public:
  // Listens to every consumer. `line_limit`: each file ends, with a line that says so, after as
  // many.
  ConsumerFiles(const ConsumerHost& host, const std::string& folder, std::uint64_t line_limit);

  // Ends every file. The first error of any, or empty.
  [[nodiscard]] std::string close();

 private:
  struct Output {
    OutputFile file;
    std::string path;
    std::uint64_t lines = 0;
  };
  void listen(std::vector<ConsumerLog::Listener>& listeners, const std::string& path);
  void write(Output& output, std::string_view line) const;

  std::uint64_t line_limit_;
  std::vector<std::unique_ptr<Output>> outputs_;
};

}  // namespace gtsim
