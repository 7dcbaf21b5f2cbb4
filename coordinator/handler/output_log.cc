#include "coordinator/handler/output_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace gtsim {
namespace {

constexpr std::size_t kRecentBytesMax = 1000;
constexpr std::string_view kBlank = " \t\r\n";

}  // namespace

OutputLog::OutputLog(std::string path, std::size_t bytes_max)
    : path_(std::move(path)), room_(bytes_max) {}

OutputLog::~OutputLog() {
  if (file_ >= 0) ::close(file_);
}

void OutputLog::append(std::string_view text) {
  recent_ += text.substr(text.size() - std::min(text.size(), kRecentBytesMax));
  if (recent_.size() > kRecentBytesMax) recent_.erase(0, recent_.size() - kRecentBytesMax);
  if (path_.empty() || full_ || text.empty()) return;
  write(text.substr(0, room_));
  if (text.size() > room_) {
    full_ = true;
    write("\n[gtsim: the handler wrote more than is kept; the rest is dropped]\n");
    return;
  }
  room_ -= text.size();
}

std::string_view OutputLog::last_line() const {
  std::string_view text = recent_;
  const std::size_t end = text.find_last_not_of(kBlank);
  if (end == std::string_view::npos) return {};
  text = text.substr(0, end + 1);
  const std::size_t line_end = text.rfind('\n');
  return line_end == std::string_view::npos ? text : text.substr(line_end + 1);
}

void OutputLog::write(std::string_view text) {
  if (!error_.empty()) return;
  if (file_ < 0) file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  while (file_ >= 0 && !text.empty()) {
    const ssize_t written = ::write(file_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (file_ < 0 || !text.empty()) error_ = fmt::format("{}: {}", path_, std::strerror(errno));
}

}  // namespace gtsim
