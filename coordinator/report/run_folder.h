// The folder of one run: <out>/<scenario>/<seed>/, with a link `latest` beside it. Everything in it
// is described in proto/run-folder.md.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/scenario/scenario.h"
#include "region-node/base/result.h"

namespace gtsim {

class RunFolder {
 public:
  // Makes the folder, empties it of an earlier run's files, and writes scenario.yaml and seed.
  // Errors (kIo) name the path and the reason.
  [[nodiscard]] static Result<RunFolder> create(const std::string& out, const Scenario& scenario,
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
