#include "coordinator/handler/exec_handler.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "coordinator/handler/reply.h"
#include "region-node/base/check.h"

namespace gtsim {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
// A program that writes without end must not keep one step from coming to its end.
constexpr int kReadsPerStep = 32;
// A program that closes a pipe is mostly about to end; how it ends is the better message.
constexpr Duration kLastMoment = std::chrono::milliseconds{200};

pollfd readable(int file) {
  return {file, POLLIN, 0};
}

// Until one of them has news, or the run is interrupted.
template <std::size_t N>
void wait_for(std::array<pollfd, N>& files, InterruptFlag interrupted) {
  const int at_most_ms = interrupted == nullptr ? -1 : static_cast<int>(kInterruptLook.count());
  while (!is_interrupted(interrupted)) {
    const int ready = ::poll(files.data(), files.size(), at_most_ms);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return;
  }
}

// Appends what is there. False at the end of the pipe, which is then closed.
template <class Take>
bool read_available(OwnedFile& file, Take take) {
  std::array<char, kReadBytes> buffer;
  for (int i = 0; i < kReadsPerStep && file.is_open(); ++i) {
    const ssize_t count = ::read(file.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return true;
    if (count <= 0) {
      file.close();
      break;
    }
    if (!take(std::string_view(buffer.data(), static_cast<std::size_t>(count)))) break;
  }
  return file.is_open();
}

}  // namespace

ExecHandler::ExecHandler(ExecOptions options)
    : options_(std::move(options)), log_(options_.errors_path, options_.errors_bytes_max) {
  CHECK(!options_.command.empty());
}

HandlerResult ExecHandler::handle(const Invocation& invocation) {
  if (is_interrupted(options_.interrupted)) return interrupted_result();
  if (timer_.file() < 0) return function_error("no timer is left for the handler's time limit");
  const std::string_view event = invocation.event();
  timer_.start(options_.time_limit);
  HandlerResult result = attempt(invocation.consumer, event);
  if (ended_untouched_) result = attempt(invocation.consumer, event);
  result.real_us = timer_.elapsed_us();
  return result;
}

HandlerResult ExecHandler::attempt(const std::string& consumer, std::string_view event) {
  ended_untouched_ = false;
  if (child_.is_running()) receive_answer();
  if (!received_.empty()) {
    return failed(
        fmt::format("the handler wrote more than one line for an event: {}", quoted(received_)));
  }
  if (!child_.is_running()) {
    log_.forget_last_line();
    answers_ = 0;
    const ChildCommand command{
        options_.command,
        options_.directory,
        {{"AWS_LAMBDA_FUNCTION_NAME", consumer}, {"AWS_REGION", options_.region}}};
    if (const auto failure = child_.start(command)) {
      if (failure->permanent) return {HandlerResult::Kind::kUnusable, {}, failure->sentence, 0};
      return failed_start(failure->sentence);
    }
  }
  return converse(event);
}

// Everything at once and nothing in turn: the program may write before it has read, and to its
// standard error at any time; whoever waited for one pipe alone would wait for ever.
HandlerResult ExecHandler::converse(std::string_view event) {
  sent_ = 0;
  const std::size_t size = event.size() + 1;
  send(event);
  while (true) {
    const bool sending = sent_ < size;
    std::array<pollfd, 5> files = {readable(child_.exit_file()), readable(child_.output.number()),
                                   readable(child_.errors.number()), readable(timer_.file()),
                                   pollfd{sending ? child_.input.number() : -1, POLLOUT, 0}};
    wait_for(files, options_.interrupted);
    if (is_interrupted(options_.interrupted)) return failed(interrupted_result().error);
    if (files[1].revents != 0) receive_answer();
    if (files[2].revents != 0) receive_errors();
    if (files[4].revents != 0) send(event);
    if (answer_size_ > 0 && sent_ == size) return answered();
    if (received_.size() > kReplyBytesMax) return too_long();
    if (files[0].revents != 0) return ended();
    if (!child_.output.is_open()) {
      return closed("the handler closed its standard output before it answered");
    }
    if (!child_.input.is_open()) {
      return closed("the handler closed its standard input before it had taken the event");
    }
    if (files[3].revents != 0) return timed_out();
  }
}

void ExecHandler::send(std::string_view event) {
  const std::string_view rest = event.substr(std::min(sent_, event.size()));
  const ssize_t written = child_.write_input(rest, "\n");
  if (written >= 0) {
    sent_ += static_cast<std::size_t>(written);
  } else if (errno != EINTR && errno != EAGAIN) {
    taken_ = sent_ - std::min(sent_, child_.unread_input());
    child_.input.close();
  }
}

void ExecHandler::receive_answer() {
  read_available(child_.output, [this](std::string_view text) {
    const std::size_t searched = received_.size();
    received_ += text;
    if (answer_size_ == 0) {
      const std::size_t line_end = received_.find('\n', searched);
      if (line_end != std::string::npos) answer_size_ = line_end + 1;
    }
    return answer_size_ == 0 && received_.size() <= kReplyBytesMax;
  });
}

void ExecHandler::receive_errors() {
  read_available(child_.errors, [this](std::string_view text) {
    log_.append(text);
    return true;
  });
}

HandlerResult ExecHandler::answered() {
  if (answer_size_ > kReplyBytesMax + 1) return too_long();
  Reply reply = read_reply(std::string_view(received_).substr(0, answer_size_));
  received_.erase(0, answer_size_);
  answer_size_ = 0;
  ++answers_;
  failed_starts_ = 0;
  // Which later line would answer which event is anybody's guess.
  if (!reply.is_json) return failed(std::move(reply.result.error));
  return std::move(reply.result);
}

HandlerResult ExecHandler::ended() {
  receive_answer();
  receive_errors();
  if (child_.input.is_open()) taken_ = sent_ - std::min(sent_, child_.unread_input());
  const ChildProcess::Ending ending = child_.reap();
  if (answer_size_ == 0 && ending.clean) answer_size_ = received_.size();  // no line end: let it be
  if (answer_size_ > 0) return answered();
  if (taken_ > 0) {
    failed_starts_ = 0;
    return failed(fmt::format("the handler {} before it answered", ending.words));
  }
  if (answers_ > 0) ended_untouched_ = true;
  return failed_start(fmt::format("the handler {} before it took an event", ending.words));
}

HandlerResult ExecHandler::closed(std::string sentence) {
  if (wait_for_exit(kLastMoment)) return ended();
  return failed(std::move(sentence));
}

HandlerResult ExecHandler::too_long() {
  return failed(fmt::format("the handler wrote more than {} bytes for an event", kReplyBytesMax));
}

HandlerResult ExecHandler::timed_out() {
  std::string sentence =
      fmt::format("the handler did not answer within {}", to_text(options_.time_limit));
  if (answer_size_ > 0) {
    sentence = fmt::format("the handler answered, but did not take the whole event within {}",
                           to_text(options_.time_limit));
  } else if (!received_.empty()) {
    sentence += fmt::format(" (it wrote {} bytes without a line end)", received_.size());
  }
  HandlerResult result = failed(std::move(sentence));
  result.kind = HandlerResult::Kind::kTimedOut;
  return result;
}

HandlerResult ExecHandler::failed_start(std::string sentence) {
  ++failed_starts_;
  HandlerResult result = failed(std::move(sentence));
  if (failed_starts_ >= options_.failed_starts_max) {
    result.kind = HandlerResult::Kind::kUnusable;
    result.error += fmt::format(" ({} times in a row)", failed_starts_);
  }
  return result;
}

// The program is of no use any more; the next event starts it anew.
HandlerResult ExecHandler::failed(std::string sentence) {
  if (child_.is_running()) receive_errors();
  child_.kill();
  received_.clear();
  answer_size_ = 0;
  if (const std::string_view words = log_.last_line(); !words.empty()) {
    sentence += fmt::format("; its last line on standard error: {}", quoted(words));
  }
  return function_error(std::move(sentence));
}

bool ExecHandler::wait_for_exit(Duration limit) {
  WallTimer timer;
  timer.start(limit);
  while (true) {
    // Output beyond an answer's size stays in the pipe.
    const bool listening = received_.size() <= kReplyBytesMax;
    std::array<pollfd, 4> files = {readable(child_.exit_file()),
                                   readable(listening ? child_.output.number() : -1),
                                   readable(child_.errors.number()), readable(timer.file())};
    wait_for(files, options_.interrupted);
    if (is_interrupted(options_.interrupted)) return false;
    if (files[1].revents != 0) receive_answer();
    if (files[2].revents != 0) receive_errors();
    if (files[0].revents != 0) return true;
    if (files[3].revents != 0) return false;
  }
}

std::string ExecHandler::stop() {
  std::string error;
  if (child_.is_running()) {
    child_.input.close();
    if (wait_for_exit(options_.grace)) {
      receive_answer();
      receive_errors();
      const ChildProcess::Ending ending = child_.reap();
      if (!ending.clean) {
        error = failed(fmt::format("the handler {} at the end of its input", ending.words)).error;
      }
    } else {
      error = failed(fmt::format("the handler did not end within {} of the end of its input",
                                 to_text(options_.grace)))
                  .error;
    }
  }
  if (error.empty() && !received_.empty()) {
    error = fmt::format("the handler wrote more than one line for an event: {}", quoted(received_));
  }
  if (error.empty()) error = log_.error();
  return error;
}

}  // namespace gtsim
