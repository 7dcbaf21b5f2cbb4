#include "coordinator/live/known_process.h"

#include <fmt/format.h>
#include <poll.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "region-node/file/poll_timeout.h"
#include "region-node/file/process_file.h"

namespace gtsim {
namespace {

namespace fs = std::filesystem;

std::string read_proc(pid_t pid, const char* name) {
  std::ifstream file{fmt::format("/proc/{}/{}", pid, name), std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// Its arguments are "--config FILE", and that is the file.
bool runs_with(pid_t pid, const std::string& config_path) {
  const std::string line = read_proc(pid, "cmdline");
  const std::size_t first = line.find('\0');
  if (first == std::string::npos) return false;
  const std::string_view rest = std::string_view{line}.substr(first + 1);
  const std::size_t second = rest.find('\0');
  if (second == std::string_view::npos || rest.substr(0, second) != "--config") return false;
  const std::string_view named = rest.substr(second + 1);
  const std::string path{named.substr(0, named.find('\0'))};
  std::error_code code;
  // A relative name is as its own folder has it.
  const fs::path folder = fs::read_symlink(fmt::format("/proc/{}/cwd", pid), code);
  return !code && fs::equivalent(folder / path, config_path, code) && !code;
}

}  // namespace

std::uint64_t process_birth(pid_t pid) {
  const std::string text = read_proc(pid, "stat");
  // "pid (name) state ... starttime ...": the name may hold anything, its end is the last ')'.
  const std::size_t close = text.rfind(')');
  if (close == std::string::npos || close + 2 >= text.size()) return 0;
  if (text[close + 2] == 'Z') return 0;  // it has ended, and nobody has asked how
  std::size_t place = close + 2;
  for (int field = 3; field < 22 && place != std::string::npos; ++field) {
    place = text.find(' ', place + 1);
  }
  if (place == std::string::npos) return 0;
  std::uint64_t birth = 0;
  std::from_chars(text.data() + place + 1, text.data() + text.size(), birth);
  return birth;
}

std::optional<KnownProcess> KnownProcess::find(pid_t pid, std::uint64_t birth,
                                               const std::string& config_path) {
  // 1 is the system's first, and what is below stands for groups of processes.
  if (pid <= 1 || birth == 0) return std::nullopt;
  OwnedFile process = open_process(pid);
  if (!process.is_open()) return std::nullopt;
  // Asked once the descriptor stands: what the number means now, it holds.
  if (process_birth(pid) != birth || !runs_with(pid, config_path)) return std::nullopt;
  return KnownProcess(std::move(process));
}

void KnownProcess::signal(int number) const {
  signal_process(process_, number);
}

bool KnownProcess::wait(std::chrono::milliseconds limit) const {
  const auto until = std::chrono::steady_clock::now() + limit;
  pollfd ended{process_.number(), POLLIN, 0};
  while (::poll(&ended, 1, poll_timeout_ms(until)) < 0) {
  }
  return ended.revents != 0;
}

}  // namespace gtsim
