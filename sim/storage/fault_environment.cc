#include "sim/storage/fault_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "region-node/base/check.h"

namespace gtsim {
namespace {

leveldb::Status no_such_file(const std::string& path) {
  return leveldb::Status::NotFound(path, "no such file or directory");
}
leveldb::Status power_is_off(const std::string& path) {
  return leveldb::Status::IOError(path, "the power is off");
}

}  // namespace

// ---------------------------------------------------------------- open files

class FaultEnvironment::Reader final : public leveldb::SequentialFile {
 public:
  Reader(FaultEnvironment& environment, std::string path, MemoryDisk::FilePointer file)
      : environment_(environment),
        path_(std::move(path)),
        file_(std::move(file)),
        life_(environment.life_) {}

  leveldb::Status Read(std::size_t size, leveldb::Slice* result, char* scratch) override {
    if (!environment_.alive(life_)) return power_is_off(path_);
    leveldb::Status status = environment_.read(path_, *file_, offset_, size, result, scratch);
    if (status.ok()) offset_ += result->size();
    return status;
  }
  leveldb::Status Skip(std::uint64_t size) override {
    if (!environment_.alive(life_)) return power_is_off(path_);
    offset_ = std::min<std::uint64_t>(offset_ + size, file_->bytes.size());
    return {};
  }

 private:
  FaultEnvironment& environment_;
  std::string path_;
  MemoryDisk::FilePointer file_;
  std::uint64_t life_;
  std::uint64_t offset_ = 0;
};

class FaultEnvironment::RandomReader final : public leveldb::RandomAccessFile {
 public:
  RandomReader(FaultEnvironment& environment, std::string path, MemoryDisk::FilePointer file)
      : environment_(environment),
        path_(std::move(path)),
        file_(std::move(file)),
        life_(environment.life_) {}

  leveldb::Status Read(std::uint64_t offset, std::size_t size, leveldb::Slice* result,
                       char* scratch) const override {
    if (!environment_.alive(life_)) return power_is_off(path_);
    return environment_.read(path_, *file_, offset, size, result, scratch);
  }

 private:
  FaultEnvironment& environment_;
  std::string path_;
  MemoryDisk::FilePointer file_;
  std::uint64_t life_;
};

class FaultEnvironment::Writer final : public leveldb::WritableFile {
 public:
  Writer(FaultEnvironment& environment, std::string path, MemoryDisk::FilePointer file)
      : environment_(environment),
        path_(std::move(path)),
        file_(std::move(file)),
        life_(environment.life_) {}

  leveldb::Status Append(const leveldb::Slice& bytes) override {
    if (!environment_.alive(life_)) return power_is_off(path_);
    return environment_.append(path_, *file_, {bytes.data(), bytes.size()});
  }
  leveldb::Status Close() override { return {}; }
  leveldb::Status Flush() override { return {}; }
  leveldb::Status Sync() override {
    if (!environment_.alive(life_)) return power_is_off(path_);
    return environment_.sync(path_, *file_);
  }

 private:
  FaultEnvironment& environment_;
  std::string path_;
  MemoryDisk::FilePointer file_;
  std::uint64_t life_;
};

class FaultEnvironment::Lock final : public leveldb::FileLock {
 public:
  Lock(std::string path, std::uint64_t life) : path_(std::move(path)), life_(life) {}
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t life() const { return life_; }

