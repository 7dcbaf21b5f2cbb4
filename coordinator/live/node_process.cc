#include "coordinator/live/node_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <utility>

namespace gtsim {
namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kLastWords = 600;

Error failed(const std::string& what) {
  return Error{Errc::kIo, fmt::format("{}: {}", what, std::strerror(errno))};
}

std::string words_of(int status) {
  if (WIFEXITED(status)) return fmt::format("exited with status {}", WEXITSTATUS(status));
  const int number = WTERMSIG(status);
  return fmt::format("was ended by signal {} (SIG{})", number, ::sigabbrev_np(number));
}

struct ChildSide {
  const char* program;
  char* const* arguments;
  int input;
  int output;
  int errors;
  pid_t parent;
  bool dies_with_parent;
};

// Between fork and exec; calls nothing that may allocate or lock.
[[noreturn]] void become_node(const ChildSide& side) {
  if (side.dies_with_parent) {
    ::setpgid(0, 0);  // an interrupt at the terminal is for the coordinator
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) ::_exit(127);
    if (::getppid() != side.parent) ::_exit(127);
  } else {
    ::setsid();
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
  if (::dup2(side.input, STDIN_FILENO) < 0 || ::dup2(side.output, STDOUT_FILENO) < 0 ||
      ::dup2(side.errors, STDERR_FILENO) < 0) {
    ::_exit(127);
  }
  ::execv(side.program, side.arguments);
  ::_exit(127);
}

}  // namespace

Result<std::string> find_region_node() {
  namespace fs = std::filesystem;
  if (const char* named = std::getenv("GTSIM_REGION_NODE"); named != nullptr && *named != '\0') {
    if (::access(named, X_OK) == 0) return std::string{named};
    return Error{Errc::kInput, fmt::format("GTSIM_REGION_NODE={}: no program that can be run: {}",
                                           named, std::strerror(errno))};
  }
  std::error_code code;
  const fs::path own = fs::read_symlink("/proc/self/exe", code).parent_path();
  const std::array<fs::path, 2> places = {own / ".." / "region-node" / "region-node",
                                          own / "region-node"};
  for (const fs::path& place : places) {
    if (fs::is_regular_file(place, code) && ::access(place.c_str(), X_OK) == 0) {
      return place.lexically_normal().string();
    }
  }
  return Error{Errc::kInput,
               fmt::format("the program region-node was not found at {} nor at {}; build it (./dev "
                           "build), or name it in GTSIM_REGION_NODE",
                           places[0].lexically_normal().string(), places[1].string())};
}

NodeProcess::~NodeProcess() {
  if (pid_ <= 0 || ending_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

NodeProcess::NodeProcess(NodeProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      log_path_(std::move(other.log_path_)),
      heard_(std::move(other.heard_)),
      output_(std::move(other.output_)),
      leash_(std::move(other.leash_)),
      ending_(std::move(other.ending_)) {}

NodeProcess& NodeProcess::operator=(NodeProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(log_path_, other.log_path_);
  std::swap(heard_, other.heard_);
  std::swap(output_, other.output_);
  std::swap(leash_, other.leash_);
  std::swap(ending_, other.ending_);
  return *this;
}

Result<NodeProcess> NodeProcess::start(const Command& command) {
  NodeProcess process;
  process.log_path_ = command.log_path;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return failed("a pipe");
  process.output_ = OwnedFile(ends[0]);
  const OwnedFile write_end(ends[1]);
  OwnedFile input;
  if (command.dies_with_us) {
    input = OwnedFile(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  } else {
    int leash[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, leash) != 0) return failed("a pipe");
    input = OwnedFile(leash[0]);
    process.leash_ = OwnedFile(leash[1]);
  }
  const OwnedFile errors(
      ::open(command.log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!errors.is_open()) return failed(command.log_path);
  ::fcntl(process.output_.number(), F_SETFL, O_NONBLOCK);

  const std::string flag = "--config";
  const std::string leashed = "--leash";
  const std::array<char*, 5> arguments = {
      const_cast<char*>(command.program.c_str()), const_cast<char*>(flag.c_str()),
      const_cast<char*>(command.config_path.c_str()),
      command.dies_with_us ? nullptr : const_cast<char*>(leashed.c_str()), nullptr};
  const ChildSide side{command.program.c_str(), arguments.data(), input.number(),
                       write_end.number(),      errors.number(),  ::getpid(),
                       command.dies_with_us};
  const pid_t pid = ::fork();
  if (pid < 0) return failed("a process for a region node");
  if (pid == 0) become_node(side);
  process.pid_ = pid;
  return process;
}

std::string NodeProcess::last_words() const {
  std::ifstream file{log_path_, std::ios::binary | std::ios::ate};
  const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : 0;
  const std::streamoff from = std::max<std::streamoff>(0, size - kLastWords);
  std::string text(static_cast<std::size_t>(size - from), '\0');
  file.seekg(from);
  file.read(text.data(), size - from);
  if (from > 0) text = "..." + text;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.empty() ? fmt::format("; its log {} is empty", log_path_)
                      : fmt::format("; its log {} ends:\n{}", log_path_, text);
}

Result<std::optional<NodeAddresses>> NodeProcess::ready() {
  char buffer[512];
  for (ssize_t got; (got = ::read(output_.number(), buffer, sizeof buffer)) > 0;) {
    heard_.append(buffer, static_cast<std::size_t>(got));
    if (heard_.size() > kLongestLine) break;
  }
  const std::size_t end = heard_.find('\n');
  if (end == std::string::npos) {
    if (const auto how = ended()) {
      return Error{Errc::kIo, fmt::format("the region node {}{}", *how, last_words())};
    }
    if (heard_.size() > kLongestLine) {
      return Error{Errc::kIo, "the region node says something else than that it is ready"};
    }
    return std::optional<NodeAddresses>{};
  }
  boost::system::error_code error;
  const boost::json::value line =
      boost::json::parse(std::string_view{heard_}.substr(0, end), error);
  const auto* object = error ? nullptr : line.if_object();
  const auto text = [&](const char* name) -> std::string {
    const auto* value = object == nullptr ? nullptr : object->if_contains(name);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
  };
  NodeAddresses addresses{text("replication"), text("http"), text("control")};
  if (text("event") != "ready" || addresses.replication.empty() || addresses.control.empty()) {
    return Error{Errc::kIo, fmt::format("the region node says `{}` instead of that it is ready",
                                        heard_.substr(0, end))};
  }
  return std::optional<NodeAddresses>{std::move(addresses)};
}

std::optional<std::string> NodeProcess::ended() {
  if (ending_) return ending_;
  if (pid_ <= 0) return "was never started";
  int status = 0;
  const pid_t got = ::waitpid(pid_, &status, WNOHANG);
  if (got == pid_) ending_ = words_of(status);
  if (got < 0) ending_ = "is gone";
  return ending_;
}

void NodeProcess::release() {
  const char word = '\n';
  while (::send(leash_.number(), &word, 1, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
  leash_.close();
  pid_ = 0;
}

void NodeProcess::signal(int number) {
  if (pid_ > 0 && !ended()) ::kill(pid_, number);
}

bool NodeProcess::wait(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (!ended()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

}  // namespace gtsim
