#include "region-node/storage/machine_environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace gtsim {
namespace {

leveldb::Status failure(const std::string& path) {
  const std::string why = std::strerror(errno);
  return errno == ENOENT ? leveldb::Status::NotFound(path, why)
                         : leveldb::Status::IOError(path, why);
}

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
      if (read < 0) return failure(path_);
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

// A log of LevelDB. The library's own file leaves all of a log to the last fsync, when the next one
// begins: tens of MiB at once, for which the write under way would wait tens of milliseconds.
class LogFile final : public leveldb::WritableFile {
 public:
  LogFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {
    buffer_.reserve(kBufferBytes);
  }
  ~LogFile() override { static_cast<void>(Close()); }

  leveldb::Status Append(const leveldb::Slice& bytes) override {
    if (buffer_.size() + bytes.size() > kBufferBytes) {
      if (leveldb::Status status = Flush(); !status.ok()) return status;
    }
    if (bytes.size() > kBufferBytes) return write(bytes.data(), bytes.size());
    buffer_.append(bytes.data(), bytes.size());
    return leveldb::Status::OK();
  }
  leveldb::Status Flush() override {
    leveldb::Status status = write(buffer_.data(), buffer_.size());
    buffer_.clear();
    return status;
  }
  leveldb::Status Sync() override {
    if (leveldb::Status status = Flush(); !status.ok()) return status;
    return ::fdatasync(descriptor_) == 0 ? leveldb::Status::OK() : failure(path_);
  }
  leveldb::Status Close() override {
    if (descriptor_ < 0) return leveldb::Status::OK();
    leveldb::Status status = Flush();
    if (::close(std::exchange(descriptor_, -1)) != 0 && status.ok()) status = failure(path_);
    return status;
  }

 private:
  static constexpr std::size_t kBufferBytes = 64u << 10;
  // The machine begins to write to the disk what is this much; nobody waits for that.
  static constexpr std::uint64_t kStepBytes = 512u << 10;

  leveldb::Status write(const char* bytes, std::size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(descriptor_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failure(path_);
      bytes += written;
      count -= static_cast<std::size_t>(written);
      size_bytes_ += static_cast<std::uint64_t>(written);
    }
    if (size_bytes_ - begun_bytes_ >= kStepBytes) {
      // A hint: what it cannot do, fdatasync will.
      static_cast<void>(::sync_file_range(descriptor_, static_cast<off64_t>(begun_bytes_),
                                          static_cast<off64_t>(size_bytes_ - begun_bytes_),
                                          SYNC_FILE_RANGE_WRITE));
      begun_bytes_ = size_bytes_;
    }
    return leveldb::Status::OK();
  }

  std::string path_;
  int descriptor_;
  std::string buffer_;
  std::uint64_t size_bytes_ = 0;
  std::uint64_t begun_bytes_ = 0;  // on their way to the disk, or there
};

// It cannot starve: LevelDB lets writes wait when it falls behind.
constexpr int kBackgroundNiceness = 10;

}  // namespace

MachineEnvironment::MachineEnvironment()
    : EnvWrapper(leveldb::Env::Default()),
      background_({.name = "compaction", .niceness = kBackgroundNiceness},
                  [](Task task) { task.function(task.argument); }) {}

void MachineEnvironment::Schedule(void (*function)(void* argument), void* argument) {
  background_.submit({function, argument});
}

leveldb::Status MachineEnvironment::NewRandomAccessFile(const std::string& path,
                                                        leveldb::RandomAccessFile** file) {
  *file = nullptr;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return failure(path);
  *file = new ReadFile{path, descriptor};
  return leveldb::Status::OK();
}

leveldb::Status MachineEnvironment::NewWritableFile(const std::string& path,
                                                    leveldb::WritableFile** file) {
  if (!path.ends_with(".log")) return target()->NewWritableFile(path, file);
  *file = nullptr;
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) return failure(path);
  *file = new LogFile{path, descriptor};
  return leveldb::Status::OK();
}

}  // namespace gtsim
