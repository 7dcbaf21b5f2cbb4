// Files that a run reads, and leaves, while it is played. The run opens none of them: whoever has
// it played hands it the way to them, and without one these files are not there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gtsim {

// A file of lines.
class KeptLines {
 public:
  virtual ~KeptLines() = default;
  [[nodiscard]] virtual bool readable() const = 0;
  // The next line without its line end; nothing at the end.
  [[nodiscard]] virtual std::optional<std::string> next() = 0;
  // Puts `text`, lines with their ends, in place of what is there. Empty, or why it could not.
  [[nodiscard]] virtual std::string replace(std::string_view text) = 0;
};

class RunFiles {
 public:
  virtual ~RunFiles() = default;

  // The golden file of an expectation; null: there is none, and none can be made.
  [[nodiscard]] virtual std::unique_ptr<KeptLines> golden(const std::string& /*path*/) {
    return nullptr;
  }
  // The file to which a consumer's handler appends what it writes to its standard error; empty:
  // that is dropped.
  [[nodiscard]] virtual std::string errors_path(const std::string& /*consumer*/) { return {}; }
  // In how many lines of that, by now, the text occurs.
  [[nodiscard]] virtual std::int64_t error_lines(const std::string& /*consumer*/,
                                                 std::string_view /*text*/) {
    return 0;
  }
};

}  // namespace gtsim
