#include "coordinator/report/disk_files.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "region-node/file/output_file.h"

namespace gtsim {
namespace {

constexpr const char* kErrorsName = "stderr.txt";

class LinesOnDisk final : public KeptLines {
 public:
  explicit LinesOnDisk(const std::string& path) : path_(path), file_(path), readable_(!!file_) {}

  bool readable() const override { return readable_; }

  std::optional<std::string> next() override {
    std::string line;
    if (!std::getline(file_, line)) return std::nullopt;
    return line;
  }

  std::string replace(std::string_view text) override {
    file_.close();
    OutputFile out;
    out.open(path_);
    out.write(text);
    return out.close() ? "" : out.error();
  }

 private:
  std::string path_;
  std::ifstream file_;
  bool readable_;
};

}  // namespace

DiskFiles::DiskFiles(const std::string& run_folder)
    : consumers_(run_folder.empty() ? "" : run_folder + "/consumers") {}

std::string DiskFiles::folder_of(const std::string& consumer) const {
  return fmt::format("{}/{}", consumers_, consumer);
}

std::unique_ptr<KeptLines> DiskFiles::golden(const std::string& path) {
  return std::make_unique<LinesOnDisk>(path);
}

std::string DiskFiles::errors_path(const std::string& consumer) {
  if (consumers_.empty()) return {};
  std::error_code code;
  // What is wrong with the folder is told by the handler, which opens the file.
  std::filesystem::create_directories(folder_of(consumer), code);
  return fmt::format("{}/{}", folder_of(consumer), kErrorsName);
}

std::int64_t DiskFiles::error_lines(const std::string& consumer, std::string_view text) {
  if (consumers_.empty()) return 0;
  std::ifstream file(fmt::format("{}/{}", folder_of(consumer), kErrorsName));
  std::string line;
  std::int64_t count = 0;
  while (std::getline(file, line)) {
    if (line.find(text) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace gtsim
