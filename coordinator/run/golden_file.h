// A file of lines that a run must produce again. Compared line by line as they come.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "coordinator/run/run_files.h"

namespace gtsim {

class GoldenFile {
 public:
  // `whose`: what the lines come from, for messages ("the stream"). With `update` the lines are
  // kept and the file is rewritten when it differs. `file`: null: it cannot be read.
  GoldenFile(std::string path, std::string whose, bool update, std::unique_ptr<KeptLines> file);

  void line(std::string_view line);
  // After the last line. What differs first, empty when nothing does. With `update` the file has
  // been rewritten then.
  [[nodiscard]] std::string finish();
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

  // Without eventID, SequenceNumber and shardId: they differ from seed to seed and carry no
  // behaviour.
  [[nodiscard]] static std::string comparable(std::string record);

 private:
  [[nodiscard]] std::optional<std::string> next_expected();

  std::string path_;
  std::string whose_;
  bool update_;
  std::unique_ptr<KeptLines> file_;
  std::uint64_t lines_ = 0;
  std::uint64_t line_number_ = 0;  // of the file
  std::string difference_;
  std::string kept_;
};

}  // namespace gtsim
