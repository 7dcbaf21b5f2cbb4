// The files of a run (coordinator/run/run_files.h) on this machine's disk: golden files where the
// scenario says, handlers' standard error in the run folder.
#pragma once

#include <string>

#include "coordinator/run/run_files.h"

namespace gtsim {

class DiskFiles final : public RunFiles {
 public:
  // `run_folder`: empty: what handlers write to their standard error is dropped.
  explicit DiskFiles(const std::string& run_folder);

  std::unique_ptr<KeptLines> golden(const std::string& path) override;
  // consumers/<name>/stderr.txt, in a folder that is made.
  std::string errors_path(const std::string& consumer) override;
  std::int64_t error_lines(const std::string& consumer, std::string_view text) override;

 private:
  [[nodiscard]] std::string folder_of(const std::string& consumer) const;

  std::string consumers_;  // folder; empty: there is none
};

}  // namespace gtsim
