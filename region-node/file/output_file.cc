#include "region-node/file/output_file.h"

#include <cerrno>
#include <cstring>
#include <utility>

namespace gtsim {

OutputFile::OutputFile(OutputFile&& other) noexcept
    : file_(std::exchange(other.file_, nullptr)),
      path_(std::move(other.path_)),
      error_(std::move(other.error_)) {}

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(path_, other.path_);
  std::swap(error_, other.error_);
  return *this;
}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void OutputFile::remember_error() {
  if (error_.empty()) error_ = path_ + ": " + std::strerror(errno);
}

void OutputFile::open(const std::string& path) {
  path_ = path;
  error_.clear();
  file_ = std::fopen(path.c_str(), "wb");
  if (file_ == nullptr) remember_error();
}

void OutputFile::write(std::string_view text) {
  if (file_ == nullptr || !error_.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) remember_error();
}

bool OutputFile::close() {
  if (file_ != nullptr) {
    if (std::fclose(file_) != 0) remember_error();
    file_ = nullptr;
  }
  return error_.empty();
}

}  // namespace gtsim
