// The command line of region-node. Flags override the configuration file.
#pragma once

#include <iosfwd>
#include <string>
#include <variant>
#include <vector>

#include "region-node/config/node_config.h"

namespace gtsim {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;         // while running: the disk refused
inline constexpr int kExitUnusable = 2;       // flags, configuration or data directory
inline constexpr int kExitInterrupted = 130;  // by a second signal

struct CommandLine {
  NodeConfig config;
  bool check = false;  // only say whether the configuration is good
  bool leash = false;  // ends when standard input closes before a byte came
};

// What to run, or the code to exit with once what there is to say (help, version, errors) is on
// `out`, `err`. `arguments`: without the program's name. `version`: the text for --version.
[[nodiscard]] std::variant<CommandLine, int> read_command_line(std::vector<std::string> arguments,
                                                               const std::string& version,
                                                               std::ostream& out,
                                                               std::ostream& err);

}  // namespace gtsim
