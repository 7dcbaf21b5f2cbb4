// The folder of one run: <out>/<scenario>/<seed>/, with a link `latest` beside it. Everything in it
// is described in proto/run-folder.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"

namespace gtsim {

// Which description of proto/run-folder.md a folder follows; in its file `format`. Goes up when
// what reads the folder today would misread it.
inline constexpr std::uint64_t kRunFolderFormat = 1;

// Whoever reads a folder back asks this first. kInput: it was written by a newer gtsim, or its
// `format` is no number. A folder without one is from before there were numbers, when it looked as
// in format 1; a folder that is not there is left to the reader.
[[nodiscard]] Result<void> check_run_folder_format(const std::string& folder);

class RunFolder {
 public:
  // Makes the folder, empties it of an earlier run's files, and writes format, scenario.yaml
  // and seed.
  // Errors (kIo) name the path and the reason.
  [[nodiscard]] static Result<RunFolder> create(const std::string& out, const Scenario& scenario,
                                                std::uint64_t seed);

  // The folder of a run that came to no verdict; nothing when there is none.
  [[nodiscard]] static std::optional<RunFolder> without_verdict(const std::string& out,
                                                                const Scenario& scenario,
                                                                std::uint64_t seed);

  [[nodiscard]] const std::string& path() const { return path_; }
  // Writes a whole file under a temporary name and renames it, so that a reader sees all or
  // nothing.
  [[nodiscard]] Result<void> write(std::string_view name, std::string_view text) const;

 private:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace gtsim
