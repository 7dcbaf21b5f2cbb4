#include "sim/command/consume_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <variant>

#include "coordinator/language/reader.h"
#include "coordinator/pattern/pattern_matcher.h"
#include "coordinator/report/run_folder.h"
#include "region-node/base/time.h"
#include "region-node/stream/stream.h"
#include "sim/command/consume_checkpoint.h"
#include "sim/command/consume_output.h"
#include "sim/command/consume_record.h"
#include "sim/command/consume_source.h"

namespace gtsim {
namespace {

constexpr int kUnusable = 2;
constexpr auto kPollInterval = std::chrono::milliseconds{50};

int unusable(std::string_view sentence) {
  fmt::print(stderr, "gtsim: {}\n", sentence);
  return kUnusable;
}

// The stream that a table has from the start of a run is labelled with that time. What the folder
// does not tell is the label of a stream that was turned on later.
std::string label_of(const std::string& folder) {
  WallTime start = Scenario{}.start;
  const std::string path = folder + "/scenario.yaml";
  const auto read = read_scenario_file(path);
  if (const auto* scenario = std::get_if<Scenario>(&read)) start = scenario->start;
  return to_iso8601(start, 3, /*zone_letter=*/false);
}

// Which records are wanted, apart from where reading starts.
class Selection {
 public:
  // Says what is wrong with a pattern.
  bool read(const ConsumeCommand& command) {
    events_ = command.events;
    origin_ = command.origin;
    shard_ = command.shard;
    if (command.filters.size() > PatternSet::kMaxPatterns) {
      fmt::print(stderr, "gtsim: --filter: at most {} patterns\n", PatternSet::kMaxPatterns);
      return false;
    }
    for (const std::string& text : command.filters) {
      auto pattern = EventPattern::parse(text);
      if (!pattern) {
        fmt::print(stderr, "gtsim: --filter: {}\n", pattern.error().to_string());
        return false;
      }
      for (const PatternNote& warning : pattern->warnings()) {
        fmt::print(stderr, "gtsim: --filter: note: {}\n", warning.to_string());
      }
      patterns_.add(std::move(*pattern));
    }
    return true;
  }

  [[nodiscard]] bool takes(const ConsumedRecord& record, const std::string& stream_arn) {
    if (!events_.empty() &&
        std::find(events_.begin(), events_.end(), record.event) == events_.end())
      return false;
    if (!origin_.empty() && (origin_ == "replication") != record.replicated) return false;
    if (!shard_.empty() && shard_ != record.shard_id) return false;
    if (patterns_.empty()) return true;
    event_.clear();
    append_lambda_record(event_, record.line, stream_arn);
    const auto found = matcher_.matches(patterns_, event_);
    return found && *found;
  }

 private:
  std::vector<std::string> events_;
  std::string origin_;
  std::string shard_;
  PatternSet patterns_;
  PatternMatcher matcher_;
  std::string event_;
};

// Where reading starts.
class Start {
 public:
  static Start at_once() { return {}; }
  static Start at(std::string sequence_number) { return {std::move(sequence_number), false, {}}; }
  static Start after(std::string sequence_number) { return {std::move(sequence_number), true, {}}; }
  static Start from(WallTime time) {
    constexpr std::int64_t kMicrosPerSecond = 1'000'000;
    return {{}, false, time.us / kMicrosPerSecond};
  }

  // REQUIRES: records come in the order of the stream.
  [[nodiscard]] bool reached_by(const ConsumedRecord& record) {
    if (reached_) return true;
    if (second_) return reached_ = record.created_seconds >= *second_;
    if (record.sequence_number != sequence_number_) return false;
    reached_ = true;
    return !after_;
  }
  // The sequence number that has not come.
  [[nodiscard]] std::string missing() const {
    return reached_ || second_ ? std::string() : sequence_number_;
  }

 private:
  Start() : reached_(true) {}
  Start(std::string sequence_number, bool after, std::optional<std::int64_t> second)
      : sequence_number_(std::move(sequence_number)), after_(after), second_(second) {}

  std::string sequence_number_;
  bool after_ = false;
  std::optional<std::int64_t> second_;
  bool reached_ = false;
};

class Consumption {
 public:
  Consumption(const ConsumeCommand& command, const std::string& folder, StreamName stream,
              Selection selection, Start start)
      : command_(command),
        stream_(std::move(stream)),
        stream_arn_(stream_arn(stream_.region, stream_.table, label_of(folder))),
        source_(folder, stream_),
        output_(make_output(command, stream_, stream_arn_)),
        selection_(std::move(selection)),
        start_(std::move(start)),
        records_per_flush_(records_per_flush(command)) {}

  int run() {
    int code = read_all();
    if (code == 0) code = code_of(output_->finish());
    if (code == 0) code = save();
    if (code != 0) return code;
    if (const std::string missing = start_.missing(); !missing.empty()) {
      return unusable(fmt::format("{}: no record has the sequence number {}; is it of another run?",
                                  source_.path(), missing));
    }
    return 0;
  }

