#include "region-node/file/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "region-node/file/owned_file.h"

namespace gtsim {
namespace {

Error refused(int error) {
  return Error{Errc::kIo, std::strerror(error)};
}

Error too_large(std::size_t most_bytes) {
  return Error{Errc::kInput, fmt::format("the file is larger than {} MiB", most_bytes >> 20)};
}

}  // namespace

Result<std::string> read_descriptor(int descriptor, std::size_t most_bytes) {
  std::string text;
  char chunk[1 << 16];
  while (true) {
    const ssize_t got = ::read(descriptor, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      // A pipe whose writer has not said anything yet.
      pollfd readable{descriptor, POLLIN, 0};
      static_cast<void>(::poll(&readable, 1, -1));
      continue;
    }
    if (got < 0) return refused(errno);
    if (got == 0) return text;
    if (static_cast<std::size_t>(got) > most_bytes - text.size()) return too_large(most_bytes);
    text.append(chunk, static_cast<std::size_t>(got));
  }
}

Result<std::string> read_file(const std::string& path, std::size_t most_bytes) {
  // Opening a pipe would wait for somebody to write to it.
  const OwnedFile file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.is_open()) return refused(errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) return refused(errno);
  if (S_ISDIR(status.st_mode)) return Error{Errc::kInput, "this is a folder, not a file"};
  if (S_ISREG(status.st_mode) && static_cast<std::uint64_t>(status.st_size) > most_bytes) {
    return too_large(most_bytes);
  }
  auto text = read_descriptor(file.number(), most_bytes);
  if (text && text->empty() && S_ISFIFO(status.st_mode)) {
    return Error{Errc::kInput, "nobody writes to this pipe"};
  }
  return text;
}

}  // namespace gtsim
