// A region-node of its own for a test: started with flags, told from its ready line, ended in every
// case. Standard error goes to a file.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace gtsim {

// Waits for `condition`, at most so long. A poll, not a sleep: it goes on as soon as it holds.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds at_most = std::chrono::seconds{60}) {
  const auto deadline = std::chrono::steady_clock::now() + at_most;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
    ::poll(nullptr, 0, 2);
  }
  return true;
}

// A connection to 127.0.0.1:port of "127.0.0.1:port".
inline int connect_to(const std::string& address) {
  std::uint16_t port = 0;
  const std::size_t colon = address.rfind(':');
  std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
    ::close(socket);
    return -1;
  }
  return socket;
}

// Sends bytes and returns all that comes back.
inline std::string talk(const std::string& address, const std::string& bytes) {
  const int socket = connect_to(address);
  if (socket < 0) return "no connection";
  (void)::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  std::string answer;
  char buffer[4096];
  pollfd file{socket, POLLIN, 0};
  while (::poll(&file, 1, 60'000) > 0) {
    const ssize_t size = ::recv(socket, buffer, sizeof buffer, 0);
    if (size <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(size));
  }
  ::close(socket);
  return answer;
}

class TestFolder {
 public:
  TestFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "gtsim-node-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

class SpawnedNode {
 public:
  // `error_file`: where its standard error goes.
  SpawnedNode(const std::vector<std::string>& arguments, std::string error_file)
      : error_file_(std::move(error_file)) {
    int pipe_ends[2];
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) std::abort();
    std::vector<std::string> words = {REGION_NODE_PROGRAM};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const int errors = ::open(error_file_.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::dup2(pipe_ends[1], 1);
      ::dup2(errors, 2);
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    ::close(errors);
    ::close(pipe_ends[1]);
    output_ = pipe_ends[0];
  }
  ~SpawnedNode() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      (void)wait();
    }
    ::close(output_);
  }
  SpawnedNode(const SpawnedNode&) = delete;
  SpawnedNode& operator=(const SpawnedNode&) = delete;

  // The ready line, read once; an empty object when the node ended or said nothing for 60 s.
  [[nodiscard]] const boost::json::object& ready() {
    if (!ready_.empty()) return ready_;
    std::string line;
    while (!line.ends_with('\n')) {
      pollfd file{output_, POLLIN, 0};
      char byte = 0;
      if (::poll(&file, 1, 60'000) <= 0 || ::read(output_, &byte, 1) != 1) return ready_;
      line += byte;
    }
    ready_ = boost::json::parse(line).as_object();
    return ready_;
  }
  [[nodiscard]] std::string address(const char* listener) {
    const boost::json::object& line = ready();
    const auto* value = line.if_contains(listener);
    return value == nullptr ? "" : std::string(value->as_string());
  }
  // What is left on standard output once the node has ended.
  [[nodiscard]] std::string rest_of_output() const {
    std::string rest;
    char bytes[512];
    ssize_t size = 0;
    while ((size = ::read(output_, bytes, sizeof bytes)) > 0) {
      rest.append(bytes, static_cast<std::size_t>(size));
    }
    return rest;
  }

  void signal(int number) const { ::kill(pid_, number); }
  // The exit code, 128 + the signal, or -1 when it does not end within 60 s.
  int wait() {
    int status = 0;
    const bool ended = eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; });
    if (!ended) return -1;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  int stop(int number = SIGTERM) {
    signal(number);
    return wait();
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::string errors() const {
    std::ifstream file(error_file_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  const std::string error_file_;
  pid_t pid_ = -1;
  int output_ = -1;
  boost::json::object ready_;
};

}  // namespace gtsim
