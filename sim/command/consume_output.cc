#include "sim/command/consume_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/handler/batch_response.h"
#include "coordinator/handler/exec_handler.h"
#include "region-node/base/time.h"

namespace gtsim {
namespace {

constexpr std::size_t kLinesPerFlush = 1000;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
// Of a Lambda event. Source: Lambda developer guide, "Lambda quotas" (6 MB for a request).
constexpr std::size_t kEventBytesMax = 6 * 1024 * 1024;

bool write_text(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
}

ConsumeOutput::Status flush_standard_output() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return ConsumeOutput::Status::kGood;
  fmt::print(stderr, "gtsim: standard output: {}\n", std::strerror(errno));
  return ConsumeOutput::Status::kOutputFailed;
}

class LineOutput : public ConsumeOutput {
 public:
  Status take(const ConsumedRecord& record) override {
    text_.assign(record.line);
    text_ += '\n';
    return write_text(text_) ? Status::kGood : flush();
  }
  Status flush() override { return flush_standard_output(); }

 private:
  std::string text_;
};

class TableOutput : public ConsumeOutput {
 public:
  Status take(const ConsumedRecord& record) override {
    std::string text;
    if (!std::exchange(has_head_, true)) {
      text = row("time", "event", "origin", "key", "sequence number");
    }
    const WallTime created{record.created_seconds * kMicrosPerSecond};
    std::string origin = record.replicated ? "replicated from " + record.origin_region
                                           : std::string(record.by_ttl ? "time to live" : "here");
    text += row(to_iso8601(created, 0), record.event, origin, record.key, record.sequence_number);
    return write_text(text) ? Status::kGood : flush();
  }
  Status flush() override { return flush_standard_output(); }

 private:
  static std::string row(std::string_view time, std::string_view event, std::string_view origin,
                         std::string_view key, std::string_view sequence_number) {
    return fmt::format("{:<20}  {:<6}  {:<30}  {:<30}  {}\n", time, event, origin, key,
                       sequence_number);
  }

  bool has_head_ = false;
};

// Collects records of one Lambda event.
class BatchOutput : public ConsumeOutput {
 public:
  explicit BatchOutput(std::string stream_arn) : stream_arn_(std::move(stream_arn)) {}

  Status take(const ConsumedRecord& record) override {
    record_.clear();
    append_lambda_record(record_, record.line, stream_arn_);
    if (!numbers_.empty() && event_.size() + record_.size() + 3 > kEventBytesMax) {
      if (const Status status = send(); status != Status::kGood) return status;
    }
    event_ += numbers_.empty() ? R"({"Records":[)" : ",";
    event_ += record_;
    numbers_.push_back(record.sequence_number);
    return Status::kGood;
  }

  Status flush() override { return numbers_.empty() ? Status::kGood : send(); }

 protected:
  // One event on one line, and the sequence numbers in it.
  virtual Status deliver(const std::string& event, const std::vector<std::string>& numbers) = 0;

 private:
  Status send() {
    event_ += "]}";
    const Status status = deliver(event_, numbers_);
    event_.clear();
    numbers_.clear();
    return status;
  }

  const std::string stream_arn_;
  std::string record_;
  std::string event_;
  std::vector<std::string> numbers_;
};

class EventOutput : public BatchOutput {
 public:
  using BatchOutput::BatchOutput;

 protected:
  Status deliver(const std::string& event, const std::vector<std::string>&) override {
    write_text(event);
    write_text("\n");
    return flush_standard_output();
  }
};

// Prints what the program returns, one line for each batch; its standard error stays its own.
class ProgramOutput : public BatchOutput {
 public:
  ProgramOutput(std::string stream_arn, const StreamName& stream, std::vector<std::string> program)
      : BatchOutput(std::move(stream_arn)),
        name_(stream.region + "." + stream.table),
        handler_(options_for(stream, std::move(program))) {}

  Status finish() override {
    const Status status = flush();
    const std::string error = handler_.stop();
    if (error.empty() || status != Status::kGood) return status;
    fmt::print(stderr, "gtsim: {}\n", error);
    return Status::kProgramFailed;
  }

 protected:
  Status deliver(const std::string& event, const std::vector<std::string>& numbers) override {
    Invocation invocation;
    invocation.consumer = name_;
    invocation.number = batches_++;
    invocation.records = numbers.size();
    invocation.event = [&event] { return std::string_view(event); };
    const HandlerResult result = handler_.handle(invocation);
    if (result.kind != HandlerResult::Kind::kReturned) return failed(numbers, result.error);
    write_text(result.response + "\n");
    if (const Status status = flush_standard_output(); status != Status::kGood) return status;
    const std::vector<std::string_view> views(numbers.begin(), numbers.end());
    const BatchOutcome outcome = read_batch_response(result.response, views);
    switch (outcome.kind) {
      case BatchOutcome::Kind::kSuccess:
        break;
      case BatchOutcome::Kind::kFailFrom:
        return failed(numbers, fmt::format("the handler names {} as its first failure",
                                           numbers[outcome.index]));
      case BatchOutcome::Kind::kFailAll:
        return failed(numbers, outcome.why);
    }
    return Status::kGood;
  }

 private:
  static ExecOptions options_for(const StreamName& stream, std::vector<std::string> program) {
    ExecOptions options;
    options.command = std::move(program);
    options.region = stream.region;
    options.errors_path = "/dev/stderr";
    return options;
  }

  Status failed(const std::vector<std::string>& numbers, std::string_view why) const {
    fmt::print(stderr, "gtsim: the batch of {} records from {} failed: {}\n", numbers.size(),
               numbers.front(), why);
    return Status::kProgramFailed;
  }

  const std::string name_;
  ExecHandler handler_;
  std::uint64_t batches_ = 0;
};

std::string format_of(const ConsumeCommand& command) {
  if (!command.format.empty()) return command.format;
  return ::isatty(STDOUT_FILENO) != 0 ? "table" : "jsonl";
}

}  // namespace

std::unique_ptr<ConsumeOutput> make_output(const ConsumeCommand& command, const StreamName& stream,
                                           const std::string& stream_arn) {
  if (!command.program.empty()) {
    return std::make_unique<ProgramOutput>(stream_arn, stream, command.program);
  }
  const std::string format = format_of(command);
  if (format == "lambda") return std::make_unique<EventOutput>(stream_arn);
  if (format == "table") return std::make_unique<TableOutput>();
  return std::make_unique<LineOutput>();
}

std::size_t records_per_flush(const ConsumeCommand& command) {
  const bool in_batches = !command.program.empty() || command.format == "lambda";
  return in_batches ? command.batch_size : kLinesPerFlush;
}

}  // namespace gtsim
