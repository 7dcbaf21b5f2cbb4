#include "sim/command/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <map>
#include <vector>

#include "region-node/base/check_listener.h"

namespace gtsim {
namespace {

// Fields in a fixed order, each as its length, a line end, and its bytes.
std::string pack(const SingleRunResult& result) {
  std::string out;
  for (const std::string& field :
       {std::to_string(static_cast<int>(result.kind)), std::to_string(result.exit_code),
        result.human, result.json, result.junit, result.folder, result.reproduce, result.headline,
        std::to_string(result.history_digest), fmt::format("{}", result.wall_seconds)}) {
    out += std::to_string(field.size()) + '\n' + field;
  }
  return out;
}

bool unpack(std::string_view in, SingleRunResult& out) {
  std::vector<std::string> fields;
  while (!in.empty()) {
    const std::size_t line_end = in.find('\n');
    if (line_end == std::string_view::npos) return false;
    const std::size_t length =
        std::strtoull(std::string{in.substr(0, line_end)}.c_str(), nullptr, 10);
    in.remove_prefix(line_end + 1);
    if (length > in.size()) return false;
    fields.emplace_back(in.substr(0, length));
    in.remove_prefix(length);
  }
  if (fields.size() != 10) return false;
  out.kind = static_cast<VerdictKind>(std::atoi(fields[0].c_str()));
  out.exit_code = std::atoi(fields[1].c_str());
  out.human = fields[2];
  out.json = fields[3];
  out.junit = fields[4];
  out.folder = fields[5];
  out.reproduce = fields[6];
  out.headline = fields[7];
  out.history_digest = std::strtoull(fields[8].c_str(), nullptr, 10);
  out.wall_seconds = std::strtod(fields[9].c_str(), nullptr);
  return true;
}

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

struct Child {
  std::size_t index;
  pid_t process;
  int pipe;
  std::string received;
};

// A word before the end stands alone in the pipe; a result begins with a digit.
constexpr char kLastWord = '!';

int pipe_to_parent = -1;  // in a child

void tell_last_word(std::string_view line) {
  write_all(pipe_to_parent, kLastWord + std::string{line});
}

// Does not come back.
void be_child(std::size_t index, int pipe, const ChildRuns& runs) {
  pipe_to_parent = pipe;
  set_check_listener(tell_last_word);
  int status = 0;
  try {
    write_all(pipe, pack(runs.work(index)));
  } catch (const std::exception& error) {
    const std::string line = fmt::format("uncaught exception: {}", error.what());
    fmt::print(stderr, "gtsim: {}\n", line);
    tell_last_word(line);
    status = 1;
  }
  ::close(pipe);
  ::_exit(status);  // not exit(): what the parent had buffered is the parent's to write
}

bool start_child(std::size_t index, const std::vector<Child>& others, const ChildRuns& runs,
                 Child& child) {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const pid_t parent = ::getpid();
  const pid_t process = ::fork();
  if (process < 0) {
    const int why = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    errno = why;
    return false;
  }
  if (process == 0) {
    // Without a parent nobody waits for the result.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    ::close(ends[0]);
    for (const Child& other : others) ::close(other.pipe);
    be_child(index, ends[1], runs);
  }
  ::close(ends[1]);
  child = {index, process, ends[0], {}};
  return true;
}

// Reads what is there; true at the end of the pipe.
bool drain(Child& child) {
  char buffer[65536];
  const ssize_t count = ::read(child.pipe, buffer, sizeof buffer);
  if (count < 0) return errno != EINTR && errno != EAGAIN;
  child.received.append(buffer, static_cast<std::size_t>(count));
  return count == 0;
}

// Signals that a process does not send to itself by mistake: a person, the system short of memory,
// a limit of the shell.
bool from_outside(int signal) {
  return signal == SIGKILL || signal == SIGTERM || signal == SIGINT || signal == SIGHUP ||
         signal == SIGXCPU;
}

SingleRunResult finish(Child& child, const ChildRuns& runs) {
  ::close(child.pipe);
  int status = 0;
  while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  if (child.received.starts_with(kLastWord)) {
    return runs.lost(child.index, VerdictKind::kDied, child.received.substr(1));
  }
  SingleRunResult result;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && unpack(child.received, result))
    return result;
  if (!WIFSIGNALED(status)) {
    return runs.lost(child.index, VerdictKind::kDied,
                     fmt::format("the run's process ended with status {}", WEXITSTATUS(status)));
  }
  const int signal = WTERMSIG(status);
  return runs.lost(child.index, from_outside(signal) ? VerdictKind::kUndecided : VerdictKind::kDied,
                   fmt::format("the run's process {} signal {} ({})",
                               from_outside(signal) ? "was ended from outside by" : "died by",
                               signal, ::strsignal(signal)));
}

}  // namespace

void run_in_children(const ChildRuns& runs) {
  std::size_t count = runs.count;
  std::vector<Child> running;
  std::map<std::size_t, SingleRunResult> waiting;  // finished before an earlier one
  std::size_t next = 0;
  std::size_t next_to_report = 0;
  bool told = false;
  while (next < count || !running.empty()) {
    const bool stop = runs.interrupted != nullptr && *runs.interrupted != 0;
    if (stop && !told) {
      // Only the parent may have been told; the runs end by themselves and leave readable folders.
      for (const Child& child : running) ::kill(child.process, SIGTERM);
      told = true;
    }
    if (stop) count = next;
    while (next < count && running.size() < static_cast<std::size_t>(runs.at_once)) {
      Child child{};
      if (start_child(next, running, runs, child)) {
        running.push_back(std::move(child));
      } else {
        waiting[next] = runs.lost(next, VerdictKind::kUndecided,
                                  fmt::format("cannot start a process: {}", std::strerror(errno)));
      }
      ++next;
    }
    std::vector<pollfd> polled;
    for (const Child& child : running) polled.push_back({child.pipe, POLLIN, 0});
    if (!polled.empty() && ::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    for (std::size_t i = running.size(); i-- > 0;) {
      if (polled[i].revents == 0 || !drain(running[i])) continue;
      waiting[running[i].index] = finish(running[i], runs);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (auto ready = waiting.find(next_to_report); ready != waiting.end();
         ready = waiting.find(next_to_report)) {
      runs.done(next_to_report, std::move(ready->second));
      waiting.erase(ready);
      ++next_to_report;
    }
  }
}

}  // namespace gtsim