 private:
  int read_all() {
    while (true) {
      // Asked first: whatever is written before the verdict is read after this.
      const bool last_round = !command_.follow || source_.run_is_over();
      std::string_view line;
      StreamSource::Status status = StreamSource::Status::kNoneYet;
      while (!is_done() && (status = source_.next(line)) == StreamSource::Status::kLine) {
        if (const int code = take(line); code != 0) return code;
      }
      if (is_done()) return 0;
      if (status == StreamSource::Status::kFailed) return unusable(source_.error());
      if (status == StreamSource::Status::kNewRun) {
        return unusable(fmt::format("{}: another run has taken the folder", source_.path()));
      }
      if (const int code = flush(); code != 0) return code;
      if (last_round) break;
      std::this_thread::sleep_for(kPollInterval);
    }
    if (source_.ends_within_a_line() && source_.run_is_over()) {
      fmt::print(stderr, "gtsim: {}: the last line is cut short\n", source_.path());
    }
    return 0;
  }

  int take(std::string_view line) {
    if (is_truncation(line)) {
      fmt::print(stderr,
                 "gtsim: {}: the run kept no more than {} records; `gtsim run --history full` "
                 "keeps all\n",
                 source_.path(), source_.lines() - 1);
      return 0;
    }
    const auto record = read_record_line(line);
    if (!record) {
      return unusable(
          fmt::format("{}:{}: {}", source_.path(), source_.lines(), record.error().detail));
    }
    if (!start_.reached_by(*record)) return 0;
    seen_ = record->sequence_number;
    if (!selection_.takes(*record, stream_arn_)) return 0;
    ++taken_;
    if (const int code = code_of(output_->take(*record)); code != 0) return code;
    return ++unflushed_ < records_per_flush_ ? 0 : flush();
  }

  int flush() {
    unflushed_ = 0;
    const int code = code_of(output_->flush());
    return code != 0 ? code : save();
  }

  int save() {
    if (command_.checkpoint.empty() || seen_ == saved_) return 0;
    const auto written =
        write_checkpoint(command_.checkpoint, {stream_.region, stream_.table, seen_});
    if (!written) return unusable(written.error().detail);
    saved_ = seen_;
    return 0;
  }

  [[nodiscard]] bool is_done() const { return command_.limit > 0 && taken_ == command_.limit; }

  static int code_of(ConsumeOutput::Status status) {
    switch (status) {
      case ConsumeOutput::Status::kGood:
        return 0;
      case ConsumeOutput::Status::kProgramFailed:
        return 1;
      case ConsumeOutput::Status::kOutputFailed:
        break;
    }
    return kUnusable;
  }

  const ConsumeCommand& command_;
  const StreamName stream_;
  const std::string stream_arn_;
  StreamSource source_;
  std::unique_ptr<ConsumeOutput> output_;
  Selection selection_;
  Start start_;
  const std::size_t records_per_flush_;
  std::size_t unflushed_ = 0;
  std::uint64_t taken_ = 0;
  std::string seen_;   // the last record that was wanted or passed over
  std::string saved_;  // the last that the checkpoint names
};

// Says why there is none.
std::optional<Start> start_of(const ConsumeCommand& command, const StreamName& stream) {
  if (!command.from.empty()) return Start::at(command.from);
  if (!command.from_time.empty()) {
    WallTime time;
    if (parse_iso8601(command.from_time, time)) return Start::from(time);
    fmt::print(stderr, "gtsim: --from-time {}: expected a time such as 2026-01-01T00:01:00Z\n",
               command.from_time);
    return std::nullopt;
  }
  if (command.checkpoint.empty()) return Start::at_once();
  auto checkpoint = read_checkpoint(command.checkpoint);
  if (!checkpoint) {
    fmt::print(stderr, "gtsim: {}\n", checkpoint.error().detail);
    return std::nullopt;
  }
  if (!*checkpoint) return Start::at_once();
  if ((*checkpoint)->region != stream.region || (*checkpoint)->table != stream.table) {
    fmt::print(stderr, "gtsim: {}: is a checkpoint of {}.{}, not of {}.{}\n", command.checkpoint,
               (*checkpoint)->region, (*checkpoint)->table, stream.region, stream.table);
    return std::nullopt;
  }
  return Start::after((*checkpoint)->sequence_number);
}

}  // namespace

int consume(const ConsumeCommand& command) {
  if (!command.program.empty() && !command.format.empty()) {
    return unusable("--format is for standard output; a program takes Lambda events");
  }
  Selection selection;
  if (!selection.read(command)) return kUnusable;
  // `latest` may come to mean another run; this one is meant.
  std::error_code code;
  std::filesystem::path folder = std::filesystem::canonical(command.folder, code);
  if (code) folder = command.folder;
  if (auto known = check_run_folder_format(folder.string()); !known) {
    return unusable(known.error().detail);
  }
  StreamName stream{command.region, command.table};
  const bool may_come = command.follow && !stream.region.empty() && !stream.table.empty() &&
                        std::filesystem::exists(folder / "scenario.yaml", code) &&
                        !std::filesystem::exists(folder / "verdict.json", code);
  if (!may_come) {
    auto found = find_stream(folder.string(), command.region, command.table);
    if (!found) return unusable(found.error().detail);
    stream = std::move(*found);
  }
  auto start = start_of(command, stream);
  if (!start) return kUnusable;
  return Consumption(command, folder.string(), std::move(stream), std::move(selection),
                     std::move(*start))
      .run();
}

}  // namespace gtsim
