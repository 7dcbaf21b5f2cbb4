#include "region-node/file/directory_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace gtsim {

Result<OwnedFile> lock_directory(const std::string& path) {
  const auto refused = [&] {
    return Error{Errc::kIo, fmt::format("{} cannot be opened: {}", path, std::strerror(errno))};
  };
  if (::mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return refused();
  OwnedFile directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return refused();
  while (::flock(directory.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return refused();
    return Error{Errc::kInput, fmt::format("{} is in use by another process", path)};
  }
  return directory;
}

}  // namespace gtsim
