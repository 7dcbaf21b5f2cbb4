// Where a reader of a stream goes on: one JSON object in a file of the user's, replaced as a whole.
#pragma once

#include <optional>
#include <string>

#include "region-node/base/result.h"

namespace gtsim {

struct Checkpoint {
  std::string region;
  std::string table;
  std::string sequence_number;  // of the last record that needs no reading again
};

// Nothing when there is no such file. Errors: kIo, kInput.
[[nodiscard]] Result<std::optional<Checkpoint>> read_checkpoint(const std::string& path);

// A reader of the file sees the old text or the new one. Errors (kIo) name the path and the reason.
[[nodiscard]] Result<void> write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace gtsim
