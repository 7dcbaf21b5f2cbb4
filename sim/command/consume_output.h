// Where consumed records go: standard output in one of three forms, or a program.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "sim/command/consume_command.h"
#include "sim/command/consume_record.h"
#include "sim/command/consume_source.h"

namespace gtsim {

class ConsumeOutput {
 public:
  enum class Status : std::uint8_t { kGood, kOutputFailed, kProgramFailed };

  ConsumeOutput() = default;
  ConsumeOutput(const ConsumeOutput&) = delete;
  ConsumeOutput& operator=(const ConsumeOutput&) = delete;
  virtual ~ConsumeOutput() = default;

  [[nodiscard]] virtual Status take(const ConsumedRecord& record) = 0;
  // Everything taken has left this process. What failed has been said on standard error.
  [[nodiscard]] virtual Status flush() = 0;
  // After the last record.
  [[nodiscard]] virtual Status finish() { return flush(); }
};

// `stream_arn`: of the records in Lambda events.
[[nodiscard]] std::unique_ptr<ConsumeOutput> make_output(const ConsumeCommand& command,
                                                         const StreamName& stream,
                                                         const std::string& stream_arn);

// Records after which the output is flushed at the latest.
[[nodiscard]] std::size_t records_per_flush(const ConsumeCommand& command);

}  // namespace gtsim
