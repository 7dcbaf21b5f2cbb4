// The configuration file of a region node: YAML, strict. docs/operating.md lists its fields.
#pragma once

#include <string>

#include "region-node/base/result.h"
#include "region-node/config/node_settings.h"

namespace gtsim {

inline constexpr std::size_t kMaxConfigFileBytes = 1u << 20;

// Adds what `text` says to `settings`. kInput with a line "file:line:column: field: what was found,
// what was expected" for every error of the file.
[[nodiscard]] Result<void> read_config(const std::string& text, const std::string& file,
                                       NodeSettings& settings);
// The same for the file at `path`; kInput too when it cannot be read.
[[nodiscard]] Result<void> read_config_file(const std::string& path, NodeSettings& settings);

}  // namespace gtsim
