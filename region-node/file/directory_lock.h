// A directory for one process at a time.
#pragma once

#include <string>

#include "region-node/base/result.h"
#include "region-node/file/owned_file.h"

namespace gtsim {

// Makes the directory if it is not there (not those above it) and locks it for as long as what is
// returned lives. The lock is the directory's own: no file in it can be removed to get past it.
// kInput: another process has it; kIo: what the system says.
[[nodiscard]] Result<OwnedFile> lock_directory(const std::string& path);

}  // namespace gtsim
