#include "region-node/storage/careful_environment.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace gtsim {
namespace {

// LevelDB's log format (its doc/log_format.md): blocks; in them records that never cross a block.
//   record := checksum:4 length:2 type:1 payload
// The checksum is a masked CRC-32C of type and payload.
constexpr std::size_t kBlockBytes = 32768;
constexpr std::size_t kHeaderBytes = 7;
constexpr std::size_t kLengthBits = 16;

std::uint32_t crc32c_byte(std::uint32_t state, unsigned char byte) {
  state ^= byte;
  for (int i = 0; i < 8; ++i) state = (state >> 1) ^ ((state & 1) != 0 ? 0x82F63B78u : 0);
  return state;
}

std::uint32_t mask(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

// Whether the record at the end of the last block, which seems to go on behind the end of the file,
// is whole when one bit of its length is turned.
bool length_was_changed(std::string_view rest) {
  const std::uint32_t checksum =
      byte_at(rest, 0) | byte_at(rest, 1) << 8 | byte_at(rest, 2) << 16 | byte_at(rest, 3) << 24;
  const std::size_t length = byte_at(rest, 4) | byte_at(rest, 5) << 8;
  const std::size_t available = rest.size() - kHeaderBytes;
  std::vector<bool> candidate(available + 1);
  for (std::size_t bit = 0; bit < kLengthBits; ++bit) {
    const std::size_t other = length ^ (std::size_t{1} << bit);
    if (other <= available) candidate[other] = true;
  }
  std::uint32_t state = crc32c_byte(0xFFFFFFFFu, static_cast<unsigned char>(rest[6]));
  for (std::size_t i = 0;; ++i) {
    if (candidate[i] && mask(~state) == checksum) return true;
    if (i == available) return false;
    state = crc32c_byte(state, static_cast<unsigned char>(rest[kHeaderBytes + i]));
  }
}

bool last_record_was_changed(std::string_view block) {
  while (block.size() >= kHeaderBytes) {
    const std::size_t length = byte_at(block, 4) | byte_at(block, 5) << 8;
    if (kHeaderBytes + length > block.size()) return length_was_changed(block);
    block.remove_prefix(kHeaderBytes + length);
  }
  return false;
}

}  // namespace

class CarefulEnvironment::WholeReader final : public leveldb::SequentialFile {
 public:
  explicit WholeReader(leveldb::SequentialFile* file) : file_(file) {}

  leveldb::Status Read(std::size_t size, leveldb::Slice* result, char* scratch) override {
    leveldb::Status status = file_->Read(size, result, scratch);
    if (!status.ok() || result->empty() || result->size() == size) return status;
    // The slice may point elsewhere than into `scratch`.
    std::string whole = result->ToString();
    while (whole.size() < size) {
      leveldb::Slice more;
      status = file_->Read(size - whole.size(), &more, scratch);
      if (!status.ok()) return status;
      if (more.empty()) break;
      whole.append(more.data(), more.size());
    }
    whole.copy(scratch, whole.size());
    *result = leveldb::Slice{scratch, whole.size()};
    return status;
  }
  leveldb::Status Skip(std::uint64_t size) override { return file_->Skip(size); }

 private:
  std::unique_ptr<leveldb::SequentialFile> file_;
};

class CarefulEnvironment::LogWriter final : public leveldb::WritableFile {
 public:
  LogWriter(CarefulEnvironment& environment, std::string path, leveldb::WritableFile* file)
      : environment_(environment), path_(std::move(path)), file_(file) {}
  ~LogWriter() override {
    if (!sync_what_is_left().ok()) environment_.log_was_lost_ = true;
  }

  leveldb::Status Append(const leveldb::Slice& bytes) override {
    if (environment_.log_was_lost_) return lost();
    unsynced_ = true;
    return file_->Append(bytes);
  }
  leveldb::Status Close() override {
    leveldb::Status status = sync_what_is_left();
    const leveldb::Status closed = file_->Close();
    return status.ok() ? closed : status;
  }
  leveldb::Status Flush() override { return file_->Flush(); }
  leveldb::Status Sync() override {
    if (environment_.log_was_lost_) return lost();
    leveldb::Status status = file_->Sync();
    // A second fsync would say that all is well, whatever the first one dropped.
    if (status.ok()) unsynced_ = false;
    if (!status.ok()) environment_.log_was_lost_ = true;
    return status;
  }

 private:
  [[nodiscard]] leveldb::Status sync_what_is_left() {
    return unsynced_ ? Sync() : leveldb::Status{};
  }
  [[nodiscard]] leveldb::Status lost() const {
    return leveldb::Status::IOError(path_, "an earlier fsync of the log has failed");
  }

  CarefulEnvironment& environment_;
  std::string path_;
  std::unique_ptr<leveldb::WritableFile> file_;
  bool unsynced_ = false;
};

leveldb::Status CarefulEnvironment::NewSequentialFile(const std::string& path,
                                                      leveldb::SequentialFile** result) {
  leveldb::Status status = target()->NewSequentialFile(path, result);
  if (status.ok()) *result = new WholeReader{*result};
  return status;
}

leveldb::Status CarefulEnvironment::NewWritableFile(const std::string& path,
                                                    leveldb::WritableFile** result) {
  leveldb::Status status = target()->NewWritableFile(path, result);
  if (status.ok() && path.ends_with(".log")) *result = new LogWriter{*this, path, *result};
  return status;
}

Result<void> CarefulEnvironment::check_logs(const std::string& directory) {
  std::vector<std::string> names;
  if (!target()->GetChildren(directory, &names).ok()) return {};  // a new one
  std::string block(kBlockBytes, '\0');
  for (const std::string& name : names) {
    if (!name.ends_with(".log") && !name.starts_with("MANIFEST-")) continue;
    const std::string path = directory + "/" + name;
    std::uint64_t size = 0;
    leveldb::SequentialFile* opened = nullptr;
    leveldb::Status status = target()->GetFileSize(path, &size);
    if (status.ok()) status = NewSequentialFile(path, &opened);
    const std::unique_ptr<leveldb::SequentialFile> file{opened};
    leveldb::Slice last;
    if (status.ok()) status = file->Skip(size - size % kBlockBytes);
    if (status.ok()) status = file->Read(size % kBlockBytes, &last, block.data());
    if (!status.ok()) {
      return Error{Errc::kIo, fmt::format("{} cannot be read: {}", path, status.ToString())};
    }
    if (last_record_was_changed({last.data(), last.size()})) {
      return Error{Errc::kIo, fmt::format("{} is damaged and is not served: the length of the last "
                                          "record of {} is wrong",
                                          directory, name)};
    }
  }
  return {};
}

}  // namespace gtsim
