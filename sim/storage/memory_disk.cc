#include "sim/storage/memory_disk.h"

#include <algorithm>

#include "region-node/base/hash.h"

namespace gtsim {
namespace {

constexpr std::size_t kSectorBytes = 512;

void damage_tail(MemoryDisk::File& file, PowerCut::Tail tail, Random& random) {
  if (tail == PowerCut::Tail::kClean || file.bytes.size() <= file.synced) return;
  const std::size_t sector = (file.bytes.size() - 1) / kSectorBytes * kSectorBytes;
  const std::size_t first = std::max(file.synced, sector);
  const std::size_t from = first + random.below(file.bytes.size() - first);
  for (std::size_t i = from; i < file.bytes.size(); ++i) {
    file.bytes[i] = tail == PowerCut::Tail::kZeros ? '\0' : static_cast<char>(random.next());
  }
}

void lose_unsynced(MemoryDisk::File& file, const PowerCut& cut, Random& random) {
  // Nothing was synced behind it: not even its length is sure.
  while (!file.forgotten.empty() && file.forgotten.back().second == file.synced) {
    file.synced = file.forgotten.back().first;
    file.forgotten.pop_back();
  }
  const std::size_t unsynced = file.bytes.size() - file.synced;
  std::size_t kept = 0;
  if (cut.unsynced == PowerCut::Unsynced::kPrefix) kept = random.below(unsynced + 1);
  if (cut.tail != PowerCut::Tail::kClean && random.chance(0.5)) kept = unsynced;
  file.bytes.resize(file.synced + kept);
  for (const auto& [begin, end] : file.forgotten) {
    std::fill(file.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
              file.bytes.begin() + static_cast<std::ptrdiff_t>(end), '\0');
  }
  damage_tail(file, cut.tail, random);
}

}  // namespace

MemoryDisk::FilePointer MemoryDisk::find(const std::string& path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : found->second;
}

void MemoryDisk::apply(const Change& change, std::map<std::string, FilePointer>& to) {
  for (const auto& [path, file] : change) {
    if (file) {
      to[path] = file;
    } else {
      to.erase(path);
    }
  }
}

void MemoryDisk::make(Change change) {
  apply(change, files_);
  changes_.push_back(std::move(change));
}

MemoryDisk::FilePointer MemoryDisk::create(const std::string& path) {
  auto file = std::make_shared<File>();
  make({{path, file}});
  return file;
}

bool MemoryDisk::remove(const std::string& path) {
  if (!files_.contains(path)) return false;
  make({{path, nullptr}});
  return true;
}

bool MemoryDisk::rename(const std::string& from, const std::string& to) {
  const FilePointer file = find(from);
  if (!file) return false;
  make({{from, nullptr}, {to, file}});
  return true;
}

void MemoryDisk::sync(File& file) {
  file.synced = file.bytes.size();
  for (const Change& change : changes_) apply(change, durable_);
  changes_.clear();
}

void MemoryDisk::forget_unsynced(File& file) {
  if (file.synced == file.bytes.size()) return;
  file.forgotten.emplace_back(file.synced, file.bytes.size());
  file.synced = file.bytes.size();
}

bool MemoryDisk::make_directory(const std::string& path) {
  return directories_.insert(path).second;
}

bool MemoryDisk::remove_directory(const std::string& path) {
  return list(path).empty() && directories_.erase(path) > 0;
}

std::vector<std::string> MemoryDisk::list(const std::string& directory) const {
  const std::string prefix = directory + "/";
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (!path.starts_with(prefix)) return;
    const std::string name = path.substr(prefix.size());
    if (name.find('/') == std::string::npos) names.push_back(name);
  };
  for (const auto& [path, file] : files_) add(path);
  for (const std::string& path : directories_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

std::uint64_t MemoryDisk::used_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& [path, file] : files_) bytes += file->bytes.size();
  return bytes;
}

void MemoryDisk::cut_power(const PowerCut& cut, Random& random) {
  if (cut.unsynced == PowerCut::Unsynced::kKept) return;
  std::size_t kept = 0;
  if (cut.unsynced == PowerCut::Unsynced::kPrefix) kept = random.below(changes_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) apply(changes_[i], durable_);
  changes_.clear();
  files_ = durable_;
  for (const auto& [path, file] : files_) {
    lose_unsynced(*file, cut, random);
    // What is left is on the disk.
    file->synced = file->bytes.size();
    file->forgotten.clear();
  }
}

std::uint64_t MemoryDisk::digest() const {
  std::uint64_t digest = 0;
  for (const auto& [path, file] : files_) {
    digest = hash_bytes(file->bytes, hash_bytes(path, digest));
  }
  return digest;
}

std::map<std::string, std::string> MemoryDisk::contents() const {
  std::map<std::string, std::string> contents;
  for (const auto& [path, file] : files_) contents[path] = file->bytes;
  return contents;
}

void MemoryDisk::restore(const std::map<std::string, std::string>& contents) {
  files_.clear();
  changes_.clear();
  for (const auto& [path, bytes] : contents) {
    files_[path] = std::make_shared<File>(File{bytes, bytes.size(), {}});
  }
  durable_ = files_;
}

}  // namespace gtsim
