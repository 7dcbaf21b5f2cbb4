// Not part of gtsim: an archive of what the cores may not do, for layers_test to find fault with.
#include <pthread.h>

#include <chrono>
#include <ctime>

namespace gtsim {

long layers_canary() {
  pthread_t thread;
  pthread_create(
      &thread, nullptr, [](void* nothing) { return nothing; }, nullptr);
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return now.tv_sec + std::chrono::steady_clock::now().time_since_epoch().count();
}

}  // namespace gtsim
