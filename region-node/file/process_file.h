// A process as a descriptor: what it holds stays that process, and reads as readable once it ends.
#pragma once

#include <sys/types.h>

#include "region-node/file/owned_file.h"

namespace gtsim {

// Not open when there is no such process; errno says why.
[[nodiscard]] OwnedFile open_process(pid_t process);
// Nothing happens when it has ended.
void signal_process(const OwnedFile& process, int number);

}  // namespace gtsim
