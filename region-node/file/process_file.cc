#include "region-node/file/process_file.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace gtsim {

// By number: the declarations in glibc 2.36 are not for C++.
OwnedFile open_process(pid_t process) {
  return OwnedFile(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
}

void signal_process(const OwnedFile& process, int number) {
  static_cast<void>(::syscall(SYS_pidfd_send_signal, process.number(), number, nullptr, 0));
}

}  // namespace gtsim
