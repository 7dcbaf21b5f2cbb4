// A region node that another command has started, and that a file tells of. Such a file is nobody's
// word: the process is taken for the node only when it began when the file says and runs with the
// node's configuration, and from then on it is held by a descriptor, so that a number that has been
// given to another process in between is never signalled.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "region-node/file/owned_file.h"

namespace gtsim {

// The number by which the system tells processes of one id apart; 0: there is no such process.
[[nodiscard]] std::uint64_t process_birth(pid_t pid);

class KnownProcess {
 public:
  // Nothing: it has ended, or is another one. `config_path`: of what it was started with.
  [[nodiscard]] static std::optional<KnownProcess> find(pid_t pid, std::uint64_t birth,
                                                        const std::string& config_path);

  // Nothing happens when it has ended.
  void signal(int number) const;
  // True: it has ended.
  [[nodiscard]] bool wait(std::chrono::milliseconds limit) const;

 private:
  explicit KnownProcess(OwnedFile process) : process_(std::move(process)) {}
  OwnedFile process_;
};

}  // namespace gtsim
