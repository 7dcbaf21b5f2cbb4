// A file that is read whole: written by a person, or left by a program. Whatever stands behind the
// name, reading ends: the size is bounded, also of what has no end (`/dev/zero`), and nobody waits
// for a pipe that nobody writes to. Sizes are whole MiB.
#pragma once

#include <cstddef>
#include <string>

#include "region-node/base/result.h"

namespace gtsim {

// The bytes of the file. Errors, without the path: "this is a folder, not a file", "the file is
// larger than 16 MiB", "nobody writes to this pipe" (kInput); what the system says (kIo).
[[nodiscard]] Result<std::string> read_file(const std::string& path, std::size_t most_bytes);

// The same of a descriptor that somebody else opened, such as standard input.
[[nodiscard]] Result<std::string> read_descriptor(int descriptor, std::size_t most_bytes);

}  // namespace gtsim
