// Image: a handle to one immutable item image in canonical bytes (canonical.h). An image is stored
// once per write; tables, stream records, logs and messages in flight all hold handles to it. A
// null handle means "no item" and is how a tombstone or a missing old image is written.
//
// Threads: an image and all its handles belong to the one thread that owns the state machine, so
// the count is a plain integer.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace gtsim {

class Image {
 public:
  constexpr Image() = default;
  // Copies the bytes; computes hash and size once.
  [[nodiscard]] static Image make(std::string_view canonical_bytes);
  // The same when the caller knows the service's size of the item already.
  [[nodiscard]] static Image make(std::string_view canonical_bytes, std::uint32_t size_bytes);

  Image(const Image& other) noexcept : blob_(other.blob_) {
    if (blob_ != nullptr) ++blob_->references;
  }
  Image(Image&& other) noexcept : blob_(std::exchange(other.blob_, nullptr)) {}
  Image& operator=(Image other) noexcept {
    std::swap(blob_, other.blob_);
    return *this;
  }
  ~Image() {
    if (blob_ != nullptr && --blob_->references == 0) release(blob_);
  }

  explicit operator bool() const { return blob_ != nullptr; }
  // Empty for the null handle.
  [[nodiscard]] std::string_view bytes() const {
    return blob_ == nullptr
               ? std::string_view{}
               : std::string_view{reinterpret_cast<const char*>(blob_ + 1), blob_->length};
  }
  // Of the bytes; 0 for the null handle.
  [[nodiscard]] std::uint64_t hash() const { return blob_ == nullptr ? 0 : blob_->hash; }
  // By the service's arithmetic (item_size.h); 0 for the null handle.
  [[nodiscard]] std::uint32_t size_bytes() const {
    return blob_ == nullptr ? 0 : blob_->size_bytes;
  }
  // Equal by value.
  friend bool operator==(const Image& a, const Image& b) {
    return a.blob_ == b.blob_ || (a.hash() == b.hash() && a.bytes() == b.bytes());
  }

 private:
  struct Blob {
    std::uint64_t hash;
    std::uint32_t references;
    std::uint32_t length;
    std::uint32_t size_bytes;
    std::uint32_t unused;  // keeps the bytes aligned to eight
  };
  explicit Image(Blob* blob) : blob_(blob) {}
  static void release(Blob* blob);

  Blob* blob_ = nullptr;
};

}  // namespace gtsim
