// A handler in any language: a program that lives as long as the run, reads one Lambda event per
// line on its standard input and answers each with one line of JSON on its standard output.
//
//   event  = one JSON object {"Records":[...]}, line end
//   answer = one JSON value, what the function returns; a blank line: nothing
//          | {"errorMessage": ..., "errorType": ...}: the function failed (see reply.h)
//
// It is started on the first event. When it ends, or is ended at its time limit, the batch has
// failed and the next event starts it anew, as Lambda gives a crashed function a new environment.
// A program that ends after an answer, having taken nothing of the next event, is started again
// for that event, so that one process per event works too.
//
// One thread. The program dies with that thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/handler/child_process.h"
#include "coordinator/handler/handler.h"
#include "coordinator/handler/output_log.h"
#include "coordinator/handler/wall_timer.h"
#include "region-node/base/time.h"

namespace gtsim {

struct ExecOptions {
  std::vector<std::string> command;  // program and arguments, no shell; PATH is searched
  std::string directory;             // where it runs; empty: where this process does
  std::string region;                // AWS_REGION; AWS_LAMBDA_FUNCTION_NAME is the consumer
  // For each event, in real time. Lambda's default; its most is 15 minutes.
  Duration time_limit = std::chrono::seconds{3};
  // Between the end of its input and the end of the program, at the end of the run.
  Duration grace = std::chrono::seconds{1};
  std::string errors_path;  // its standard error is appended here; empty: dropped
  std::size_t errors_bytes_max = 16 * 1024 * 1024;
  // A program that ends so many times in a row without having taken an event is unusable.
  int failed_starts_max = 100;
  InterruptFlag interrupted = nullptr;
};

class ExecHandler : public Handler {
 public:
  // REQUIRES: the command is not empty.
  explicit ExecHandler(ExecOptions options);

  HandlerResult handle(const Invocation& invocation) override;
  // Ends the program. An answer too many, an exit status other than 0, and a lost log are errors.
  std::string stop() override;

 private:
  HandlerResult attempt(const std::string& consumer, std::string_view event);
  HandlerResult converse(std::string_view event);

  // Steps of a conversation; none blocks.
  void send(std::string_view event);
  void receive_answer();
  void receive_errors();
  bool wait_for_exit(Duration limit);

  // Its ends.
  HandlerResult answered();
  HandlerResult ended();
  HandlerResult closed(std::string sentence);
  HandlerResult too_long();
  HandlerResult timed_out();
  HandlerResult failed_start(std::string sentence);
  HandlerResult failed(std::string sentence);

  const ExecOptions options_;
  ChildProcess child_;
  OutputLog log_;
  WallTimer timer_;
  int failed_starts_ = 0;      // in a row
  std::uint64_t answers_ = 0;  // of the process that runs now
  std::size_t sent_ = 0;       // of the event and its line end
  std::size_t taken_ = 0;      // of what was sent, by a process that has ended or closed its input
  bool ended_untouched_ = false;  // it had answered before and took nothing of this event
  std::string received_;          // from its standard output, not yet an answer
  std::size_t answer_size_ = 0;   // of received_, with its line end; 0: not yet whole
};

}  // namespace gtsim
