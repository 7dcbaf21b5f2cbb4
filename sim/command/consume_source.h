// The stream file of a run folder, line by line, also while the run still writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "region-node/base/result.h"
#include "region-node/file/owned_file.h"

namespace gtsim {

struct StreamName {
  std::string region;
  std::string table;
};

// The one stream that `region` and `table` (empty: any) name. Errors (kInput) say what there is.
[[nodiscard]] Result<StreamName> find_stream(const std::string& folder, const std::string& region,
                                             const std::string& table);

class StreamSource {
 public:
  StreamSource(const std::string& folder, const StreamName& name);

  enum class Status : std::uint8_t { kLine, kNoneYet, kNewRun, kFailed };
  // Gives the next whole line, without its end; valid until the next call. kNewRun: the folder has
  // been taken by another run since. kFailed: error() says why.
  [[nodiscard]] Status next(std::string_view& line);
  // The run has ended: what is not there after this will never be.
  [[nodiscard]] bool run_is_over() const;
  // A line that was begun and has no end.
  [[nodiscard]] bool ends_within_a_line() const { return begin_ < buffer_.size(); }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& error() const { return error_; }

 private:
  enum class Fill : std::uint8_t { kMore, kNothing, kFailed };
  Fill fill();
  [[nodiscard]] bool is_replaced() const;

  std::string path_;
  std::string verdict_path_;
  OwnedFile file_;
  std::string buffer_;
  std::size_t begin_ = 0;     // of the line to come, in buffer_
  std::size_t searched_ = 0;  // of buffer_, for a line end
  std::uint64_t lines_ = 0;
  std::string error_;
};

}  // namespace gtsim
