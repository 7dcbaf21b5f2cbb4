#include "coordinator/handler/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "coordinator/handler/reply.h"
#include "region-node/base/check.h"
#include "region-node/file/process_file.h"

namespace gtsim {
namespace {

// Room for one write of a large event instead of sixteen; refused by the system, it stays 64 KiB.
constexpr int kPipeBytes = 1 << 20;

struct Pipe {
  OwnedFile read_end;
  OwnedFile write_end;

  bool open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = above_standard(OwnedFile(ends[0]));
    write_end = above_standard(OwnedFile(ends[1]));
    return read_end.is_open() && write_end.is_open();
  }

  // This process may have been started without standard files. An end in one of their places would
  // be lost when the child puts its own there.
  static OwnedFile above_standard(OwnedFile file) {
    if (file.number() > STDERR_FILENO) return file;
    return OwnedFile(::fcntl(file.number(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
};

void do_not_block(const OwnedFile& file) {
  ::fcntl(file.number(), F_SETFL, ::fcntl(file.number(), F_GETFL) | O_NONBLOCK);
}

// What the child could not do before it became the program; sent over a pipe that the program's
// start closes.
struct Complaint {
  enum class Step : int { kDirectory, kProgram, kSetUp };
  Step step;
  int error;
};

// This process's environment with `added` in place of, or after, what it has.
std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> out;
  for (char** entry = ::environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    bool replaced = false;
    for (const auto& [name, value] : added) {
      replaced |= text.size() > name.size() && text[name.size()] == '=' && text.starts_with(name);
    }
    if (!replaced) out.emplace_back(text);
  }
  for (const auto& [name, value] : added) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

struct ChildSide {
  const char* directory;
  char* const* arguments;
  char* const* environment;
  int input;
  int output;
  int errors;
  int complaints;
  pid_t parent;
};

// Between fork and exec; calls nothing that may allocate or lock.
[[noreturn]] void become_program(const ChildSide& side) {
  const auto give_up = [&side](Complaint::Step step) {
    const Complaint complaint{step, errno};
    [[maybe_unused]] const ssize_t told = ::write(side.complaints, &complaint, sizeof complaint);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up(Complaint::Step::kSetUp);
  if (::getppid() != side.parent) ::_exit(127);  // it ended before it could be watched
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (::dup2(side.input, STDIN_FILENO) < 0 || ::dup2(side.output, STDOUT_FILENO) < 0 ||
      ::dup2(side.errors, STDERR_FILENO) < 0) {
    give_up(Complaint::Step::kSetUp);
  }
  if (side.directory != nullptr && ::chdir(side.directory) != 0) {
    give_up(Complaint::Step::kDirectory);
  }
  ::execvpe(side.arguments[0], side.arguments, side.environment);
  give_up(Complaint::Step::kProgram);
  ::_exit(127);
}

// Nothing when the program has begun.
std::optional<Complaint> complaint_from(int file) {
  Complaint complaint{};
  ssize_t count;
  do {
    count = ::read(file, &complaint, sizeof complaint);
  } while (count < 0 && errno == EINTR);
  if (count != static_cast<ssize_t>(sizeof complaint)) return std::nullopt;
  return complaint;
}

ChildProcess::StartFailure failure_of(const Complaint& complaint, const ChildCommand& command) {
  const char* reason = std::strerror(complaint.error);
  const bool may_pass = complaint.error == ENOMEM || complaint.error == EAGAIN ||
                        complaint.error == ETXTBSY || complaint.error == EMFILE ||
                        complaint.error == ENFILE;
  const std::string program = quoted(command.arguments[0]);
  switch (complaint.step) {
    case Complaint::Step::kDirectory:
      return {fmt::format("the handler {} cannot run in {}: {}", program, quoted(command.directory),
                          reason),
              !may_pass};
    case Complaint::Step::kProgram:
      return {fmt::format("the handler {} cannot be started: {}", program, reason), !may_pass};
    case Complaint::Step::kSetUp:
      break;
  }
  return {fmt::format("no process for the handler {}: {}", program, reason), false};
}

}  // namespace

std::optional<ChildProcess::StartFailure> ChildProcess::start(const ChildCommand& command) {
  CHECK(!is_running());
  CHECK(!command.arguments.empty());
  const std::vector<std::string> environment = environment_with(command.environment);
  const std::vector<char*> argument_pointers = pointers_to(command.arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const auto refused = [&command] {
    return StartFailure{fmt::format("no process for the handler {}: {}",
                                    quoted(command.arguments[0]), std::strerror(errno)),
                        /*permanent=*/false};
  };
  Pipe to_child;
  Pipe from_child;
  Pipe errors_of_child;
  Pipe complaints;
  if (!to_child.open() || !from_child.open() || !errors_of_child.open() || !complaints.open()) {
    return refused();
  }
  ::fcntl(to_child.write_end.number(), F_SETPIPE_SZ, kPipeBytes);
  ::fcntl(from_child.read_end.number(), F_SETPIPE_SZ, kPipeBytes);

  const ChildSide side{command.directory.empty() ? nullptr : command.directory.c_str(),
                       argument_pointers.data(),
                       environment_pointers.data(),
                       to_child.read_end.number(),
                       from_child.write_end.number(),
                       errors_of_child.write_end.number(),
                       complaints.write_end.number(),
                       ::getpid()};
  const pid_t process = ::fork();
  if (process < 0) return refused();
  if (process == 0) become_program(side);
  process_ = process;
  complaints.write_end.close();
  if (const auto complaint = complaint_from(complaints.read_end.number())) {
    kill();
    return failure_of(*complaint, command);
  }
  exit_file_ = open_process(process);
  if (!exit_file_.is_open()) {
    const StartFailure failure = refused();
    kill();
    return failure;
  }
  input = std::move(to_child.write_end);
  output = std::move(from_child.read_end);
  errors = std::move(errors_of_child.read_end);
  do_not_block(input);
  do_not_block(output);
  do_not_block(errors);
  return std::nullopt;
}

void ChildProcess::kill() {
  if (is_running()) reap();
}

ChildProcess::Ending ChildProcess::reap() {
  CHECK(is_running());
  end_group();
  int status = 0;
  pid_t found;
  do {
    found = ::waitpid(process_, &status, 0);
  } while (found < 0 && errno == EINTR);
  process_ = 0;
  exit_file_.close();
  input.close();
  output.close();
  errors.close();
  if (found < 0) return {"ended", false};  // somebody else has asked the system for its status
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return {name == nullptr ? fmt::format("was ended by signal {}", number)
                            : fmt::format("was ended by signal {} (SIG{})", number, name),
            false};
  }
  return {fmt::format("exited with status {}", WEXITSTATUS(status)), WEXITSTATUS(status) == 0};
}

ssize_t ChildProcess::write_input(std::string_view first, std::string_view second) {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::sigpending(&pending);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const iovec parts[] = {{const_cast<char*>(first.data()), first.size()},
                         {const_cast<char*>(second.data()), second.size()}};
  const ssize_t written = ::writev(input.number(), parts, 2);
  const int error = errno;
  if (written < 0 && error == EPIPE && ::sigismember(&pending, SIGPIPE) == 0) {
    const timespec at_once{};
    while (::sigtimedwait(&pipe_signal, nullptr, &at_once) < 0 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return written;
}

std::size_t ChildProcess::unread_input() const {
  int count = 0;
  if (!input.is_open() || ::ioctl(input.number(), FIONREAD, &count) != 0) return 0;
  return static_cast<std::size_t>(count);
}

// Until it is waited for, the child keeps its number, ended or not: no other group can have it.
void ChildProcess::end_group() {
  ::kill(-process_, SIGKILL);
}

}  // namespace gtsim
