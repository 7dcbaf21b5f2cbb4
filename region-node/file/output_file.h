// A file that is written once, in order, and knows when the disk refused.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace gtsim {

class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  // Creates or truncates. On failure error() says why.
  void open(const std::string& path);
  void write(std::string_view text);
  // Flushes; false and error() when anything since open() went wrong.
  bool close();

  [[nodiscard]] bool is_open() const { return file_ != nullptr; }
  // "PATH: No space left on device"; empty while all is well. The first error stays.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  void remember_error();
  std::FILE* file_ = nullptr;
  std::string path_;
  std::string error_;
};

}  // namespace gtsim
