// A program of the user's, started without a shell, with pipes to all of its standard files. It
// leads a process group of its own, and whatever is left of that group ends with it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "region-node/file/owned_file.h"

namespace gtsim {

struct ChildCommand {
  std::vector<std::string> arguments;  // [0] is the program; looked up in PATH unless it has a '/'
  std::string directory;               // where it runs; empty: where this process does
  std::vector<std::pair<std::string, std::string>> environment;  // besides this process's own
};

class ChildProcess {
 public:
  struct StartFailure {
    std::string sentence;    // what could not be done, and why
    bool permanent = false;  // the command is wrong, not the moment: trying again is of no use
  };

  ChildProcess() = default;
  ~ChildProcess() { kill(); }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // REQUIRES: !is_running(). The child is killed when the calling thread ends, however that is.
  [[nodiscard]] std::optional<StartFailure> start(const ChildCommand& command);
  [[nodiscard]] bool is_running() const { return process_ > 0; }

  // Ends the whole group at once and waits for the child. Nothing when it is not running.
  void kill();

  // Once exit_file() is readable: ends what is left of the group and says how the child ended,
  // e.g. "exited with status 3", "was ended by signal 9 (SIGKILL)". REQUIRES: is_running().
  struct Ending {
    std::string words;
    bool clean = false;  // status 0
  };
  Ending reap();

  // To the child; as writev() of both parts, but the system's signal for a closed pipe is held
  // back: the caller sees EPIPE.
  ssize_t write_input(std::string_view first, std::string_view second);

  // This side's ends do not block. input: to the child; the other two: from it.
  OwnedFile input;
  OwnedFile output;
  OwnedFile errors;
  // Readable once the child has ended, whoever still holds its pipes.
  [[nodiscard]] int exit_file() const { return exit_file_.number(); }

  // Bytes written to input that the child has not taken, also after its end.
  [[nodiscard]] std::size_t unread_input() const;

 private:
  void end_group();

  pid_t process_ = 0;
  OwnedFile exit_file_;
};

}  // namespace gtsim
