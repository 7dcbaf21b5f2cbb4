// One region node as a process: started, watched, frozen, ended. Only ever touches the process that
// it has started.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "region-node/base/result.h"
#include "region-node/file/owned_file.h"

namespace gtsim {

// The program `region-node`: as the environment's GTSIM_REGION_NODE says, else where this program
// was built or installed. kInput: there is none; says where it was looked for.
[[nodiscard]] Result<std::string> find_region_node();

// What a node says once it can be used.
struct NodeAddresses {
  std::string replication;  // host:port, as the other two
  std::string http;
  std::string control;
};

class NodeProcess {
 public:
  struct Command {
    std::string program;
    std::string config_path;
    std::string log_path;  // its standard error is added to this file
    // Killed with the thread that starts it; else it ends by itself when this process ends before
    // release(), and is detached from the terminal.
    bool dies_with_us = true;
  };

  NodeProcess() = default;
  ~NodeProcess();  // ends it, unless it was released
  NodeProcess(NodeProcess&& other) noexcept;
  NodeProcess& operator=(NodeProcess&& other) noexcept;

  [[nodiscard]] static Result<NodeProcess> start(const Command& command);

  // Nothing: not yet. kIo: it has ended, or speaks nonsense; quotes the end of its log.
  [[nodiscard]] Result<std::optional<NodeAddresses>> ready();
  // How it ended; nothing: it runs.
  [[nodiscard]] std::optional<std::string> ended();
  // SIGKILL, SIGSTOP, SIGCONT, SIGTERM. Nothing when it has ended.
  void signal(int number);
  // True: it has ended.
  bool wait(std::chrono::milliseconds limit);
  [[nodiscard]] pid_t pid() const { return pid_; }
  // It goes on without us. REQUIRES: it was not started to be killed with us.
  void release();

 private:
  [[nodiscard]] std::string last_words() const;

  pid_t pid_ = 0;  // 0: none
  std::string log_path_;
  std::string heard_;  // of its standard output, until the first line is whole
  OwnedFile output_;
  OwnedFile leash_;  // the node ends when this closes with nothing said
  std::optional<std::string> ending_;
};

}  // namespace gtsim