 private:
  std::string path_;
  std::uint64_t life_;
};

class FaultEnvironment::SilentLogger final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

// ---------------------------------------------------------------- the machine

void FaultEnvironment::run_background() {
  // A compaction schedules the next one when it is not the last.
  while (!background_.empty()) {
    const Work work = background_.front();
    background_.pop_front();
    ++counts_.background_runs;
    work.function(work.argument);
  }
}

void FaultEnvironment::cut_power(const PowerCut& cut) {
  if (!powered_) return;
  disk_.cut_power(cut, random_);
  powered_ = false;
}

void FaultEnvironment::restart() {
  CHECK(background_.empty());
  powered_ = true;
  ++life_;
  locks_.clear();
}

std::string FaultEnvironment::flip_bit(std::string_view name) {
  std::vector<std::pair<std::string, MemoryDisk::FilePointer>> candidates;
  for (const auto& [path, file] : disk_.files()) {
    if (path.find(name) != std::string::npos && !file->bytes.empty()) {
      candidates.emplace_back(path, file);
    }
  }
  if (candidates.empty()) return {};
  const auto& [path, file] = candidates[random_.below(candidates.size())];
  const std::size_t byte = random_.below(file->bytes.size());
  const auto bit = static_cast<unsigned>(random_.below(8));
  file->bytes[byte] = static_cast<char>(static_cast<unsigned char>(file->bytes[byte]) ^ 1u << bit);
  return fmt::format("{}: bit {} of byte {} of {}", path, bit, byte, file->bytes.size());
}

leveldb::Status FaultEnvironment::after_change(const std::string& path) {
  ++counts_.changes;
  if (faults_.power_cut_after_changes == 0 || --faults_.power_cut_after_changes > 0) return {};
  cut_power(faults_.power_cut);
  return power_is_off(path);
}

leveldb::Status FaultEnvironment::append(const std::string& path, MemoryDisk::File& file,
                                         std::string_view bytes) {
  if (random_.chance(faults_.append_fails)) {
    ++counts_.failed_appends;
    file.bytes.append(bytes.substr(0, random_.below(bytes.size() + 1)));
    return leveldb::Status::IOError(path, "input/output error");
  }
  if (faults_.capacity_bytes != UINT64_MAX) {
    const std::uint64_t used = disk_.used_bytes();
    const std::uint64_t room = faults_.capacity_bytes - std::min(used, faults_.capacity_bytes);
    if (bytes.size() > room) {
      ++counts_.refused_for_space;
      file.bytes.append(bytes.substr(0, room));
      return leveldb::Status::IOError(path, "no space left on device");
    }
  }
  file.bytes.append(bytes);
  return after_change(path);
}

leveldb::Status FaultEnvironment::sync(const std::string& path, MemoryDisk::File& file) {
  ++counts_.fsyncs;
  if (random_.chance(faults_.fsync_is_slow)) {
    ++counts_.slow_fsyncs;
    now_ = now_ + faults_.slow_fsync;
  }
  if (random_.chance(faults_.fsync_fails)) {
    ++counts_.failed_fsyncs;
    if (faults_.failed_fsync_forgets) MemoryDisk::forget_unsynced(file);
    return leveldb::Status::IOError(path, "fsync: input/output error");
  }
  if (faults_.log_fsync_lies && path.ends_with(".log")) return after_change(path);
  // The power may go before it or after it.
  if (faults_.power_cut_after_changes == 1 && random_.chance(0.5)) return after_change(path);
  disk_.sync(file);
  return after_change(path);
}

leveldb::Status FaultEnvironment::read(const std::string& path, const MemoryDisk::File& file,
                                       std::uint64_t offset, std::size_t size,
                                       leveldb::Slice* result, char* scratch) {
  *result = leveldb::Slice{};
  if (random_.chance(faults_.read_fails)) {
    ++counts_.failed_reads;
    return leveldb::Status::IOError(path, "input/output error");
  }
  const std::size_t from = std::min<std::uint64_t>(offset, file.bytes.size());
  size = std::min(size, file.bytes.size() - from);
  if (size > 1 && random_.chance(faults_.read_is_short)) {
    ++counts_.short_reads;
    size = 1 + random_.below(size - 1);
  }
  std::memcpy(scratch, file.bytes.data() + from, size);
  *result = leveldb::Slice{scratch, size};
  return {};
}

// ---------------------------------------------------------------- leveldb::Env

leveldb::Status FaultEnvironment::NewSequentialFile(const std::string& path,
                                                    leveldb::SequentialFile** result) {
  *result = nullptr;
  if (!powered_) return power_is_off(path);
  auto file = disk_.find(path);
  if (!file) return no_such_file(path);
  *result = new Reader{*this, path, std::move(file)};
  return {};
}

leveldb::Status FaultEnvironment::NewRandomAccessFile(const std::string& path,
                                                      leveldb::RandomAccessFile** result) {
  *result = nullptr;
  if (!powered_) return power_is_off(path);
  auto file = disk_.find(path);
  if (!file) return no_such_file(path);
  *result = new RandomReader{*this, path, std::move(file)};
  return {};
}

leveldb::Status FaultEnvironment::open_writer(const std::string& path, bool append,
                                              leveldb::WritableFile** result) {
  *result = nullptr;
  if (!powered_) return power_is_off(path);
  auto file = append ? disk_.find(path) : nullptr;
  if (!file) {
    file = disk_.create(path);
    if (leveldb::Status status = after_change(path); !status.ok()) return status;
  }
  *result = new Writer{*this, path, std::move(file)};
  return {};
}

leveldb::Status FaultEnvironment::NewWritableFile(const std::string& path,
                                                  leveldb::WritableFile** result) {
  return open_writer(path, /*append=*/false, result);
}

leveldb::Status FaultEnvironment::NewAppendableFile(const std::string& path,
                                                    leveldb::WritableFile** result) {
  return open_writer(path, /*append=*/true, result);
}

bool FaultEnvironment::FileExists(const std::string& path) {
  return powered_ && (disk_.find(path) != nullptr || disk_.is_directory(path));
}

leveldb::Status FaultEnvironment::GetChildren(const std::string& directory,
                                              std::vector<std::string>* result) {
  result->clear();
  if (!powered_) return power_is_off(directory);
  if (!disk_.is_directory(directory)) return no_such_file(directory);
  *result = disk_.list(directory);
  return {};
}

leveldb::Status FaultEnvironment::RemoveFile(const std::string& path) {
  if (!powered_) return power_is_off(path);
  if (!disk_.remove(path)) return no_such_file(path);
  return after_change(path);
}

leveldb::Status FaultEnvironment::CreateDir(const std::string& path) {
  if (!powered_) return power_is_off(path);
  if (!disk_.make_directory(path)) return leveldb::Status::IOError(path, "file exists");
  return {};
}

leveldb::Status FaultEnvironment::RemoveDir(const std::string& path) {
  if (!powered_) return power_is_off(path);
  if (!disk_.remove_directory(path)) return leveldb::Status::IOError(path, "not empty or missing");
  return {};
}

leveldb::Status FaultEnvironment::GetFileSize(const std::string& path, std::uint64_t* size_bytes) {
  *size_bytes = 0;
  if (!powered_) return power_is_off(path);
  const auto file = disk_.find(path);
  if (!file) return no_such_file(path);
  *size_bytes = file->bytes.size();
  return {};
}

leveldb::Status FaultEnvironment::RenameFile(const std::string& from, const std::string& to) {
  if (!powered_) return power_is_off(from);
  if (!disk_.rename(from, to)) return no_such_file(from);
  return after_change(from);
}

leveldb::Status FaultEnvironment::LockFile(const std::string& path, leveldb::FileLock** lock) {
  *lock = nullptr;
  if (!powered_) return power_is_off(path);
  if (!locks_.insert(path).second) {
    return leveldb::Status::IOError("lock " + path, "already held by process");
  }
  if (!disk_.find(path)) disk_.create(path);
  *lock = new Lock{path, life_};
  return {};
}

leveldb::Status FaultEnvironment::UnlockFile(leveldb::FileLock* lock) {
  const std::unique_ptr<Lock> held{static_cast<Lock*>(lock)};
  if (alive(held->life())) locks_.erase(held->path());
  return {};
}

void FaultEnvironment::Schedule(void (*function)(void*), void* argument) {
  background_.push_back({function, argument});
}

void FaultEnvironment::StartThread(void (*)(void*), void*) {
  CHECK_DETAIL(false, "LevelDB starts no thread of its own");
}

leveldb::Status FaultEnvironment::GetTestDirectory(std::string* path) {
  *path = "/test";
  return {};
}

leveldb::Status FaultEnvironment::NewLogger(const std::string&, leveldb::Logger** result) {
  *result = new SilentLogger;
  return {};
}

}  // namespace gtsim
