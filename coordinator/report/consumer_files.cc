#include "coordinator/report/consumer_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace gtsim {

ConsumerFiles::ConsumerFiles(const ConsumerHost& host, const std::string& folder,
                             std::uint64_t line_limit)
    : line_limit_(line_limit) {
  for (const auto& consumer : host.consumers()) {
    const std::string own = fmt::format("{}/consumers/{}", folder, consumer->spec().name);
    std::error_code code;
    std::filesystem::create_directories(own, code);  // opening a file in it tells what is wrong
    ConsumerLog& log = consumer->log();
    listen(log.records, own + "/deliveries.jsonl");
    listen(log.invocations, own + "/invocations.jsonl");
    if (consumer->spec().handler.kind != HandlerSpec::Kind::kRecord) {
      listen(log.answers, own + "/answers.jsonl");
    }
    if (consumer->spec().on_failure != FailureDestination::kNone) {
      listen(log.destination, own + "/destination.jsonl");
    }
  }
}

void ConsumerFiles::listen(std::vector<ConsumerLog::Listener>& listeners, const std::string& path) {
  Output* output = outputs_.emplace_back(std::make_unique<Output>()).get();
  output->path = path;
  listeners.push_back([this, output](std::string_view line) { write(*output, line); });
}

void ConsumerFiles::write(Output& output, std::string_view line) const {
  if (output.lines > line_limit_) return;
  if (output.lines == 0) output.file.open(output.path);
  if (output.lines++ == line_limit_) {
    output.file.write(
        fmt::format("{{\"event\":\"truncated\",\"after_lines\":{},\"hint\":\"history: full keeps "
                    "everything\"}}\n",
                    line_limit_));
    return;
  }
  output.file.write(line);
  output.file.write("\n");
}

std::string ConsumerFiles::close() {
  std::string error;
  for (const auto& output : outputs_) {
    if (!output->file.close() && error.empty()) error = output->file.error();
  }
  return error;
}

}  // namespace gtsim
