#include "sim/command/worker_pool.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <vector>

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

SingleRunResult crashed(const std::string& why) {
  SingleRunResult result;
  result.kind = VerdictKind::kUndecided;
  result.exit_code = 3;
  result.headline = why;
  result.human = "gtsim: " + why + "\n";
  return result;
}

bool start_child(std::size_t index, const std::vector<Child>& others,
                 const std::function<SingleRunResult(std::size_t)>& work, Child& child) {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  const pid_t process = ::fork();
  if (process < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return false;
  }
  if (process == 0) {
    ::close(ends[0]);
    for (const Child& other : others) ::close(other.pipe);
    write_all(ends[1], pack(work(index)));
    ::close(ends[1]);
    ::_exit(0);  // not exit(): what the parent had buffered is the parent's to write
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

SingleRunResult finish(Child& child) {
  ::close(child.pipe);
  int status = 0;
  while (::waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
  }
  SingleRunResult result;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && unpack(child.received, result))
    return result;
  if (WIFSIGNALED(status)) {
    return crashed(fmt::format("the run's process died by signal {} ({})", WTERMSIG(status),
                               ::strsignal(WTERMSIG(status))));
  }
  return crashed(fmt::format("the run's process ended with status {}", WEXITSTATUS(status)));
}

}  // namespace

void run_in_children(std::size_t count, int jobs, const volatile std::sig_atomic_t* interrupted,
                     const std::function<SingleRunResult(std::size_t)>& work,
                     const std::function<void(std::size_t, SingleRunResult)>& done) {
  std::vector<Child> running;
  std::map<std::size_t, SingleRunResult> waiting;  // finished before an earlier one
  std::size_t next = 0;
  std::size_t next_to_report = 0;
  bool told = false;
  while (next < count || !running.empty()) {
    const bool stop = interrupted != nullptr && *interrupted != 0;
    if (stop && !told) {
      // Only the parent may have been told; the runs end by themselves and leave readable folders.
      for (const Child& child : running) ::kill(child.process, SIGTERM);
      told = true;
    }
    if (stop) count = next;
    while (next < count && running.size() < static_cast<std::size_t>(jobs)) {
      Child child{};
      if (start_child(next, running, work, child)) {
        running.push_back(std::move(child));
      } else {
        waiting[next] = crashed(fmt::format("cannot start a process: {}", std::strerror(errno)));
      }
      ++next;
    }
    std::vector<pollfd> polled;
    for (const Child& child : running) polled.push_back({child.pipe, POLLIN, 0});
    if (!polled.empty() && ::poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) return;
    for (std::size_t i = running.size(); i-- > 0;) {
      if (polled[i].revents == 0 || !drain(running[i])) continue;
      waiting[running[i].index] = finish(running[i]);
      running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
    }
    for (auto ready = waiting.find(next_to_report); ready != waiting.end();
         ready = waiting.find(next_to_report)) {
      done(next_to_report, std::move(ready->second));
      waiting.erase(ready);
      ++next_to_report;
    }
  }
}

}  // namespace gtsim
