#include "region-node/storage/serial_worker.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace gtsim {

void set_up_worker_thread(const SerialWorkerOptions& options) {
  static_cast<void>(pthread_setname_np(pthread_self(), options.name));
  if (options.niceness == 0) return;
  // For Linux a niceness is a thread's.
  const auto self = static_cast<id_t>(gettid());
  static_cast<void>(
      setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + options.niceness));
}

}  // namespace gtsim
