#include "sim/command/consume_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "coordinator/language/nearest_name.h"

namespace gtsim {
namespace {

constexpr std::string_view kSuffix = ".jsonl";

// Every "REGION.TABLE" of the folder, in name order. A region's name has no dot, a table's may.
std::vector<std::string> stream_names(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/streams", code)) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    if (name.find('.') != std::string::npos) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

StreamName split(const std::string& name) {
  const std::size_t dot = name.find('.');
  return {name.substr(0, dot), name.substr(dot + 1)};
}

Error no_stream(const std::string& folder, std::string why) {
  return {Errc::kInput, fmt::format("{}: {}", folder, std::move(why))};
}

}  // namespace

Result<StreamName> find_stream(const std::string& folder, const std::string& region,
                               const std::string& table) {
  const std::vector<std::string> names = stream_names(folder);
  std::error_code code;
  if (names.empty()) {
    if (!std::filesystem::exists(folder + "/scenario.yaml", code)) {
      return no_stream(folder, "no run folder; expected one such as runs/split-brain/latest");
    }
    return no_stream(folder,
                     "holds no stream; either no record was made, or the run was told to keep no "
                     "history");
  }
  std::vector<std::string> fitting;
  for (const std::string& name : names) {
    const StreamName found = split(name);
    if ((region.empty() || found.region == region) && (table.empty() || found.table == table)) {
      fitting.push_back(name);
    }
  }
  if (fitting.size() == 1) return split(fitting.front());
  const bool none = fitting.empty();
  const std::vector<std::string>& offered = none ? names : fitting;
  const std::vector<std::string_view> views(offered.begin(), offered.end());
  if (none) {
    return no_stream(folder, fmt::format("no stream of {}{}{}; there are {}",
                                         region.empty() ? "" : "region `" + region + "`",
                                         region.empty() || table.empty() ? "" : " and ",
                                         table.empty() ? "" : "table `" + table + "`",
                                         language::join_names(views)));
  }
  return no_stream(folder, fmt::format("choose one stream with --region and --table: {}",
                                       language::join_names(views)));
}

StreamSource::StreamSource(const std::string& folder, const StreamName& name)
    : path_(fmt::format("{}/streams/{}.{}{}", folder, name.region, name.table, kSuffix)),
      verdict_path_(folder + "/verdict.json") {}

StreamSource::Status StreamSource::next(std::string_view& line) {
  while (true) {
    const std::size_t end = buffer_.find('\n', searched_);
    if (end != std::string::npos) {
      line = std::string_view(buffer_).substr(begin_, end - begin_);
      begin_ = end + 1;
      searched_ = begin_;
      ++lines_;
      return Status::kLine;
    }
    buffer_.erase(0, begin_);
    begin_ = 0;
    searched_ = buffer_.size();
    switch (fill()) {
      case Fill::kMore:
        continue;
      case Fill::kFailed:
        return Status::kFailed;
      case Fill::kNothing:
        return is_replaced() ? Status::kNewRun : Status::kNoneYet;
    }
  }
}

StreamSource::Fill StreamSource::fill() {
  if (!file_.is_open()) {
    file_ = OwnedFile(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file_.is_open() && errno == ENOENT) return Fill::kNothing;
  }
  std::array<char, 1 << 16> bytes;
  const ssize_t count = ::read(file_.number(), bytes.data(), bytes.size());
  if (count < 0) {
    error_ = fmt::format("{}: {}", path_, std::strerror(errno));
    return Fill::kFailed;
  }
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return count == 0 ? Fill::kNothing : Fill::kMore;
}

bool StreamSource::is_replaced() const {
  struct stat mine {};
  struct stat current {};
  if (!file_.is_open() || ::fstat(file_.number(), &mine) != 0) return false;
  if (::stat(path_.c_str(), &current) != 0) return true;
  return mine.st_ino != current.st_ino || mine.st_dev != current.st_dev;
}

bool StreamSource::run_is_over() const {
  std::error_code code;
  return std::filesystem::exists(verdict_path_, code);
}

}  // namespace gtsim
