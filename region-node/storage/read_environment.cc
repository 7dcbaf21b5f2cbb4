#include "region-node/storage/read_environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace gtsim {
namespace {

class ReadFile final : public leveldb::RandomAccessFile {
 public:
  ReadFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  ~ReadFile() override { ::close(descriptor_); }

  leveldb::Status Read(std::uint64_t offset, std::size_t wanted, leveldb::Slice* result,
                       char* scratch) const override {
    std::size_t count = 0;
    while (count < wanted) {
      const ssize_t read =
          ::pread(descriptor_, scratch + count, wanted - count, static_cast<off_t>(offset + count));
      if (read < 0 && errno == EINTR) continue;
      if (read < 0) return leveldb::Status::IOError(path_, std::strerror(errno));
      if (read == 0) break;  // the end; LevelDB's checksums notice what is missing
      count += static_cast<std::size_t>(read);
    }
    *result = leveldb::Slice{scratch, count};
    return leveldb::Status::OK();
  }

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace

leveldb::Status ReadEnvironment::NewRandomAccessFile(const std::string& path,
                                                     leveldb::RandomAccessFile** file) {
  *file = nullptr;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const std::string why = std::strerror(errno);
    return errno == ENOENT ? leveldb::Status::NotFound(path, why)
                           : leveldb::Status::IOError(path, why);
  }
  *file = new ReadFile{path, descriptor};
  return leveldb::Status::OK();
}

}  // namespace gtsim
