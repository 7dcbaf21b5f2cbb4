// What a child process writes to its standard error: kept in a file up to a limit, the last line
// kept at hand for messages.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gtsim {

class OutputLog {
 public:
  // Appends to `path`, which is made on the first output; an empty path keeps no file.
  OutputLog(std::string path, std::size_t bytes_max);
  ~OutputLog();
  OutputLog(const OutputLog&) = delete;
  OutputLog& operator=(const OutputLog&) = delete;

  void append(std::string_view text);

  // The last line that is not blank, at most about 1,000 bytes of it; unfinished lines count.
  [[nodiscard]] std::string_view last_line() const;
  // A new process begins: what the last one said is no longer the last line.
  void forget_last_line() { recent_.clear(); }

  // "PATH: No space left on device"; empty while all is well. The first error stays.
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  void write(std::string_view text);

  std::string path_;
  std::size_t room_;
  bool full_ = false;
  int file_ = -1;
  std::string error_;
  std::string recent_;  // the end of the output
};

}  // namespace gtsim
